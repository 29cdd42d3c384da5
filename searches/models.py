"""The ledger of what is hunted."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from searches import states


def _known(field: str, names: object, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{field}__in": list(names)}),  # type: ignore[call-overload]
        name=name,
    )


class Search(models.Model):
    """An operator's order: a form, its parameters, how deep to sieve."""

    title = models.CharField(max_length=500)
    # sha256 of the canonical order: the same order twice is the same search.
    key = models.CharField(max_length=64, unique=True)
    spec = models.JSONField()
    # One of `searches.kinds.FORMS`.
    form = models.CharField(max_length=24, default="free")
    state = models.CharField(
        max_length=12, default="running", choices=states.choices(states.SEARCH)
    )
    priority = models.PositiveSmallIntegerField(default=5)
    evidence_level = models.CharField(
        max_length=16,
        default="single",
        choices=states.choices(states.EVIDENCE_LEVELS),
    )
    hardware_class = models.CharField(
        max_length=8,
        blank=True,
        default="",
        choices=states.choices(states.HARDWARE_CLASSES),
    )
    # Where the depth is automatic it moves on with each round of sieving.
    sieve_limit = models.BigIntegerField(help_text="sieve by the primes up to here")
    sieve_automatic = models.BooleanField(default=False)
    # What the last decision about the depth was made from (`searches.depth`).
    sieve_figures = models.JSONField(default=dict, blank=True)
    pm1_b1 = models.BigIntegerField(null=True, blank=True)
    pm1_b2 = models.BigIntegerField(null=True, blank=True)
    pm1_note = models.CharField(max_length=200, blank=True, default="")
    # True until the bounds are chosen, which is when the sieve has ended.
    pm1_undecided = models.BooleanField(default=False)
    # Positions of the order; those of numbers below 2, of repeated numbers, and those
    # that an imported sieve file leaves out.
    size = models.BigIntegerField()
    not_candidates = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    unlisted = models.BigIntegerField(default=0)
    # The sieve file that this search came from, and how deep that says it was sieved.
    source = models.CharField(max_length=200, blank=True, default="")
    sieved_elsewhere = models.BigIntegerField(default=0)
    max_bits = models.BigIntegerField()
    created_by = models.CharField(max_length=150, blank=True, default="")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "searches"
        constraints = [
            _known("state", states.SEARCH, "search_state_known"),
            _known("evidence_level", states.EVIDENCE_LEVELS, "search_level_known"),
            models.CheckConstraint(
                condition=Q(priority__lte=9), name="search_priority_0_to_9"
            ),
        ]
        indexes = [
            models.Index(
                fields=["-priority", "id"],
                condition=Q(state="running"),
                name="search_running",
            ),
            models.Index(fields=["form", "id"], name="search_form"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def candidate_count(self) -> int:
        """Positions that count: no number below 2, no repetition, none left out."""
        return self.size - self.not_candidates - self.duplicates - self.unlisted


class SearchFigure(models.Model):
    """How far a search is, counted now and then for those who look (`figures`).

    The outcomes add up to the candidates; numbers that another search tests count as
    open. expected: primes among all that the sieve left; expected_tested: among those
    of them that are tested.
    """

    search = models.OneToOneField(
        Search, on_delete=models.PROTECT, primary_key=True, related_name="figure"
    )
    state = models.CharField(max_length=12)
    factored = models.BigIntegerField(default=0)
    composite = models.BigIntegerField(default=0)
    primes = models.BigIntegerField(default=0)
    probable = models.BigIntegerField(default=0)
    disputed = models.BigIntegerField(default=0)
    open = models.BigIntegerField(default=0)
    expected = models.FloatField(default=0.0)
    expected_tested = models.FloatField(default=0.0)
    # Sizes, strips of blocks, stages, and the history from which speed is told.
    data = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    seconds = models.FloatField(default=0.0, help_text="what counting took")

    def __str__(self) -> str:
        return f"figures of search {self.pk}"

    @property
    def settled(self) -> int:
        """Numbers about which there is nothing left to find out."""
        return self.factored + self.composite + self.primes


class Block(models.Model):
    """A piece of one stage of one search that one worker does in one lease."""

    # Every index is one more to write at each claim and submit: none that another one
    # begins with, and none of all rows where few have anything to say.
    search = models.ForeignKey(
        Search, on_delete=models.PROTECT, related_name="blocks", db_index=False
    )
    stage = models.CharField(max_length=8, choices=states.choices(states.STAGES))
    purpose = models.CharField(
        max_length=8, default="first", choices=states.choices(states.PURPOSES)
    )
    # A second copy of a straggler: whichever is done first counts (`fleet.stragglers`).
    copy_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="copies",
        db_index=False,
    )
    queue = models.CharField(max_length=24)
    state = models.CharField(
        max_length=12, default="ready", choices=states.choices(states.BLOCK)
    )
    urgency = models.SmallIntegerField(default=0)
    # Sieve blocks: positions [first, first + count) and primes p_min..p_max.
    first = models.BigIntegerField(null=True, blank=True)
    count = models.BigIntegerField(default=0)
    p_min = models.BigIntegerField(null=True, blank=True)
    p_max = models.BigIntegerField(null=True, blank=True)
    removed = models.BigIntegerField(
        null=True, blank=True, help_text="candidates that its accepted result removed"
    )
    prime_seconds = models.FloatField(
        null=True, blank=True, help_text="what one prime took"
    )
    estimate = models.FloatField(default=60.0, help_text="seconds")
    # Tests that repeat others: hosts that may not do it while another could, which
    # base (0 the usual), which arithmetic (0 the fastest).
    excluded = models.JSONField(default=list, blank=True)
    variant = models.PositiveSmallIntegerField(default=0)
    path = models.PositiveSmallIntegerField(default=0)

    # The lease. Every write of a worker names lease_id and epoch.
    epoch = models.PositiveIntegerField(default=0)
    lease_id = models.CharField(max_length=32, null=True, blank=True)
    worker = models.ForeignKey(
        "fleet.Worker", on_delete=models.PROTECT, null=True, blank=True, db_index=False
    )
    lease_expires = models.DateTimeField(null=True, blank=True)
    progress = models.FloatField(default=0.0)
    # Without progress until then the lease is taken back, even if renewed.
    stalls_at = models.DateTimeField(null=True, blank=True)
    current = models.CharField(max_length=200, blank=True, default="")
    reclaims = models.PositiveSmallIntegerField(default=0)

    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(default=0.0, help_text="computing time reported")

    class Meta:
        constraints = [
            _known("state", states.BLOCK, "block_state_known"),
            _known("stage", states.STAGES, "block_stage_known"),
            _known("purpose", states.PURPOSES, "block_purpose_known"),
            models.CheckConstraint(
                condition=Q(state="leased", lease_id__isnull=False)
                | (~Q(state="leased") & Q(lease_id__isnull=True)),
                name="block_leased_has_lease",
            ),
            models.CheckConstraint(
                condition=Q(progress__gte=0.0, progress__lte=1.0),
                name="block_progress_is_a_fraction",
            ),
            models.UniqueConstraint(
                fields=["copy_of"],
                condition=Q(state__in=["ready", "leased"]),
                name="one_open_copy",
            ),
            models.UniqueConstraint(
                fields=["lease_id"],
                condition=Q(lease_id__isnull=False),
                name="block_lease_once",
            ),
        ]
        indexes = [
            # Serves the claim: the next ready block of one search on one queue.
            models.Index(
                F("queue"),
                F("search"),
                F("urgency").desc(),
                F("id"),
                condition=Q(state="ready"),
                name="block_ready",
            ),
            # Serves reclaim and fair shares; without the times, so that a renewal
            # writes no index at all.
            models.Index(
                fields=["search"], condition=Q(state="leased"), name="block_leased"
            ),
            models.Index(
                fields=["copy_of"],
                condition=Q(copy_of__isnull=False),
                name="block_copies",
            ),
            # Serves the pipeline's question: is a stage of a search finished?
            models.Index(fields=["search", "stage", "state"], name="block_of_stage"),
        ]

    def __str__(self) -> str:
        return f"{self.stage} block {self.pk}"


class SievedSpan(models.Model):
    """What the first pass over the small primes removed from a span of positions.

    The removed numbers never become rows: the packed arrays (`darkreach.arrays`)
    hold their positions, the prime that divides each, and which member it divides.
    """

    search = models.ForeignKey(Search, on_delete=models.PROTECT, related_name="spans")
    block = models.OneToOneField(Block, on_delete=models.PROTECT)
    first = models.BigIntegerField()
    count = models.BigIntegerField()
    removed = models.BigIntegerField()
    indices = models.TextField()
    factors = models.TextField()
    members = models.TextField()
    software = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["search", "first"], name="span_once_per_search"
            )
        ]


class ListedSpan(models.Model):
    """The positions of a span that an imported sieve file lists.

    All others are no candidates of this search: another program removed them and the
    file names no factors, so nothing is said about them.
    """

    search = models.ForeignKey(Search, on_delete=models.PROTECT, related_name="listed")
    first = models.BigIntegerField()
    count = models.BigIntegerField()
    positions = models.TextField(help_text="packed, ascending")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["search", "first"], name="listed_span_once_per_search"
            )
        ]

    def __str__(self) -> str:
        return f"positions {self.first} to {self.first + self.count - 1}"


class Candidate(models.Model):
    """One number (or tuple of numbers) of a search that the first pass left."""

    search = models.ForeignKey(
        Search, on_delete=models.PROTECT, related_name="candidates"
    )
    index = models.BigIntegerField(help_text="position in the order")
    key = models.CharField(max_length=32)
    expression = models.TextField()
    bits = models.BigIntegerField()
    state = models.CharField(
        max_length=12, default="open", choices=states.choices(states.CANDIDATE)
    )
    # The block that holds the candidate now: at most one at a time.
    block = models.ForeignKey(
        Block, on_delete=models.PROTECT, null=True, blank=True, related_name="held"
    )
    pm1_done = models.BooleanField(default=False)
    # No proof method reaches it: it stays a probable prime with its evidence.
    proof_given_up = models.BooleanField(default=False)
    # Why, and what else speaks for it; empty where certificates were refused.
    proof_note = models.TextField(blank=True, default="")
    # Of a composite: what its residues are worth (`verification.evidence`).
    evidence = models.CharField(
        max_length=16,
        blank=True,
        default="",
        choices=states.choices(states.EVIDENCE_LEVELS),
    )
    # What the number still lacks before its outcome counts as settled.
    owed = models.CharField(
        max_length=16, blank=True, default="", choices=states.choices(states.OWED[1:])
    )
    # The host whose test settled it, and the one that confirmed that; which may be the
    # same where there was no other.
    tester = models.CharField(max_length=200, blank=True, default="")
    checker = models.CharField(max_length=200, blank=True, default="")
    # Residues came in that no coordinator has weighed.
    unweighed = models.BooleanField(default=False)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            _known("state", states.CANDIDATE, "candidate_state_known"),
            _known(
                "evidence", ("", *states.EVIDENCE_LEVELS), "candidate_evidence_known"
            ),
            _known("owed", states.OWED, "candidate_owed_known"),
            models.UniqueConstraint(fields=["search", "index"], name="candidate_once"),
            # A number has one owner: nothing is tested twice by two searches.
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(state="open"),
                name="number_has_one_owner",
            ),
        ]
        indexes = [
            models.Index(fields=["key"], name="candidate_key"),
            # Serves the funnel, the sizes of what is left, and the list of primes.
            models.Index(
                fields=["search", "state", "bits", "id"], name="candidate_sizes"
            ),
            models.Index(
                fields=["search", "bits", "id"],
                condition=Q(state="open", block__isnull=True),
                name="candidate_untested",
            ),
            # Serves the primes of a search that are not under embargo: the others are
            # passed over within the index.
            models.Index(
                fields=["search", "bits", "id", "settled_at"],
                condition=Q(state="prime"),
                name="candidate_primes",
            ),
            # Serves those who order further tests, and the end of a search.
            models.Index(
                fields=["search", "owed", "bits"],
                condition=~Q(owed=""),
                name="candidate_owed",
            ),
            # Serves the coordinators that weigh.
            models.Index(
                fields=["search", "id"],
                condition=Q(unweighed=True),
                name="candidate_unweighed",
            ),
            # Serves the doubts about one host.
            models.Index(
                fields=["tester", "evidence"],
                condition=Q(evidence="single"),
                name="candidate_single",
            ),
        ]

    def __str__(self) -> str:
        return self.expression


class Factor(models.Model):
    """A checked factor of a number: never changed, never deleted."""

    key = models.CharField(max_length=32)
    expression = models.TextField()
    factor = models.TextField(help_text="decimal digits")
    stage = models.CharField(max_length=8, choices=states.choices(states.STAGES))
    block = models.ForeignKey(Block, on_delete=models.PROTECT, null=True)
    software = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "factor"], name="factor_once"),
            _known("stage", states.STAGES, "factor_stage_known"),
        ]

    def __str__(self) -> str:
        return f"{self.factor} | {self.expression}"


class OutboxEvent(models.Model):
    """A state change that others care about, written in the same transaction."""

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=64)
    search = models.BigIntegerField(null=True, blank=True)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    # Not published before: a prime may be under embargo.
    due_at = models.DateTimeField(null=True, blank=True)
    # Given by the relay as it publishes: gapless, in order of publication.
    sequence = models.BigIntegerField(null=True, blank=True, unique=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(sequence__isnull=True),
                name="outbox_unpublished",
            ),
            # Serves the replay of one search.
            models.Index(fields=["search", "sequence"], name="outbox_of_search"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

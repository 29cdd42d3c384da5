"""The ledger of who works: workers, commands, leases, checkpoints, speeds, ticks."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from searches.models import Block, Search

# How a lease ended; the empty string means that it is live.
ENDINGS = ("", "submitted", "released", "reclaimed", "cancelled", "rejected")


class Worker(models.Model):
    """One running worker process group; its id is made at each start."""

    id = models.CharField(primary_key=True, max_length=32)
    hostname = models.CharField(max_length=200)
    pid = models.PositiveIntegerField()
    queues = models.JSONField(default=list)
    slots = models.PositiveSmallIntegerField(default=1)
    hardware_class = models.CharField(max_length=8, default="cpu")
    # What its host is made of, what it may use, how fast it is (`fleet.hardware`).
    hardware = models.JSONField(default=dict)
    software = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-started_at"], name="worker_newest")]

    def __str__(self) -> str:
        return f"{self.hostname}:{self.pid}"


class Host(models.Model):
    """A trusted host with credentials of its own (`fleet.enrolment`)."""

    name = models.CharField(max_length=40, unique=True)
    role = models.CharField(max_length=63, help_text="its role in PostgreSQL")
    bell_user = models.CharField(max_length=63, help_text="its user of the bell")
    queues = models.JSONField(default=list)
    enrolled_at = models.DateTimeField()
    enrolled_by = models.CharField(max_length=150, blank=True, default="")
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Lease(models.Model):
    """A worker's time-limited right to one block: the history of all grants."""

    id = models.CharField(primary_key=True, max_length=32)
    # By block: lease_epoch_once.
    block = models.ForeignKey(
        Block, on_delete=models.PROTECT, related_name="leases", db_index=False
    )
    epoch = models.PositiveIntegerField()
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, db_index=False)
    granted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=12, blank=True, default="")
    # What a submit under this lease was answered; repeated submits get it again.
    outcome = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["block"],
                condition=Q(ended_at__isnull=True),
                name="one_live_lease",
            ),
            models.UniqueConstraint(fields=["block", "epoch"], name="lease_epoch_once"),
            models.CheckConstraint(
                condition=Q(ending__in=ENDINGS), name="lease_ending_known"
            ),
        ]
        indexes = [
            models.Index(fields=["worker"], name="lease_of_worker"),
            models.Index(
                fields=["ended_at"],
                condition=Q(ending="reclaimed"),
                name="lease_reclaimed",
            ),
        ]

    def __str__(self) -> str:
        return f"lease {self.id} of block {self.block_id}, epoch {self.epoch}"


class Tick(models.Model):
    """One slot of one task of the schedule; whoever writes the row runs it."""

    task = models.CharField(max_length=40)
    slot = models.DateTimeField(help_text="when the run was due")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "slot"], name="tick_once")
        ]
        indexes = [models.Index(fields=["task", "started_at"], name="tick_started")]

    def __str__(self) -> str:
        return f"{self.task} {self.slot:%Y-%m-%d %H:%M:%S}"


# What a worker can be told to do.
COMMANDS = (
    "stop",
    "restart",
    "drain",
    "pause",
    "resume",
    "settings",
    "self-test",
    "reassign",
)
COMMAND_STATES = ("waiting", "taken", "done", "failed", "expired")


class Command(models.Model):
    """Something that one worker is told to do: waiting, taken, then done or failed."""

    worker = models.ForeignKey(
        Worker, on_delete=models.PROTECT, related_name="commands"
    )
    kind = models.CharField(max_length=12, choices=[(kind, kind) for kind in COMMANDS])
    argument = models.JSONField(default=dict, blank=True)
    given_by = models.CharField(max_length=150, blank=True, default="")
    given_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # The bell was rung for it so often, last at this time.
    rings = models.PositiveSmallIntegerField(default=0)
    rung_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(
        max_length=8,
        default="waiting",
        choices=[(state, state) for state in COMMAND_STATES],
    )
    taken_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=COMMANDS), name="command_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=COMMAND_STATES), name="command_state_known"
            ),
        ]
        indexes = [
            # Serves the worker that looks, and whoever rings again.
            models.Index(
                fields=["worker", "id"],
                condition=Q(state="waiting"),
                name="command_waiting",
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(state__in=("waiting", "taken")),
                name="command_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.worker}"


class Turn(models.Model):
    """When a search was last served on a queue: who waits longer rises in priority."""

    search = models.ForeignKey(Search, on_delete=models.CASCADE, related_name="+")
    queue = models.CharField(max_length=24)
    served_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["search", "queue"], name="turn_once")
        ]


class Limit(models.Model):
    """Until when a search may run, and how much it may cost; then it is paused."""

    search = models.OneToOneField(Search, on_delete=models.CASCADE, primary_key=True)
    deadline = models.DateTimeField(null=True, blank=True)
    core_hours = models.FloatField(null=True, blank=True)
    reached = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(core_hours__isnull=True) | Q(core_hours__gt=0.0),
                name="limit_hours_positive",
            )
        ]

    def __str__(self) -> str:
        return f"limit of search {self.pk}"


class Checkpoint(models.Model):
    """The newest saved state of an unfinished block."""

    block = models.OneToOneField(Block, on_delete=models.PROTECT, primary_key=True)
    epoch = models.PositiveIntegerField()
    # The task that the state belongs to: a later lease goes on with the same one.
    task = models.JSONField()
    data = models.BinaryField()
    saved_at = models.DateTimeField()


class Speed(models.Model):
    """Measured seconds per candidate of one stage, form, size and hardware class."""

    stage = models.CharField(max_length=8)
    form = models.CharField(max_length=24, default="")
    hardware_class = models.CharField(max_length=8)
    # Sizes are grouped by powers of the square root of two: round(2*log2(bits)).
    size_class = models.PositiveSmallIntegerField()
    seconds = models.FloatField()
    samples = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stage", "form", "hardware_class", "size_class"],
                name="speed_of_form_once",
            )
        ]


class Figure(models.Model):
    """Something that is too costly to count for each reader: counted by the schedule.

    seconds: what counting took; a costly figure is made less often (`fleet.figures`).
    """

    name = models.CharField(primary_key=True, max_length=60)
    data = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    seconds = models.FloatField(default=0.0)

    def __str__(self) -> str:
        return self.name


class Hour(models.Model):
    """The totals of the whole ledger as they stood at the end of an hour."""

    start = models.DateTimeField(primary_key=True)
    tests = models.BigIntegerField(default=0)
    settled = models.BigIntegerField(default=0)
    primes = models.BigIntegerField(default=0)
    workers = models.PositiveIntegerField(default=0)
    slots = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d %H}:00Z"

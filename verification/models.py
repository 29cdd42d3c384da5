"""The ledger of evidence. Rows here are added, never changed or deleted."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from searches.models import Block, Candidate, Search

# accepted: settled the number; late: came under a lease that had ended;
# repeated: equal to the accepted one; differing: contradicts the accepted one.
ROLES = ("accepted", "late", "repeated", "differing")
VERDICTS = ("composite", "probable prime", "prime")


class Residue(models.Model):
    """The outcome of one test of one number by one worker."""

    key = models.CharField(max_length=32)
    expression = models.TextField()
    verdict = models.CharField(max_length=16)
    residue_type = models.PositiveSmallIntegerField(null=True)
    base = models.BigIntegerField(null=True)
    res64 = models.CharField(max_length=16, blank=True, default="")
    res2048 = models.CharField(max_length=512, blank=True, default="")
    # Which of the bases that fit: 0 the usual one.
    variant = models.PositiveSmallIntegerField(default=0)
    role = models.CharField(max_length=12, default="accepted")
    errors = models.JSONField(default=dict)
    software = models.JSONField(default=dict)
    # What computed it, and where: the questions that a bug found later asks.
    version = models.CharField(max_length=20, blank=True, default="")
    kernel = models.CharField(max_length=100, blank=True, default="")
    host = models.CharField(max_length=200, blank=True, default="")
    seconds = models.FloatField(default=0.0)
    block = models.ForeignKey(Block, on_delete=models.PROTECT)
    epoch = models.PositiveIntegerField()
    worker = models.ForeignKey("fleet.Worker", on_delete=models.PROTECT)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key", "residue_type", "base"],
                condition=Q(role="accepted"),
                name="one_accepted_residue",
            ),
            models.CheckConstraint(
                condition=Q(role__in=ROLES), name="residue_role_known"
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=VERDICTS), name="residue_verdict_known"
            ),
        ]
        indexes = [
            models.Index(fields=["key"], name="residue_key"),
            models.Index(fields=["kernel", "version"], name="residue_kernel"),
        ]

    def __str__(self) -> str:
        return f"{self.expression}: {self.verdict} RES64 {self.res64}"


class Confirmation(models.Model):
    """A residue that an independent test gave too, or that a certificate bears out."""

    residue = models.OneToOneField(
        Residue, on_delete=models.PROTECT, related_name="confirmation"
    )
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"confirmed: {self.residue}"


class Refutation(models.Model):
    """A residue that counts for nothing: further tests showed that it is wrong, or it
    was withdrawn because the program that computed it is in doubt."""

    residue = models.OneToOneField(
        Residue, on_delete=models.PROTECT, related_name="refutation"
    )
    withdrawn = models.BooleanField(default=False)
    reason = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"refuted: {self.residue}"


class Reliability(models.Model):
    """What further tests said about the work of a host (`verification.reliability`).

    good, bad: tests that were confirmed and refuted, older ones counting less; streak:
    confirmed ones since the last that was refuted.
    """

    host = models.CharField(primary_key=True, max_length=200)
    good = models.FloatField(default=0.0)
    bad = models.FloatField(default=0.0)
    streak = models.PositiveIntegerField(default=0)
    as_of = models.DateTimeField()
    quarantined_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        verbose_name_plural = "reliabilities"

    def __str__(self) -> str:
        return self.host


class TestProof(models.Model):
    """A test proof that came with a residue. Its file is kept until it is decided."""

    __test__ = False  # says pytest what a name like this one does not

    key = models.CharField(max_length=32)
    # Of the candidate, which may have other members.
    candidate_key = models.CharField(max_length=32)
    expression = models.TextField()
    residue_type = models.PositiveSmallIntegerField()
    base = models.BigIntegerField()
    res64 = models.CharField(max_length=16)
    format = models.CharField(max_length=20)
    power = models.PositiveSmallIntegerField()
    size = models.PositiveIntegerField(help_text="bytes of the file")
    sha256 = models.CharField(max_length=64)
    host = models.CharField(max_length=200)
    block = models.ForeignKey(Block, on_delete=models.PROTECT)
    worker = models.ForeignKey("fleet.Worker", on_delete=models.PROTECT)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["key"], name="testproof_key"),
            # Serves the audit.
            models.Index(fields=["candidate_key"], name="testproof_candidate"),
        ]

    def __str__(self) -> str:
        return f"test proof of {self.expression}"


class ProofFile(models.Model):
    """The file of a test proof until a coordinator has folded it."""

    proof = models.OneToOneField(TestProof, on_delete=models.PROTECT)
    data = models.BinaryField()

    def __str__(self) -> str:
        return f"file of the {self.proof}"


class Claim(models.Model):
    """What is left of a folded proof, for a worker to compute, and the hash of what it
    found. The row goes when the proof is decided."""

    proof = models.OneToOneField(
        TestProof, on_delete=models.PROTECT, related_name="claim"
    )
    block = models.ForeignKey(Block, on_delete=models.PROTECT)
    data = models.JSONField()
    answer = models.CharField(max_length=64, blank=True, default="")
    host = models.CharField(max_length=200, blank=True, default="")
    software = models.JSONField(default=dict)
    seconds = models.FloatField(default=0.0)

    def __str__(self) -> str:
        return f"claim of the {self.proof}"


class RightAnswer(models.Model):
    """The hash that answers a claim. Only coordinators read it: nobody who has not
    computed it can give it."""

    claim = models.OneToOneField(
        Claim, on_delete=models.CASCADE, related_name="right_answer"
    )
    sha256 = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"answer to the {self.claim}"


class Certification(models.Model):
    """What became of a test proof: valid, or why not. `host` computed the claim."""

    proof = models.OneToOneField(
        TestProof, on_delete=models.PROTECT, related_name="certification"
    )
    valid = models.BooleanField()
    reason = models.CharField(max_length=200, blank=True, default="")
    host = models.CharField(max_length=200, blank=True, default="")
    software = models.JSONField(default=dict)
    seconds = models.FloatField(default=0.0)
    block = models.ForeignKey(Block, on_delete=models.PROTECT, null=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{'valid' if self.valid else 'refused'}: {self.proof}"


class OtherOpinion(models.Model):
    """What another program said about a number."""

    key = models.CharField(max_length=32)
    expression = models.TextField()
    program = models.CharField(max_length=20)
    version = models.CharField(max_length=100, blank=True, default="")
    verdict = models.CharField(max_length=16)
    data = models.JSONField(help_text="command line, files, residue, output, seconds")
    host = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["key"], name="otheropinion_key")]

    def __str__(self) -> str:
        return f"{self.program}: {self.expression} is {self.verdict}"


class Certificate(models.Model):
    """The data from which primality is checked again."""

    key = models.CharField(max_length=32)
    expression = models.TextField()
    kind = models.CharField(max_length=12)
    data = models.JSONField()
    software = models.JSONField(default=dict)
    seconds = models.FloatField(default=0.0)
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT)
    block = models.ForeignKey(Block, on_delete=models.PROTECT)
    # The block in which a coordinator verifies it.
    verify_block = models.ForeignKey(
        Block, on_delete=models.PROTECT, null=True, related_name="certificates"
    )
    worker = models.ForeignKey("fleet.Worker", on_delete=models.PROTECT)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["key"], name="certificate_key")]

    def __str__(self) -> str:
        return f"{self.kind} certificate of {self.expression}"


class CertificateCheck(models.Model):
    """One verification of a certificate, by whatever program, whatever its verdict."""

    certificate = models.ForeignKey(
        Certificate, on_delete=models.PROTECT, related_name="checks"
    )
    valid = models.BooleanField()
    reason = models.TextField(blank=True, default="")
    verified_by = models.JSONField(default=list)
    seconds = models.FloatField(default=0.0)
    block = models.ForeignKey(Block, on_delete=models.PROTECT)
    created_at = models.DateTimeField()


class Prime(models.Model):
    """A number with a certificate that a second implementation verified."""

    key = models.CharField(max_length=32, unique=True)
    expression = models.TextField()
    digits = models.BigIntegerField()
    # That of the search: one of `searches.kinds.FORMS`.
    form = models.CharField(max_length=24, default="free")
    certificate = models.OneToOneField(Certificate, on_delete=models.PROTECT)
    verified_by = models.JSONField()
    search = models.ForeignKey(Search, on_delete=models.PROTECT, related_name="primes")
    found_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["-digits", "id"], name="prime_largest"),
            models.Index(fields=["-found_at", "-id"], name="prime_newest"),
            models.Index(fields=["form", "-digits", "id"], name="prime_form_largest"),
            models.Index(fields=["form", "-found_at", "-id"], name="prime_form_newest"),
        ]

    def __str__(self) -> str:
        return self.expression


class PrimeTag(models.Model):
    """A family that a prime belongs to (`darkreach.forms.tags`), found as it was
    accepted."""

    prime = models.ForeignKey(Prime, on_delete=models.PROTECT, related_name="tags")
    name = models.CharField(max_length=24)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["prime", "name"], name="prime_tag_once")
        ]
        indexes = [models.Index(fields=["name", "prime"], name="prime_by_tag")]

    def __str__(self) -> str:
        return self.name


class ListedPrime(models.Model):
    """A prime in a list of other people: a claim, by which 'new' is told from 'known'.

    Replaced whenever its list is imported again (`listed`).
    """

    key = models.CharField(max_length=32)
    description = models.TextField()
    digits = models.BigIntegerField()
    rank = models.PositiveIntegerField(null=True)
    who = models.CharField(max_length=20, blank=True, default="")
    year = models.PositiveSmallIntegerField(null=True)
    comment = models.CharField(max_length=200, blank=True, default="")
    source = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "key"], name="listed_once")
        ]
        indexes = [
            models.Index(fields=["key"], name="listed_key"),
            models.Index(fields=["digits"], name="listed_digits"),
        ]

    def __str__(self) -> str:
        return f"{self.description} ({self.source})"

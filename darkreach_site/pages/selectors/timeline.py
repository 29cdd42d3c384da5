"""How a prime came to be one: every piece of evidence in the order of the stages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Max, Sum

from searches.models import Block, Candidate
from verification.models import Certificate, CertificateCheck, Prime, Residue


@dataclass(frozen=True)
class Event:
    """One piece of evidence."""

    stage: str
    #: In words, and the number that ends them if one does.
    outcome: str
    figure: int | None = None
    when: datetime | None = None
    seconds: float | None = None
    software: str = ""
    #: Several numbers shared the seconds.
    shared: bool = False


def timeline(prime: Prime) -> list[Event]:
    """Sieve, P-1, tests, proofs, verifications. Needs the certificate's candidate."""
    candidate = prime.certificate.candidate
    certificates = list(
        Certificate.objects.filter(key=prime.key).defer("data").order_by("id")
    )
    rows = Residue.objects.filter(key=prime.key).defer("res2048").order_by("id")
    return [
        *_sieve(candidate),
        *_pm1(candidate),
        *evidence(list(rows), certificates),
    ]


def evidence(residues: list[Residue], certificates: list[Certificate]) -> list[Event]:
    """Tests, proofs, verifications."""
    return [
        *(_test(each) for each in residues),
        *(_proof(each) for each in certificates),
        *_verifications(certificates),
    ]


def _sieve(candidate: Candidate) -> list[Event]:
    blocks = Block.objects.filter(
        search=candidate.search_id,
        stage="sieve",
        state="done",
        first__lte=candidate.index,
        first__gt=candidate.index - F("count"),
    )
    found = blocks.aggregate(
        blocks=Count("id"),
        depth=Max("p_max"),
        end=Max("done_at"),
        spent=Sum("seconds"),
    )
    if not found["blocks"]:
        return []
    return [
        Event(
            "sieve",
            "no prime factor up to",
            figure=found["depth"],
            when=found["end"],
            seconds=found["spent"],
            shared=True,
        )
    ]


def _pm1(candidate: Candidate) -> list[Event]:
    """P-1 leaves no row for a number in which it finds no factor."""
    search = candidate.search
    if not candidate.pm1_done:
        return []
    outcome = f"no factor with B1 = {search.pm1_b1}, B2 = {search.pm1_b2}"
    return [Event("pm1", outcome)]


def _test(row: Residue) -> Event:
    return Event(
        "prp",
        _outcome(row),
        when=row.created_at,
        seconds=row.seconds,
        software=_software(row.software),
    )


def _outcome(row: Residue) -> str:
    words = row.verdict
    if row.residue_type is not None:
        words += f" by a residue of type {row.residue_type} to base {row.base}"
    if row.res64:
        words += f", RES64 {row.res64}"
    return words if row.role == "accepted" else f"{words} ({row.role})"


def _proof(row: Certificate) -> Event:
    return Event(
        "prove",
        f"certificate of kind {row.kind}",
        when=row.created_at,
        seconds=row.seconds,
        software=_software(row.software),
    )


def _verifications(certificates: list[Certificate]) -> list[Event]:
    if not certificates:
        return []
    rows = CertificateCheck.objects.filter(certificate__in=certificates).order_by("id")
    return [
        Event(
            "verify",
            "valid" if row.valid else f"refused: {row.reason}",
            when=row.created_at,
            seconds=row.seconds,
            software=", ".join(row.verified_by),
        )
        for row in rows
    ]


def _software(description: dict[str, Any]) -> str:
    """Program, version and kernel in a line."""
    parts = (description.get(name, "") for name in ("program", "version", "kernel"))
    return " ".join(str(part) for part in parts if part)

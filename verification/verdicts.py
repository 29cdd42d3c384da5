"""Results of verifications: the only place that writes Prime."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from searches import outbox, settlement
from searches.intake import BadResult
from searches.models import Block, Candidate
from searches.work import order_of
from verification.models import Certificate, CertificateCheck, Prime
from verification.sources import Source

# A certificate that fails verification is made anew this many times in all.
_PROOFS_TRIED = 3
# Invariant I4: the certificate's verifier and an independent program.
_PROGRAMS_NEEDED = 2


@dataclass(frozen=True)
class Verdict:
    """One certificate with what its verification said."""

    certificate: Certificate
    valid: bool
    reason: str
    verified_by: list[str]
    seconds: float


def task_of(block: Block) -> dict[str, Any]:
    """The task of a verification block."""
    rows = Certificate.objects.filter(verify_block=block).order_by("id")
    return {
        "stage": "verify",
        "certificates": [
            {"expression": row.expression, "certificate": row.data} for row in rows
        ],
    }


def check(block: Block, result: dict[str, Any]) -> list[Verdict]:
    """One verdict per certificate of the block, in order."""
    rows = Certificate.objects.filter(verify_block=block).order_by("id")
    try:
        verdicts = [
            Verdict(
                row,
                item["valid"] is True and len(item["verified_by"]) >= _PROGRAMS_NEEDED,
                str(item["reason"]),
                [str(name) for name in item["verified_by"]],
                float(item["seconds"]),
            )
            for row, item in zip(rows, result["results"], strict=True)
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise BadResult(f"unreadable verification result: {error!r}") from None
    return verdicts


def apply(source: Source, verdicts: list[Verdict], now: datetime) -> set[int]:
    """Record each check; candidates whose members are all proven become primes."""
    CertificateCheck.objects.bulk_create(
        CertificateCheck(
            certificate=verdict.certificate,
            valid=verdict.valid,
            reason=verdict.reason,
            verified_by=verdict.verified_by,
            seconds=verdict.seconds,
            block=source.block,
            created_at=now,
        )
        for verdict in verdicts
    )
    settlement.let_go(source.block.pk)
    touched: set[int] = set()
    for candidate in _candidates(verdicts):
        certificates = _verified(candidate)
        if certificates is None:
            _give_up(candidate)
            continue
        for certificate in certificates:
            _write_prime(certificate, candidate, now)
        touched |= settlement.settle([candidate.key], "prime", now)
    return touched | {source.block.search_id}


def _candidates(verdicts: list[Verdict]) -> list[Candidate]:
    ids = {verdict.certificate.candidate_id for verdict in verdicts}
    return list(Candidate.objects.filter(pk__in=ids).select_related("search"))


def _verified(candidate: Candidate) -> list[Certificate] | None:
    """A verified certificate for every member of the candidate, or None."""
    order = order_of(candidate.search)
    found = []
    for number in order.members(candidate.index):
        certificate = (
            Certificate.objects.filter(key=number.key, checks__valid=True)
            .order_by("id")
            .first()
        )
        if certificate is None:
            return None
        found.append(certificate)
    return found


def _write_prime(certificate: Certificate, candidate: Candidate, now: datetime) -> None:
    """Prime is unique by the number's key: the first certificate keeps it."""
    order = order_of(candidate.search)
    number = next(n for n in order.members(candidate.index) if n.key == certificate.key)
    check = certificate.checks.filter(valid=True).order_by("id").first()
    assert check is not None
    _, created = Prime.objects.get_or_create(
        key=certificate.key,
        defaults={
            "expression": certificate.expression,
            "digits": number.digits,
            "certificate": certificate,
            "verified_by": check.verified_by,
            "search": candidate.search,
            "found_at": now,
        },
    )
    if created:
        outbox.record(
            "prime.found",
            certificate.key,
            now,
            search=candidate.search_id,
            due_at=now + timedelta(hours=settings.EMBARGO_HOURS),
            expression=certificate.expression,
            digits=number.digits,
        )


def _give_up(candidate: Candidate) -> None:
    """Certificates that keep failing are no accident: a person must look."""
    if candidate.state == "probable" and _tries(candidate) >= _PROOFS_TRIED:
        Candidate.objects.filter(pk=candidate.pk).update(proof_given_up=True)


def _tries(candidate: Candidate) -> int:
    return (
        Certificate.objects.filter(candidate=candidate)
        .values("block")
        .distinct()
        .count()
    )

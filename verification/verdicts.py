"""Results of verifications: the only place that writes Prime."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from darkreach.forms.tags import tags
from searches import outbox, settlement
from searches.intake import BadResult
from searches.models import Block, Candidate
from searches.work import order_of
from verification.models import Certificate, CertificateCheck, Prime, PrimeTag
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
    #: Families of the number, should it be accepted; told here because a transaction
    #: is no place for tests of its neighbours.
    tags: list[str]


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
        return [
            _verdict(row, item)
            for row, item in zip(
                rows.select_related("candidate__search"),
                result["results"],
                strict=True,
            )
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise BadResult(f"unreadable verification result: {error!r}") from None


def _verdict(row: Certificate, item: dict[str, Any]) -> Verdict:
    programs, seconds = item["verified_by"], float(item["seconds"])
    if not isinstance(programs, list) or not all(isinstance(p, str) for p in programs):
        raise BadResult("verified_by is a list of programs")
    if not 0 <= seconds < math.inf:
        raise BadResult("a verification that took no time that there is")
    valid = item["valid"] is True and len(set(programs)) >= _PROGRAMS_NEEDED
    return Verdict(
        row,
        valid,
        str(item["reason"]),
        programs,
        seconds,
        _tags(row) if valid else [],
    )


def _tags(certificate: Certificate) -> list[str]:
    """The number becomes a Prime only together with the other members."""
    candidate = certificate.candidate
    members = order_of(candidate.search).members(candidate.index)
    (number,) = (each for each in members if each.key == certificate.key)
    return tags(number, members)


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
    families = {verdict.certificate.key: verdict.tags for verdict in verdicts}
    for candidate in _candidates(verdicts):
        certificates = _verified(candidate)
        if certificates is None:
            _give_up(candidate)
            continue
        for certificate in certificates:
            _write_prime(certificate, candidate, families, now)
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


def _write_prime(
    certificate: Certificate,
    candidate: Candidate,
    families: dict[str, list[str]],
    now: datetime,
) -> None:
    """Prime is unique by the number's key: the first certificate keeps it."""
    order = order_of(candidate.search)
    number = next(n for n in order.members(candidate.index) if n.key == certificate.key)
    check = certificate.checks.filter(valid=True).order_by("id").first()
    assert check is not None
    prime, created = Prime.objects.get_or_create(
        key=certificate.key,
        defaults={
            "expression": certificate.expression,
            "digits": number.digits,
            "form": candidate.search.form,
            "certificate": certificate,
            "verified_by": check.verified_by,
            "search": candidate.search,
            "found_at": now,
        },
    )
    if created:
        PrimeTag.objects.bulk_create(
            PrimeTag(prime=prime, name=name)
            for name in families.get(certificate.key, [])
        )
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

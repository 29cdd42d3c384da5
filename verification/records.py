"""Potential records: primes that other people will look at closely.

Before they do, every other program that is installed on a coordinator is asked too
(`darkreach.opinions`): it shares neither code nor arithmetic with the test, the proof
and the two programs of the check.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from darkreach.opinions import installed
from verification import listed, opinions
from verification.models import OtherOpinion, Prime

log = logging.getLogger(__name__)

#: Longest time that one program gets: tests of millions of digits take as long.
SECONDS = 7 * 86_400.0


def potential() -> QuerySet[Prime]:
    """Primes of the size of records that no imported list has."""
    large = Prime.objects.filter(digits__gte=settings.RECORD_DIGITS)
    return listed.known(large, wanted=False)


def is_potential(prime: Prime) -> bool:
    return potential().filter(pk=prime.pk).exists()


def due() -> QuerySet[Prime]:
    """Potential records about which nobody was asked, the oldest first."""
    asked = OtherOpinion.objects.filter(key=OuterRef("key"))
    return potential().filter(~Exists(asked)).order_by("id")


def waiting() -> bool:
    """Is there anything to ask, and anybody on this host?"""
    return due().exists() and bool(installed())


def ask_all(seconds: float = SECONDS) -> list[str]:
    """Ask every program of this host about all that are due; a program that gives no
    answer is kept too, with the reason. Returns their expressions."""
    asked: list[str] = []
    while (prime := due().first()) is not None and installed():
        found = opinions.ask(prime.expression, seconds=seconds, silent=True)
        asked.append(prime.expression)
        for each in found:
            said = each.reason or each.verdict
            against = each.contradicts(prime=True)
            level = logging.ERROR if against else logging.INFO
            log.log(level, "%s about %s: %s", each.program, prime.expression, said)
    return asked

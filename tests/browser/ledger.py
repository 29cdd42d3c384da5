"""A ledger worth looking at: hunts of several forms and all that happens to them.

Run inside a management command of a home folder of its own (`conftest.site`). The
hunts are worked by the real stages in this process; what only a failing fleet leaves
(a quarantined block, a disputed number, a week of hours) is brought about here.
"""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth import get_user_model

from darkreach.order import Order
from fleet import identity, leases
from fleet.models import Hour
from searches import control
from searches.clock import ledger_now
from searches.models import Candidate, Search
from searches.planning import place_order
from tests import hunts

#: Names of a form that fill more than a screen: a number of two hundred digits, plain.
LONG = str(10**199 + 153)
_FINISHED = (
    ("3*2^n+1", {"n": "1:600"}),
    ("k*2^60+-1", {"k": "3:600:6"}),
    ("n!+1", {"n": "2:60"}),
    ("n#-1", {"n": "2:200"}),
    ("b^64+1", {"b": "2:500"}),
    ("2^n-1", {"n": "2:1300"}),
    (f"{LONG}*2^n+1", {"n": "1:60"}),
    ("n^2+n+41", {"n": "39:60"}),
)
_MANY = 30
OPERATOR, PASSWORD = "operator", "only for looking"


def fill() -> None:
    """Everything, in order."""
    get_user_model().objects.create_superuser(OPERATOR, password=PASSWORD)
    for expression, ranges in _FINISHED:
        hunts.placed(expression, **ranges)
    hunts.drain()
    _stopped()
    _disputed()
    _running()
    _quarantined()
    _week()
    hunts.counted()


def _stopped() -> None:
    """More searches than a page holds: most are cancelled or paused."""
    for k in range(101, 101 + 2 * _MANY, 2):
        search = hunts.placed(f"{k}*2^n-1", n="1:5000")
        (control.cancel if k % 4 == 1 else control.pause)(search.pk)


def _disputed() -> None:
    """A number about which two results differ."""
    first = Candidate.objects.filter(state="composite").first()
    assert first is not None
    Candidate.objects.filter(pk=first.pk).update(state="disputed")


def _running() -> None:
    """A search in the middle of its tests."""
    search = hunts.placed("5*2^n-1", n="1:3000")
    while not Candidate.objects.filter(search=search).exists():
        hunts.work_once("sieve")
    for _ in range(3):
        hunts.work_once("prove", "prp", "pm1", "sieve")


def _quarantined() -> None:
    """A block whose workers fell silent three times, and a search beside it that
    somebody works on."""
    place_order(Order.parse("99*2^n+1", {"n": "1:20000"}), priority=9)
    worker = identity.register()
    now = ledger_now()
    for _ in range(3):
        (grant,) = leases.claim(worker, "sieve", now=now)
        now += timedelta(seconds=61)
        leases.reclaim(now=now)
    Search.objects.filter(blocks=grant.block).update(priority=5)


def _week() -> None:
    """Hours of a fleet whose speed changes over the day."""
    end = ledger_now().replace(minute=0, second=0, microsecond=0)
    tests = 0
    rows = []
    for back in range(7 * 24, -1, -1):
        tests += 40_000 + 3_000 * (back % 24) + (90_000 if back % 31 == 0 else 0)
        rows.append(
            Hour(
                start=end - timedelta(hours=back),
                tests=tests,
                settled=3 * tests,
                primes=tests // 5000,
                workers=4,
                slots=16,
            )
        )
    Hour.objects.bulk_create(rows, ignore_conflicts=True)

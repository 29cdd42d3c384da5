"""Orders of different shapes over the same small numbers, one after the other in one
ledger: each finds its primes, and nobody is taken for a liar."""

from __future__ import annotations

import random

import pytest

from darkreach.errors import OrderError
from darkreach.order import Order
from searches.models import Candidate
from searches.planning import place_order
from searches.states import EVIDENCE_LEVELS
from tests.audits import broken
from tests.hunts import drain
from tests.searches.test_random_orders import prime_positions
from verification.models import Refutation, Reliability

pytestmark = pytest.mark.django_db(transaction=True)

#: Each with the last value of its variable; the first is 1.
SHAPES = [
    *(("n", 900), ("2*n+1", 400), ("n^2+1", 40), ("2^n-1", 40), ("2^n+1", 33)),
    *(("n!+1", 12), ("n!-1", 12), ("n!2+1", 16), ("n!!-2", 14), ("n*2^n+1", 24)),
    *(("n*2^n-1", 24), ("2^n-n", 40), ("2^n+n", 40), ("n^n+1", 12), ("3*2^n-1", 40)),
    *(("2*3^n+1", 24), ("(2^n-1)^2-2", 16), ("(2^n+1)^2-2", 16), ("n^4+1", 30)),
    *(("(10^n-1)/9", 14), ("10^n+1", 9), ("10^n+7", 12), ("n*4^n+1", 12)),
    *(("n*2^3-1,n*2^4-1", 90), ("n*2^3-1,n*2^3+1", 90), ("n-2,n+4,n+6", 400)),
    *(("n^2+n+41", 30), ("7*2^n+1,7*2^n+3", 30), ("n^8+1", 12), ("(2*n)^2+1", 30)),
]
OTHERS = [
    ("k*2^n-1,2*k*2^n-1,4*k*2^n-1", {"k": "1:60", "n": "1:4"}),
    ("k*2^n+1", {"k": "1:31", "n": "1:9"}),
    ("k*3^n-1,k*3^n+1", {"k": "1:31", "n": "1:5"}),
    ("k*b^2+1", {"k": "1:9", "b": "2:12"}),
    ("p#+1,p#-1", {"p": "2:20"}),
    ("p#+1", {"p": "2:30"}),
    ("(2^p+1)/3", {"p": "3:40"}),
    ("2^p-1", {"p": "2:62"}),
    ("palindrome", {"digits": "1:3"}),
    ("palindrome", {"digits": "1:5", "base": "3"}),
    ("(3^p-1)/2", {"p": "3:30"}),
]
EVERY = [(text, {"n": f"1:{last}"}) for text, last in SHAPES] + OTHERS


@pytest.mark.parametrize(
    ("expression", "ranges"),
    [
        ("n*k-1", {"n": "0:0", "k": "7:9"}),
        ("n!-n", {"n": "0:6"}),
        ("k*n#+-1", {"n": "5:7", "k": "2,0"}),
        ("2*b^n-1", {"b": "33,17", "n": "0:1"}),
    ],
)
def test_what_is_no_candidate_is_no_duplicate_too(
    expression: str, ranges: dict[str, str]
) -> None:
    search = place_order(Order.parse(expression, ranges)).search
    drain()
    search.refresh_from_db()
    assert search.state == "finished"
    assert broken() == {}


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 12))]
)
def test_orders_that_meet_agree(seed: int) -> None:
    dice = random.Random(seed)
    for text, ranges in dice.sample(EVERY, 4 if seed == 0 else 14):
        try:
            order = Order.parse(text, ranges)
        except OrderError:
            continue  # two ways to write one order
        level = dice.choice(EVIDENCE_LEVELS)
        search = place_order(order, evidence=level).search
        drain()
        search.refresh_from_db()
        assert search.state == "finished", text
        found = Candidate.objects.filter(search=search, state="prime")
        positions = set(found.values_list("index", flat=True))
        assert positions == prime_positions(order), text
    assert not Refutation.objects.exists()
    assert not Reliability.objects.exclude(quarantined_at=None).exists()
    assert broken() == {}

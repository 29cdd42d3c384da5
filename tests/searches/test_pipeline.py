"""A search goes from order to proven primes, and counts every candidate once."""

from __future__ import annotations

import pytest

from searches.funnel import funnel
from searches.models import Block, Candidate
from tests.audits import broken
from tests.hunts import drain, placed
from tests.oracle import prime_exponents
from verification import results
from verification.models import Certificate, Prime, Residue

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_proth_search_finds_exactly_the_primes() -> None:
    search = placed("3*2^n+1", n="1:300")
    drain()
    search.refresh_from_db()
    found = results.primes(search)
    assert [p["variables"]["n"] for p in found] == prime_exponents(
        3, 2, 1, range(1, 301)
    )
    counts = funnel(search)
    assert search.state == "finished"
    assert counts["candidates"] == 300
    assert counts["open"] == counts["probable"] == counts["disputed"] == 0
    assert broken() == {}


@pytest.mark.parametrize(
    ("expression", "k", "b", "c"),
    [
        ("5*2^n-1", 5, 2, -1),
        ("2*3^n+1", 2, 3, 1),
        ("2*3^n-1", 2, 3, -1),
        ("4*5^n-1", 4, 5, -1),
        ("12*7^n+1", 12, 7, 1),
    ],
)
def test_other_signs_and_bases(expression: str, k: int, b: int, c: int) -> None:
    search = placed(expression, n="0:150")
    drain()
    found = [p["variables"]["n"] for p in results.primes(search)]
    assert found == prime_exponents(k, b, c, range(151))
    assert broken() == {}


def test_every_prime_was_verified_by_two_programs() -> None:
    search = placed("7*2^n+1", n="1:200")
    drain()
    assert Prime.objects.count() == len(results.primes(search)) > 5
    for prime in Prime.objects.all():
        assert len(prime.verified_by) >= 2
        assert prime.certificate.checks.filter(valid=True).count() == 1
    assert Certificate.objects.count() == Prime.objects.count()


def test_proofs_come_before_tests_and_tests_before_sieves() -> None:
    placed("9*2^n+1", n="1:100")
    drain()
    firsts = Block.objects.filter(purpose="first")
    urgencies = dict(firsts.values_list("stage", "urgency").distinct())
    assert urgencies["sieve"] < urgencies["prp"] < urgencies["prove"]


def test_a_deeper_pass_covers_the_primes_beyond_the_first() -> None:
    from darkreach.order import Order
    from searches.planning import place_order

    order = Order.parse("15*2^n+1", {"n": "1:400"})
    search = place_order(order, sieve_limit=3_000_000).search
    drain()
    assert Block.objects.filter(search=search, stage="sieve", p_min__gt=2).exists()
    found = [p["variables"]["n"] for p in results.primes(search)]
    assert found == prime_exponents(15, 2, 1, range(1, 401))
    assert broken() == {}


def test_p_minus_one_takes_its_place_when_it_is_ordered() -> None:
    from darkreach.order import Order
    from searches.planning import place_order

    order = Order.parse("13*2^n-1", {"n": "100:260"})
    search = place_order(order, sieve_limit=1000, pm1=(200, 5000)).search
    drain()
    assert Block.objects.filter(search=search, stage="pm1", state="done").exists()
    from searches.models import Factor

    assert Factor.objects.filter(stage="pm1").exists()
    found = [p["variables"]["n"] for p in results.primes(search)]
    assert found == prime_exponents(13, 2, -1, range(100, 261))
    assert broken() == {}


def test_no_number_is_tested_twice_in_one_search() -> None:
    placed("k*2^n+1", k="1:12", n="1:60")
    drain()
    first = Residue.objects.filter(block__purpose="first")
    keys = list(first.values_list("key", "residue_type", "base"))
    assert len(keys) == len(set(keys))
    assert not Candidate.objects.filter(state__in=["open", "elsewhere"]).exists()
    assert broken() == {}

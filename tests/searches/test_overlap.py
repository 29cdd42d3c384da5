"""Overlapping and differently written orders share their numbers and their work."""

from __future__ import annotations

from itertools import product

import gmpy2
import pytest

from darkreach import identity
from darkreach.errors import OrderError
from darkreach.order import Order
from searches import control
from searches.funnel import funnel
from searches.models import Block, Candidate, Search
from searches.planning import place_order
from tests.audits import broken
from tests.hunts import drain, placed, work_once
from tests.oracle import prime_exponents, prime_values
from verification import results
from verification.models import Prime, Refutation, Residue

pytestmark = pytest.mark.django_db(transaction=True)


def each_was_tested_once() -> bool:
    """Apart from the repetitions that policy orders."""
    first = Residue.objects.filter(block__purpose="first")
    keys = list(first.values_list("key", flat=True))
    return len(keys) == len(set(keys))


def test_the_same_order_is_the_same_search() -> None:
    first = place_order(Order.parse("3*2^n+1", {"n": "1:50"}))
    again = place_order(Order.parse("1+2^n*3", {"n": "1:50:1"}))
    assert first.created and not again.created
    assert first.search.pk == again.search.pk
    assert Search.objects.count() == 1


def test_a_finished_order_gives_the_stored_answer() -> None:
    search = placed("3*2^n+1", n="1:60")
    drain()
    blocks = Block.objects.count()
    again = place_order(Order.parse("3*2^n+1", {"n": "1:60"}))
    assert again.search.state == "finished"
    assert drain() == 0
    assert Block.objects.count() == blocks
    assert results.primes(again.search) == results.primes(search)


@pytest.mark.parametrize("state", ["pause", "cancel"])
def test_a_stopped_order_offers_to_resume(state: str) -> None:
    search = placed("3*2^n+1", n="1:60")
    assert getattr(control, state)(search.pk)
    with pytest.raises(OrderError, match="--resume"):
        place_order(Order.parse("3*2^n+1", {"n": "1:60"}))
    order = Order.parse("3*2^n+1", {"n": "1:60"})
    assert place_order(order, resume=True).search.state == "running"
    drain()
    found = [p["variables"]["n"] for p in results.primes(search)]
    assert found == prime_exponents(3, 2, 1, range(1, 61))
    assert broken() == {}


def test_overlapping_ranges_test_each_number_once() -> None:
    one = placed("5*2^n+1", n="1:200")
    two = placed("5*2^n+1", n="100:300")
    drain()
    assert [p["variables"]["n"] for p in results.primes(one)] == prime_exponents(
        5, 2, 1, range(1, 201)
    )
    assert [p["variables"]["n"] for p in results.primes(two)] == prime_exponents(
        5, 2, 1, range(100, 301)
    )
    assert each_was_tested_once()
    assert broken() == {}


def test_differently_written_numbers_are_recognised() -> None:
    """3*4^n+1 and 12*2^n+1 are 3*2^(2n)+1 and 3*2^(n+2)+1."""
    searches = [
        placed("3*2^n+1", n="1:120"),
        placed("3*4^n+1", n="1:60"),
        placed("12*2^n+1", n="1:100"),
        placed("3*2^(2n+1)+1", n="0:50"),
    ]
    drain()
    assert each_was_tested_once()
    primes = set(prime_exponents(3, 2, 1, range(1, 121)))
    expected = [
        sorted(primes),
        [n for n in range(1, 61) if 2 * n in primes],
        [n for n in range(1, 101) if n + 2 in primes],
        [n for n in range(51) if 2 * n + 1 in primes],
    ]
    for search, answer in zip(searches, expected, strict=True):
        assert [p["variables"]["n"] for p in results.primes(search)] == answer
        search.refresh_from_db()
        assert search.state == "finished"
    assert Prime.objects.count() == len(primes)
    assert broken() == {}


def test_a_mixed_base_order_counts_equal_numbers_once() -> None:
    search = placed("k*b^n+1", k="1:9", b="2,3,4,8,9", n="1:12")
    drain()
    numbers = {
        k * b**n + 1
        for k in range(1, 10)
        for b in (2, 3, 4, 8, 9)
        for n in range(1, 13)
    }
    counts = funnel(search)
    assert counts["candidates"] == len(numbers)
    assert counts["primes"] == len(prime_values(numbers))
    assert {p.expression for p in Prime.objects.all()} == {
        p["expression"] for p in results.primes(search)
    }
    assert each_was_tested_once()
    assert broken() == {}


def test_numbers_of_a_cancelled_search_go_to_the_one_that_waits() -> None:
    one = placed("7*2^n+1", n="1:150")
    work_once("sieve")  # its survivors are rows now
    two = placed("7*2^n+1", n="50:200")
    work_once("sieve")
    assert Candidate.objects.filter(search=two, state="elsewhere").exists()
    assert control.cancel(one.pk)
    drain()
    two.refresh_from_db()
    assert two.state == "finished"
    assert [p["variables"]["n"] for p in results.primes(two)] == prime_exponents(
        7, 2, 1, range(50, 201)
    )
    assert each_was_tested_once()
    assert control.resume(one.pk)
    drain()
    assert [p["variables"]["n"] for p in results.primes(one)] == prime_exponents(
        7, 2, 1, range(1, 151)
    )
    assert each_was_tested_once()
    assert broken() == {}


def test_a_pair_with_a_known_composite_is_settled_without_a_test() -> None:
    """4*b+1 and 4*b-1 as pairs, after each side was hunted alone."""
    placed("4*15^n-1", n="60:120")
    drain()
    before = Residue.objects.count()
    pairs = placed("4*15^n+-1", n="60:120")
    drain()
    assert each_was_tested_once()
    assert Residue.objects.count() == before
    counts = funnel(pairs)
    assert counts["factored"] + counts["composite"] == counts["candidates"] == 61
    assert broken() == {}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # 2 and 5, 7 and 11 and 13 occur here, tested to base 3, and there to 5 or 7.
        (("2^n-n", "1:5"), ("2*3^n-1,2*3^n+1", "1:3")),
        # 2*3^30-1, 2*3^31-1 and 2*3^32-1, as numbers of another shape.
        (("2*3^n-1", "28:34"), ("n+411782264189000", "290:300")),
        (("2*3^n-1", "28:34"), ("n+1235346792567000", "890:900")),
    ],
)
def test_a_number_in_two_shapes_is_no_contradiction(
    first: tuple[str, str], second: tuple[str, str]
) -> None:
    """Its tests have other bases there; nobody is called a liar for that."""
    for expression, exponents in (first, second):
        order = Order.parse(expression, {"n": exponents})
        place_order(order, evidence="double-checked")
        drain()
    assert set(Search.objects.values_list("state", flat=True)) == {"finished"}
    assert not Refutation.objects.exists()
    assert broken() == {}


def test_an_answer_names_numbers_as_its_order_does() -> None:
    placed("2^n-n", n="1:3")
    drain()
    search = placed("4*n-3", n="2:3")
    drain()
    (five,) = results.primes(search)
    known = Prime.objects.get(key=identity.number_key("5"))
    own = Candidate.objects.get(search=search, key=known.key)
    assert five["expression"] == own.expression != known.expression


def test_chains_share_members_and_each_chain_is_found() -> None:
    """5, 11, 23 and 47 are four of them: two chains of three, tested in one block."""
    placed("7*2^n+1", n="1:300")
    drain()  # blocks of several candidates, now that the speed is known
    search = placed("k*2^n-1,2*k*2^n-1,4*k*2^n-1", k="1:600", n="1:6")
    drain()
    wanted = {
        k << n
        for k, n in product(range(1, 601), range(1, 7))
        if all(gmpy2.is_prime((k << n + place) - 1) for place in range(3))
    }
    found = [p["variables"] for p in results.primes(search)]
    assert {p["k"] << p["n"] for p in found} == wanted
    assert len(found) == len(wanted) > 5
    members = [(value << place) - 1 for value in wanted for place in range(3)]
    assert len(set(members)) < len(members)
    assert Block.objects.filter(search=search, stage="prp", count__gt=1).exists()
    assert broken() == {}

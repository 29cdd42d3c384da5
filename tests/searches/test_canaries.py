"""Numbers with known answers are a fixed share of the tests, wherever those are cut."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from django.db.models import Count, Q

from darkreach.checks import low_order, policy
from searches import blocks, canaries, estimates
from searches.clock import ledger_now
from searches.models import Block, Candidate, Search
from tests.audits import broken
from tests.fleet.fleets import Host, coordinator, work_out
from tests.hunts import advance_all, placed
from tests.oracle import prime_exponents
from verification.models import Reliability, Residue
from verification.results import primes

pytestmark = pytest.mark.django_db(transaction=True)

KNOWN, WAITING = 600, 4_000
BITS = 10_000
FALSE = "0123456789ABCDEF"
_CLASS = estimates.size_class(BITS)


@pytest.fixture(autouse=True)
def same_dice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canaries, "_DICE", random.Random(7))


@pytest.fixture
def half_done() -> Search:
    """A search whose smallest numbers are double-checked and whose others wait."""
    search = placed("3*2^n+1", n="9000:14000")
    search.blocks.all().delete()
    Candidate.objects.bulk_create(
        Candidate(
            search=search,
            index=index,
            key=f"{index:032x}",
            expression=f"3*2^{9000 + index}+1",
            bits=9_002 + index // 10,
            state="composite" if index < KNOWN else "open",
            evidence="double-checked" if index < KNOWN else "",
        )
        for index in range(KNOWN + WAITING)
    )
    return search


def cut(search: Search, numbers_in_a_block: int, settings: Any) -> list[list[int]]:
    """All blocks of one filling of the stock: (numbers, canaries among them) each."""
    one = settings.TARGET_SECONDS / numbers_in_a_block
    speeds = {("prp", _CLASS + place): one for place in range(-2, 3)}
    blocks.create_tests(search, "prp", speeds, ledger_now())
    rows = Candidate.objects.filter(block__stage="prp").values("block")
    known = Count("id", filter=Q(state="composite"))
    rows = rows.annotate(held=Count("id"), known=known).order_by("block")
    return [[row["held"], row["known"]] for row in rows]


def test_canaries_do_not_crowd_into_the_first_blocks(
    half_done: Search, settings: Any
) -> None:
    settings.CANARY_SHARE = 0.1
    made = cut(half_done, 20, settings)
    tested, known = map(sum, zip(*made, strict=True))
    assert blocks.STOCK <= len(made) <= 1.2 * blocks.STOCK
    assert 0.08 * tested < known < 0.11 * tested
    assert max(canary for _, canary in made) <= 10


def test_tests_that_fill_a_block_are_not_kept_waiting_by_canaries(
    half_done: Search, settings: Any
) -> None:
    settings.CANARY_SHARE = 0.02
    made = cut(half_done, 1, settings)
    assert {held for held, _ in made} == {1}
    assert sum(known for _, known in made) in (1, 2)


def test_canaries_are_of_the_nearest_sizes(half_done: Search, settings: Any) -> None:
    settings.CANARY_SHARE = 0.02
    cut(half_done, 1, settings)
    again = Candidate.objects.filter(state="composite", block__isnull=False)
    assert again.exists()
    assert all(KNOWN - 100 <= one.index < KNOWN for one in again)
    assert all(one.block.stage == "prp" for one in again)


def test_no_canary_where_none_is_wanted_or_nothing_is_certain(
    half_done: Search, settings: Any
) -> None:
    settings.CANARY_SHARE = 0.0
    assert sum(known for _, known in cut(half_done, 100, settings)) == 0
    Candidate.objects.update(block=None)
    half_done.blocks.all().delete()
    Candidate.objects.filter(state="composite").update(evidence="single")
    settings.CANARY_SHARE = 0.1
    assert sum(known for _, known in cut(half_done, 100, settings)) == 0


def refilled(monkeypatch: pytest.MonkeyPatch, settings: Any, share: float) -> Search:
    """A search of small blocks whose stock is filled many times."""
    monkeypatch.setattr(blocks, "STOCK", 8)
    monkeypatch.setattr(blocks, "_UNMEASURED_STOCK", 8)
    settings.TARGET_SECONDS = 1e-6
    settings.CANARY_SHARE = share
    search = placed("k*2^n+1", k="3,5", n="65:300")
    Search.objects.update(evidence_level="double-checked")
    advance_all()
    return search


def check(search: Search) -> None:
    """Done, with exactly its primes."""
    search.refresh_from_db()
    assert search.state == "finished"
    found = sorted((p["variables"]["k"], p["variables"]["n"]) for p in primes(search))
    assert found == [
        (k, n) for k in (3, 5) for n in prime_exponents(k, 2, 1, range(65, 301))
    ]
    assert broken() == {}


def repeated() -> int:
    """How many numbers were in two blocks of first tests or more."""
    first = Residue.objects.filter(block__purpose="first")
    counts = first.values("key").annotate(times=Count("id"))
    return counts.filter(times__gt=1).count()


@pytest.mark.quick_on("sqlite")
def test_a_search_with_many_canaries_ends_and_counts_right(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    search = refilled(monkeypatch, settings, 0.5)
    work_out([Host("one"), Host("two"), coordinator()])
    check(search)
    assert repeated() > 5


@pytest.mark.quick_on("sqlite")
def test_a_host_that_is_wrong_about_a_canary_is_found_out(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """Nothing but a canary contradicts it: what it says of others is right."""
    search = refilled(monkeypatch, settings, 0.5)

    def lie(block: Block, result: dict[str, Any]) -> dict[str, Any]:
        again = block.held.exclude(state="open") if block.purpose == "first" else ()
        known = {candidate.index for candidate in again}
        result = copy.deepcopy(result)
        for item in result.get("results", ()):
            for outcome in item["members"] if item.get("index") in known else ():
                outcome.update(verdict="composite", res64=FALSE, res2048=None)
        return result

    liar = Host("liar", lie)
    work_out([Host("one"), Host("two"), liar, coordinator()])
    assert liar.lies
    check(search)
    wrong = Residue.objects.filter(res64=FALSE)
    assert wrong.exists() and not wrong.filter(refutation=None).exists()
    assert Reliability.objects.get(host="liar").bad > 0.9


@pytest.mark.slow
def test_canaries_of_level_proven_need_no_second_proof(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(policy, "LEAST_BITS", 64)
    monkeypatch.setattr(low_order, "MOST_COST", 100.0)
    search = refilled(monkeypatch, settings, 0.5)
    Search.objects.update(evidence_level="proven")
    work_out([Host("one"), Host("two"), coordinator()])
    check(search)
    assert repeated() > 5
    levels = Candidate.objects.filter(state="composite").values_list("evidence")
    assert set(levels) == {("proven",)}

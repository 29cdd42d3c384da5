"""An automatic sieve goes on while the measured figures say that it pays."""

from __future__ import annotations

from typing import Any

import pytest

from darkreach.order import Order
from fleet.models import Speed
from searches import blocks, depth, estimates, intake, pipeline
from searches.models import Block, Candidate, Search
from searches.planning import place_order
from tests.audits import broken
from tests.hunts import advance_all, drain, work_once
from tests.oracle import prime_exponents
from verification import results

pytestmark = pytest.mark.django_db(transaction=True)

LAST = 500


@pytest.fixture(autouse=True)
def short_first_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds begin at 200, where small searches still lose candidates."""
    monkeypatch.setattr(estimates, "FIRST_PASS", 200)


def slow_tests(seconds: float) -> None:
    """What a fleet has measured: every test takes so long."""
    Speed.objects.bulk_create(
        Speed(stage="prp", size_class=size, hardware_class="cpu", seconds=seconds)
        for size in range(1, 30)
    )


def known() -> estimates.Speeds:
    return {("prp", size): 1.0 for size in range(1, 30)}


def ordered(**options: Any) -> Search:
    order = Order.parse("15*2^n+1", {"n": f"1:{LAST}"})
    return place_order(order, speeds=known(), **options).search


def figures(search: Search) -> dict[str, Any]:
    search.refresh_from_db()
    return search.sieve_figures


def sieve_only() -> None:
    advance_all()
    while work_once("sieve"):
        advance_all()


def test_a_search_with_slow_tests_is_sieved_in_rounds_and_ends_right() -> None:
    slow_tests(0.02)
    search = ordered()
    drain()
    deeper = Block.objects.filter(search=search, stage="sieve", p_min__gt=2)
    ranges = list(deeper.order_by("p_min").values_list("p_min", "p_max"))
    assert ranges[0][0] == 201
    assert len(ranges) > 1
    assert figures(search)["ended"]
    assert search.sieve_limit == ranges[-1][1] > 10_000
    found = [p["variables"]["n"] for p in results.primes(search)]
    assert found == prime_exponents(15, 2, 1, range(1, LAST + 1))
    assert broken() == {}


def test_the_decision_keeps_the_figures_it_was_made_from() -> None:
    slow_tests(0.02)
    search = ordered()
    sieve_only()
    kept = figures(search)
    assert kept["depth"] == search.sieve_limit
    assert kept["numbers"] == Candidate.objects.filter(state="open").count()
    assert kept["saves"] >= 0.02
    assert kept["test_measured"]
    assert kept["target"] <= 1.1 * kept["depth"]
    assert "removing" in kept["reason"] or "removed" in kept["reason"]
    removed = Block.objects.filter(stage="sieve", p_min__gt=2).values_list(
        "removed", flat=True
    )
    assert None not in removed
    assert kept["factors"] <= sum(count or 0 for count in removed)


def test_the_sieve_stops_where_a_removal_costs_what_it_saves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Blocks say that each prime took a fixed time: the end is where the rule says."""
    search = ordered()
    seconds = 1e-4
    monkeypatch.setattr(depth, "_expected_prime_seconds", lambda _: seconds)
    speeds = {("prp", size): 0.5 for size in range(1, 30)}
    work_once("sieve")
    for _ in range(30):
        pipeline.advance(search.pk, speeds)
        todo = Block.objects.filter(search=search, stage="sieve", state="ready")
        if not todo:
            break
        for block in todo:
            Block.objects.filter(pk=block.pk).update(
                state="done", prime_seconds=seconds, removed=0
            )
    kept = figures(search)
    one = depth.gain(search, kept["depth"], speeds)
    cost = seconds * kept["depth"] / one.numbers
    assert one.seconds == pytest.approx(0.5, rel=0.3)
    assert cost == pytest.approx(one.seconds, rel=0.15)
    assert kept["reason"]


def test_slower_tests_make_a_deeper_sieve() -> None:
    limits = []
    for k, seconds in ((15, 0.001), (17, 0.1)):
        Search.objects.update(state="paused")
        Speed.objects.all().delete()
        slow_tests(seconds)
        order = Order.parse(f"{k}*2^n+1", {"n": f"1:{LAST}"})
        search = place_order(order, speeds=known()).search
        sieve_only()
        assert figures(search)["ended"]
        limits.append(search.sieve_limit)
    assert limits[0] < limits[1]


def test_a_fixed_depth_is_the_operators_word() -> None:
    slow_tests(100.0)
    search = ordered(sieve_limit=5_000)
    sieve_only()
    search.refresh_from_db()
    assert search.sieve_limit == 5_000
    assert not search.sieve_automatic
    assert search.sieve_figures == {}
    deepest = Block.objects.filter(stage="sieve").order_by("-p_max").first()
    assert deepest is not None
    assert deepest.p_max == 5_000
    assert broken() == {}


def test_long_rounds_are_cut_into_blocks_of_primes_and_of_positions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blocks, "_SHORTEST", 0.0)
    monkeypatch.setattr(depth, "MOST_ALIVE", 40)
    whole = ordered(sieve_limit=20_000)
    drain()
    parts = Block.objects.filter(search=whole, stage="sieve", p_min__gt=2)
    assert parts.values("p_min").distinct().count() > 2
    assert parts.values("first").distinct().count() > 2
    assert broken() == {}
    factored = set(
        Candidate.objects.filter(search=whole, state="factored").values_list(
            "index", flat=True
        )
    )
    assert factored
    found = [p["variables"]["n"] for p in results.primes(whole)]
    assert found == prime_exponents(15, 2, 1, range(1, LAST + 1))
    # The audit sees a part that is missing.
    parts.filter(pk=parts.first().pk).update(stage="pm1")  # type: ignore[union-attr]
    assert "I1 cover" in broken()


def test_one_test_is_done_ahead_where_no_speed_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blocks, "_PROBE_SHARE", 10)
    search = ordered()
    work_once("sieve")
    while pipeline.advance(search.pk, {}) and not Block.objects.filter(stage="prp"):
        work_once("sieve")
    probe = Block.objects.get(stage="prp")
    assert probe.count == 1
    assert Block.objects.filter(stage="sieve", state="ready").exists()
    assert not figures(search)["test_measured"]
    work_once("prp")
    assert Speed.objects.filter(stage="prp").count() == 1
    drain()
    assert Block.objects.filter(stage="prp", count=1, state="done").count() >= 1
    assert broken() == {}


def test_a_small_hunt_is_not_sieved_beyond_its_first_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    order = Order.parse("k*2^n+1", {"k": "3,5", "n": "1:60"})
    search = place_order(order).search
    drain()
    assert not Block.objects.filter(stage="sieve", p_min__gt=2).exists()
    assert figures(search)["ended"]
    assert not Block.objects.filter(stage="pm1").exists()


def test_measured_speeds_of_near_sizes_scale_the_estimate() -> None:
    bits = 50_000
    near = estimates.size_class(bits) + 2
    faster = estimates.model("prp", round(2 ** (near / 2))) / 4
    speeds = {("prp", near): faster}
    expected = estimates.model("prp", bits) / 4
    assert estimates.seconds("prp", bits, speeds) == pytest.approx(expected)
    assert estimates.seconds("prp", 500, speeds) == estimates.model("prp", 500)
    assert estimates.seconds("pm1", bits, speeds) == estimates.model("pm1", bits)


@pytest.mark.parametrize("claimed", ["fast", -1.0, 0.0, float("inf"), float("nan"), 7])
def test_a_senseless_cost_of_a_prime_is_not_believed(claimed: object) -> None:
    assert intake._rate({"prime_seconds": claimed}) is None
    assert intake._rate({}) is None
    assert intake._rate({"prime_seconds": 2e-6}) == 2e-6

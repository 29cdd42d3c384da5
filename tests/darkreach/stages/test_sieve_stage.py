"""The sieve stage: the published survivors, and the same result however it is cut."""

from __future__ import annotations

import csv
import hashlib
import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkreach import arrays
from darkreach.errors import CheckpointError, DarkreachError, OrderError
from darkreach.order import Order
from darkreach.sieve.engine import Sieve
from darkreach.stages import program, sieve
from tests.darkreach.sieve import naive
from tests.darkreach.sieve.rows import sieved, terms

VECTORS = Path(__file__).parents[2] / "vectors"
SURVIVORS = json.loads((VECTORS / "sieve_survivors.json").read_text("utf-8"))["ranges"]

Removed = dict[int, tuple[int, int]]


def task(order: Order, p_max: int, p_min: int = 2, **changed: Any) -> dict[str, Any]:
    whole = {
        "stage": "sieve",
        "order": order.spec(),
        "first": 0,
        "count": order.size,
        "alive": None,
        "p_min": p_min,
        "p_max": p_max,
    }
    return json.loads(json.dumps(whole | changed))  # type: ignore[no-any-return]


def finish(run: Any, seconds: float = 1.0) -> Removed:
    while sieve.step(run, seconds) < 1.0:
        pass
    return read(sieve.result(run))


def read(result: dict[str, Any]) -> Removed:
    """index -> (factor, member) of a result."""
    indices = arrays.unpack(result["indices"]).tolist()
    factors = arrays.unpack(result["factors"]).tolist()
    members = arrays.unpack(result["members"]).tolist()
    assert indices == sorted(set(indices))
    return dict(zip(indices, zip(factors, members, strict=True), strict=True))


def rows_of(order: Order, indices: list[int]) -> list[naive.Row]:
    return [
        (member, number.k, number.b, number.c, number.n, index)
        for index in indices
        for member, number in enumerate(order.members(index))
    ]


def alive_of(order: Order) -> list[int]:
    out = {*order.duplicates.tolist(), *order.not_candidates.tolist()}
    return [index for index in range(order.size) if index not in out]


ORDERS = [
    Order.parse("3*2^n+1", {"n": "1:200"}),
    Order.parse("3*2^n-1,3*2^n+1", {"n": "0:120"}),
    Order.parse("k*2^n+-1", {"k": "1:30", "n": "0:9"}),
    Order.parse("k*2^90+1", {"k": "1:400"}),
    Order.parse("b^16+1", {"b": "2:150"}),
    Order.parse("k*b^n-1", {"k": "1:5", "b": "2:8", "n": "1:12"}),
    Order.parse("4*7^n+1", {"n": "0:100:3"}),
    Order.parse("3*4^n+1,3*2^n-1", {"n": "3,5,8,100,5000"}),
    Order.parse("123456789012345678901234567890*2^n+1", {"n": "1:150"}),
]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.title)
def test_the_result_is_that_of_trial_division(order: Order) -> None:
    got = finish(program("sieve").start(task(order, 500)))
    assert got == naive.removed(rows_of(order, alive_of(order)), 2, 500)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_the_result_does_not_depend_on_how_the_work_is_cut(data: st.DataObject) -> None:
    order = data.draw(st.sampled_from(ORDERS[:6]))
    cuts = st.lists(st.integers(3, 300), max_size=3)
    ps = sorted({2, 301, *data.draw(cuts)})
    inner = st.lists(st.integers(1, order.size - 1), max_size=2)
    spans = sorted({0, order.size, *data.draw(inner)})
    whole = finish(sieve.start(task(order, 300)))
    pieces: Removed = {}
    for first, end in pairwise(spans):
        alive = None
        for low, high in pairwise(ps):
            piece = task(order, high - 1, low, first=first, count=end - first)
            got = finish(sieve.start(piece | {"alive": alive}))
            assert not pieces.keys() & got.keys()
            pieces |= got
            left = [i for i in alive_of(order) if first <= i < end and i not in pieces]
            alive = arrays.pack(np.array(left, dtype=np.int64))
    assert pieces == whole


@pytest.mark.parametrize("name", [n for n in SURVIVORS if n[0].isdigit()])
def test_the_published_survivors_over_n(name: str) -> None:
    expression, _, bounds = name.partition(" n=")
    first, _, last = bounds.partition("..")
    order = Order.parse(expression, {"n": f"{first}:{last}"})
    _compare(order, "n", SURVIVORS[name])


def test_the_published_survivors_over_k() -> None:
    order = Order.parse("k*2^1000+1", {"k": "1:4999:2"})
    _compare(order, "k", SURVIVORS["k*2^1000+1 odd k=1..4999"])


def _compare(order: Order, variable: str, published: dict[str, Any]) -> None:
    removed = finish(sieve.start(task(order, published["sieve_limit"])))
    left = [order.assignment(i)[variable] for i in alive_of(order) if i not in removed]
    assert len(left) == published["count"]
    text = ",".join(map(str, sorted(left)))
    assert hashlib.sha256(text.encode()).hexdigest() == published["sha256"]


def test_the_published_survivors_of_the_woodall_numbers() -> None:
    """k = n: every sequence has one number."""
    published = SURVIVORS["n*2^n-1 n=1..1000"]
    rows = [(0, n, 2, -1, n, n) for n in range(2, 1001)]
    removed = sieved(Sieve(terms(rows)), [2, published["sieve_limit"] + 1])
    left = [n for n in range(2, 1001) if n not in removed]
    assert len(left) == published["count"]
    text = ",".join(map(str, left))
    assert hashlib.sha256(text.encode()).hexdigest() == published["sha256"]


def test_known_divisors_of_fermat_numbers_are_found() -> None:
    """F_m = 2^(2^m)+1 for m up to 61: exponents far apart, primes up to 2^62."""
    rows = [(0, 1, 2, 1, 2**m, m) for m in range(5, 62)]
    found = {}
    with (VECTORS / "fermat_factors.csv").open() as file:
        for row in csv.DictReader(file):
            p, m = int(row["k"]) * 2 ** int(row["n"]) + 1, row["divides_F_m"]
            if p < 2**62 and m and int(m) < 62:
                assert sieved(Sieve(terms(rows)), [p, p + 1]) == {int(m): (p, 0)}
                found[p] = m
    assert len(found) >= 5


def test_a_prime_number_survives_its_own_prime() -> None:
    order = Order.parse("3*2^n+1", {"n": "1:60"})
    removed = finish(sieve.start(task(order, 10**6)))
    assert [i + 1 for i in range(18) if i not in removed] == [1, 2, 5, 6, 8, 12, 18]


def test_a_run_goes_on_from_every_checkpoint() -> None:
    order = ORDERS[1]
    whole = task(order, 60_000)
    expected = finish(sieve.start(whole))
    run = sieve.start(whole)
    rounds = 0
    while sieve.step(run, 0.0) < 1.0:
        run = sieve.start(whole, sieve.state(run))
        rounds += 1
    assert rounds >= 5
    assert read(sieve.result(run)) == expected
    assert finish(sieve.start(whole, sieve.state(run))) == expected


def test_a_checkpoint_of_another_task_is_refused() -> None:
    saved = sieve.state(sieve.start(task(ORDERS[0], 1000)))
    with pytest.raises(CheckpointError):
        sieve.start(task(ORDERS[0], 1001), saved)


def test_steps_end_on_time_and_progress_grows() -> None:
    order = Order.parse("3*2^n+1", {"n": "1:50000"})
    run = sieve.start(task(order, 4_000_000))
    before = sieve.step(run, 0.0)  # the first one may compile
    done = before
    while done < 1.0:
        began = time.perf_counter()
        done = sieve.step(run, 0.2)
        assert time.perf_counter() - began < 5.0
        assert before < done <= 1.0
        before = done
        assert "p = " in run.current


def test_nothing_to_sieve_is_finished_at_once() -> None:
    empty = arrays.pack(np.empty(0, dtype=np.int64))
    assert finish(sieve.start(task(ORDERS[0], 10**12, alive=empty))) == {}
    assert finish(sieve.start(task(ORDERS[0], 10, p_min=11))) == {}


@pytest.mark.parametrize(
    "changed",
    [
        {"p_max": 2**62},
        {"first": 150, "count": 51},
        {"first": -1},
        {"first": 0, "count": 10, "alive": arrays.pack(np.array([3, 10]))},
    ],
)
def test_tasks_that_make_no_sense_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(OrderError):
        sieve.start(task(ORDERS[0], 1000) | changed)


def test_a_false_factor_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    run = sieve.start(task(ORDERS[0], 1000))
    monkeypatch.setattr(
        type(run.sieve.groups[0]),
        "strike",
        lambda self, primes: (np.array([7]), np.array([997])),
    )
    with pytest.raises(DarkreachError, match="does not divide"):
        sieve.step(run)


def test_the_cost_of_a_prime_is_reported_without_the_first_slow_window() -> None:
    run = sieve.start(task(Order.parse("3*2^n+1", {"n": "1:2000"}), 400_000))
    finish(run)
    assert len(run.rates) > 3
    assert min(run.rates) <= sieve.result(run)["prime_seconds"] <= max(run.rates)
    run.rates[0] = 1000.0
    assert sieve.result(run)["prime_seconds"] < 1.0


def test_nothing_to_sieve_costs_nothing() -> None:
    nothing = task(Order.parse("3*2^n+1", {"n": "1:9"}), 100)
    run = sieve.start({**nothing, "alive": arrays.pack(np.empty(0, dtype=np.int64))})
    finish(run)
    assert sieve.result(run)["prime_seconds"] is None

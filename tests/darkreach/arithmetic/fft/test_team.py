"""Several threads at one squaring give the residues of one, and end when one fails."""

from __future__ import annotations

import math
import os
import random
import threading
from collections import Counter
from itertools import chain
from typing import Any

import gmpy2
import numpy as np
import pytest

from darkreach import forms
from darkreach.arithmetic import modulus, threads
from darkreach.arithmetic.fft import driver, lengths
from darkreach.arithmetic.fft.engine import Engine
from darkreach.arithmetic.fft.layout import ODD, Layout, Node, Sweep
from darkreach.arithmetic.power import Power
from darkreach.errors import OrderError
from tests.darkreach.arithmetic.operations import WORST, check_every_operation


@pytest.fixture
def allowed() -> Any:
    """Threads for transforms of any length, and none afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threads, "LENGTH_OF_ONE", 1)
        yield threads.allow
    threads.allow(1)


def engine(c: int, length: int, count: int, bits: float = 17.5, k: int = 27) -> Engine:
    """k*2^n + c with about `bits` bits per word, and lg(k)/2 fewer."""
    n = int(length * (bits - math.log2(k) / 2) - math.log2(k))
    return Engine.special(k, n, c, length, threads=count)


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("c", [1, -1])
@pytest.mark.parametrize("p", ODD)
def test_every_operation_is_right_in_several_threads(
    p: int, c: int, count: int
) -> None:
    random.seed(f"{p} {c} {count}")
    length = p << random.choice((8, 9, 10))
    k = random.choice((1, 27, random.randrange(1, 1 << 16, 2)))
    check_every_operation(engine(c, length, count, random.uniform(17, 19), k))


@pytest.mark.slow
@pytest.mark.parametrize("kind", lengths.KINDS)
def test_every_length_is_right_in_several_threads(kind: str) -> None:
    c = -1 if kind == "cyclic" else 1
    for length in lengths.lengths(kind):
        if 256 <= length <= 1 << 17:
            check_every_operation(engine(c, length, random.choice((2, 3, 4, 7))))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("k", "n", "c"),
    [(27, 3_000_001, 1), (1, 3_021_377, -1), (27, 9_999_991, 1), (1, 9_699_991, -1)],
)
def test_millions_of_bits_have_the_residue_of_one_thread(
    k: int, n: int, c: int
) -> None:
    length = lengths.best(k, 2, n, c)
    found = set()
    for count in (1, 2, 3):
        each = Engine.special(k, n, c, length, threads=count)
        v = gmpy2.mpz_random(gmpy2.random_state(n), each.number)
        x = each.load(v)
        assert each.square_many(x, 20) < WORST
        found.add(each.store(x))
    assert len(found) == 1
    assert found != {v}


@pytest.mark.parametrize(
    ("b", "m", "k", "n"), [(500_000, 9, 0, 0), (0, 0, 2, 6310), (0, 0, 7, 2503)]
)
def test_other_bases_are_right_in_several_threads(
    b: int, m: int, k: int, n: int
) -> None:
    if b:
        check_every_operation(Engine.generalized_fermat(b, m, threads=2))
    else:
        base = 3 if k == 2 else 10
        length = lengths.best(k, base, n, 1)
        check_every_operation(Engine.power(k, base, n, 1, length, threads=2))


def test_a_length_is_shared_among_no_more_threads_than_it_has_work_for() -> None:
    assert engine(1, 128, 8, 12, 1).threads == 1
    assert engine(1, 4096, 2).threads == 2
    assert engine(1, 4096, 2).kernel == "fft 4K negacyclic w8 2 threads".replace(
        "w8", f"w{engine(1, 4096, 1).width}"
    )


@pytest.mark.parametrize("cyclic", [False, True])
@pytest.mark.parametrize("p", ODD)
@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_shares_are_the_program_and_touch_rows_of_their_own(
    p: int, cyclic: bool, count: int
) -> None:
    layout = Layout(p << 12, 8, cyclic, count)
    shares = layout.shares(count)
    assert Counter(chain(*shares)) == Counter(layout.program())
    touched = []
    for share in shares:
        rows, open_sweeps = set(), 0
        for each in share:
            node = each if isinstance(each, Node) else each.node
            rows.add(node.row)
            if node.partner is not None:
                rows.add(node.partner[0])
            if isinstance(each, Sweep):
                open_sweeps += 1 if each.ahead else -1
            assert open_sweeps >= 0
        assert open_sweeps == 0
        touched.append(rows)
    assert sum(map(len, touched)) == layout.rows == len(set().union(*touched))
    assert max(map(len, touched)) <= min(map(len, touched)) + 2


def test_one_thread_sees_the_round_off_of_the_other() -> None:
    for column in (0, -1):
        each = engine(1, 4096, 2)
        x = each.load(gmpy2.mpz_random(gmpy2.random_state(1), each.number))
        cells = each.layout.row_cells
        # One weight off by a little: words there are no whole numbers any more.
        each._weights.reshape(each.layout.rows, cells, -1)[0, column, 1] *= 1 + 1e-6
        assert each.square_many(x, 2) > WORST


def test_words_that_are_no_numbers_are_an_error_in_every_thread() -> None:
    for digit in (5, 2000, 4000):
        each = engine(1, 4096, 3)
        x = each.load(12345)
        x[each.layout.positions[digit]] = math.nan
        assert each.square_many(x, 3) == math.inf


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_thread_that_fails_ends_the_others(failing: int) -> None:
    each = engine(1, 4096, 3)
    x = each.load(gmpy2.mpz_random(gmpy2.random_state(1), each.number))
    each.square_many(x, 1)
    run = each._run

    class Failing:
        def compile(self) -> None:
            pass

        def __call__(self, plan: Any, *rest: Any) -> Any:
            if plan is each._plans[failing]:
                raise MemoryError("no room")
            return run(plan, *rest)

    each._run = Failing()  # type: ignore[assignment]
    before = threading.active_count()
    with pytest.raises(MemoryError, match="no room"):
        each.square_many(x, 1_000_000)
    assert threading.active_count() == before
    each._run = run
    v = each.store(each.load(99))
    x = each.load(v)
    each.square_many(x, 4)
    assert each.store(x) == gmpy2.mpz(99) ** 16


def test_a_thread_that_cannot_start_ends_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    each = engine(1, 4096, 3)
    x = each.load(7)
    start = threading.Thread.start
    starts: list[threading.Thread] = []

    def second_fails(self: threading.Thread) -> None:
        starts.append(self)
        if len(starts) == 2:
            raise RuntimeError("can't start new thread")
        start(self)

    monkeypatch.setattr(threading.Thread, "start", second_fails)
    with pytest.raises(RuntimeError, match="start new"):
        each.square_many(x, 1_000_000)
    assert not starts[0].is_alive()


def test_a_power_is_the_same_whatever_threads_it_had(allowed: Any) -> None:
    number = forms.number("27*2^5003+1")
    exponent = gmpy2.mpz(27) << 4000
    saved: Any = None
    for count in (2, 1, 3):
        allowed(count)
        arithmetic = modulus(number)
        power = Power(arithmetic, 5, exponent)
        if saved is not None:
            power.resume(saved)
        while power.fraction < count / 4:
            power.advance(0.0)
        saved = power.state()
    while not power.advance(1.0):
        pass
    assert power.value() == gmpy2.powmod(5, exponent, number.value())
    assert not arithmetic.errors


def test_an_error_in_several_threads_is_made_good(allowed: Any) -> None:
    allowed(2)
    number = forms.number("27*2^5003+1")
    arithmetic: Any = modulus(number)
    assert arithmetic.kernel.endswith("2 threads")
    exponent = gmpy2.mpz(3) << 3000
    power = Power(arithmetic, 5, exponent)
    power.advance(0.0)
    weights = arithmetic.engine._weights
    weights.reshape(-1, weights.shape[-1])[-1, 1] *= 1 + 1e-4
    while not power.advance(1.0):
        pass
    assert power.value() == gmpy2.powmod(5, exponent, number.value())
    assert arithmetic.errors["roundoff"]
    assert arithmetic.kernel.endswith("2 threads")


def test_threads_are_for_long_transforms_of_those_who_allow_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    try:
        assert threads.for_length(1 << 20) == 1
        threads.allow(4)
        assert threads.for_length(2 * threads.LENGTH_OF_ONE - 1) == 1
        assert threads.for_length(2 * threads.LENGTH_OF_ONE) == 2
        assert threads.for_length(1 << 20) == 4
        for load, expected in ((0.3, 4), (1.6, 2), (9.0, 1)):
            monkeypatch.setattr(os, "getloadavg", lambda load=load: (load, 0, 0))
            monkeypatch.setattr(threads, "cores", lambda: 4)
            threads.allow(None)
            assert threads.for_length(1 << 20) == expected
        for count in (0, -1, 65):
            with pytest.raises(OrderError, match="threads"):
                threads.allow(count)
    finally:
        threads.allow(1)


def test_the_plans_of_a_team_share_all_but_their_own_parts() -> None:
    first, second = engine(-1, 4096, 2)._plans
    own = {i for i in range(driver.HEADER) if first[i] != second[i]}
    assert own == {
        *(driver.PROGRAM_AT, driver.STATE, driver.BEFORE, driver.ERROR),
        *(driver.FIRST, driver.LAST, driver.WATCHED),
    } | ({driver.PROGRAM} & own)
    assert first[driver.LAST] == second[driver.FIRST]
    np.testing.assert_array_equal(first[driver.HEADER :], second[driver.HEADER :])

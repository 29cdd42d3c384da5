"""Bits flipped at any place of a Lucas ladder or an LLR test: found and made good, or
no result at all.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable
from functools import cache
from typing import Any

import gmpy2
import pytest

from darkreach.arithmetic.checked import Checked, CheckedChain
from darkreach.arithmetic.gmp import Division
from darkreach.arithmetic.lucas import LucasLadder, LucasLehmerRiesel
from darkreach.errors import CheckpointError, DamageError
from tests.darkreach.checks import faulty, kernels
from tests.darkreach.checks.kernels import KERNELS, RIESELS, Made

Make = Callable[[Any], CheckedChain]
INDEX = gmpy2.mpz(2) ** 130 // 3
MAKERS: dict[str, Make] = {
    "ladder 3,-1": lambda m: LucasLadder(m, 3, -1, INDEX, window=32),
    "ladder 5,3": lambda m: LucasLadder(m, 5, 3, INDEX, window=32),
    "llr": lambda m: LucasLehmerRiesel(m, 45, 3201, 11, window=400),
    "llr to 7": lambda m: LucasLehmerRiesel(m, 1, 3203, 11, window=400, end=7),
}
#: On every kernel one of the ladders in turn, and the LLR test where it runs.
CASES = [
    *zip(KERNELS, itertools.cycle(list(MAKERS)[:2]), strict=False),
    *((name, "llr") for name in RIESELS),
    ("fft of a part", "llr to 7"),
]
#: A sample on a few, the whole count on all.
TRIALS = [
    *((name, make, 4) for name, make in CASES if name in ("division", RIESELS[-2])),
    *(pytest.param(*case, 500, marks=[pytest.mark.slow]) for case in CASES),
]
OPERATIONS = {"ladder": faulty.OF_LADDERS, "llr": faulty.OF_LLR}


@cache
def right(name: str, make: str) -> list[Any]:
    chain = MAKERS[make](Division(KERNELS[name][0].value()))
    while not chain.advance(1.0):
        pass
    return chain.values()


def published(chain: CheckedChain) -> Any:
    return kernels.published(chain, lambda done: done.values())


@pytest.mark.parametrize(("name", "make", "trials"), TRIALS)
def test_a_bit_flipped_in_any_operation_never_reaches_the_result(
    name: str, make: str, trials: int
) -> None:
    generator, struck = random.Random(f"{name}{make}{trials}"), 0
    calls = kernels.calls_of(name, MAKERS[make])
    called = [*(each for each in OPERATIONS[make.split()[0]] if calls[each]), "store"]
    while struck < trials:
        modulus = Made.of(name)
        operation = called[struck % len(called)]
        after = generator.randrange(calls[operation])
        modulus.fault = faulty.Fault((operation,), after, generator)
        assert published(MAKERS[make](modulus)) in (right(name, make), None)
        struck += modulus.fault.struck


@pytest.mark.parametrize(("name", "make", "trials"), TRIALS)
def test_start_and_checked_values_that_change_are_noticed(
    name: str, make: str, trials: int
) -> None:
    """They are what a chain goes back to."""
    generator = random.Random(f"{name}{make}{trials}")
    for trial in range(2 * trials):
        modulus = Made.of(name)
        chain = MAKERS[make](modulus)
        while trial % 2 and chain.done < chain.length // 2:
            chain.advance(0.0)
        good = chain._good
        wrong = good.value[0] ^ gmpy2.mpz(1) << generator.randrange(3000)
        chain._good = Checked(good.done, (wrong, *good.value[1:]), good.seal)
        modulus.fault = faulty.Fault(("store",), 0, generator)
        assert published(chain) in (right(name, make), None)


@pytest.mark.parametrize(("name", "make", "trials"), TRIALS)
def test_residues_that_change_between_two_steps_are_noticed(
    name: str, make: str, trials: int
) -> None:
    """Their check values are not asked here: only the mathematics."""
    generator = random.Random(f"{name}{make}{trials}")
    for _ in range(trials):
        chain = MAKERS[make](Made.of(name))
        stop = generator.randrange(1, chain.length)
        while chain.done < stop:
            chain.advance(0.0)
        held = list(chain.held())
        place = generator.randrange(len(held))
        value = chain.modulus.store(held[place])
        held[place] = chain.modulus.load(value ^ gmpy2.mpz(1) << pick(generator))
        if chain.done < chain.length:
            chain.hold(held)
            chain._now = chain._before = None
        assert published(chain) in (right(name, make), None)


def pick(generator: random.Random) -> int:
    return generator.randrange(3000)


@pytest.mark.parametrize(("name", "make", "trials"), TRIALS)
def test_a_bit_flipped_in_the_tables_never_reaches_the_result(
    name: str, make: str, trials: int
) -> None:
    generator = random.Random(f"{name}{make}{trials}")
    if name not in kernels.ENGINES:
        return
    for _ in range(trials):
        modulus = Made.of(name)
        chain = MAKERS[make](modulus)
        chain.advance(0.0)
        kernels.flip_table(modulus, generator)
        assert published(chain) in (right(name, make), None)


@pytest.mark.parametrize(("name", "make", "trials"), TRIALS)
def test_a_final_value_that_changes_is_not_published(
    name: str, make: str, trials: int
) -> None:
    generator = random.Random(f"{name}{make}{trials}")
    chain = MAKERS[make](Made.of(name))
    assert published(chain) == right(name, make)
    good = chain._good
    for _ in range(trials):
        wrong = good.value[0] ^ gmpy2.mpz(1) << pick(generator)
        chain._good = Checked(good.done, (wrong, *good.value[1:]), good.seal)
        with pytest.raises(DamageError):
            chain.values()


@pytest.mark.parametrize(("name", "make", "trials"), TRIALS)
def test_a_checkpoint_whose_numbers_change_never_reaches_the_result(
    name: str, make: str, trials: int
) -> None:
    generator = random.Random(f"{name}{make}{trials}")
    chain = MAKERS[make](Made.of(name))
    while chain.done < chain.length // 2:
        chain.advance(0.0)
    saved = json.dumps(chain.state())
    for trial in range(trials):
        state = json.loads(saved)
        values = state["checked"][1] if trial % 2 else state["values"]
        place = generator.randrange(len(values))
        values[place] = kernels.flip_digit(values[place], generator)
        resumed = MAKERS[make](Made.of(name))
        try:
            resumed.resume(state)
        except CheckpointError:
            continue
        assert published(resumed) in (right(name, make), None)


def test_a_prime_is_done_with_one_pass_and_anything_else_with_two() -> None:
    prime = LucasLehmerRiesel(Division(gmpy2.mpz(2) ** 521 - 1), 1, 521, 4, window=50)
    while not prime.advance(1.0):
        pass
    assert (prime.values()[0], prime.check) == (0, "zero")
    other = LucasLehmerRiesel(Division(gmpy2.mpz(2) ** 523 - 1), 1, 523, 4, window=50)
    while not other.advance(1.0):
        pass
    assert other.values()[0] != 0
    assert other.check == "twice"
    assert not other.modulus.errors


def test_an_interrupted_second_pass_goes_on() -> None:
    number = gmpy2.mpz(2) ** 523 - 1

    def made() -> LucasLehmerRiesel:
        return LucasLehmerRiesel(Division(number), 1, 523, 4, window=50)

    whole = made()
    while not whole.advance(1.0):
        pass
    chain, again = made(), False
    while not chain.advance(0.0):
        saved = json.dumps(chain.state())
        chain = made()
        chain.resume(json.loads(saved))
        again = again or (chain._again and chain.done > 100)
    assert again
    assert chain.values() == whole.values()

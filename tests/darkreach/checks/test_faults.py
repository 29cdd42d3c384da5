"""Bits flipped at any place of a power: found and made good, or no result at all."""

from __future__ import annotations

import json
import random
from typing import Any

import gmpy2
import pytest

from darkreach.arithmetic.checked import Checked
from darkreach.arithmetic.power import Power
from darkreach.checks.gerbicz import Blocks
from darkreach.errors import CheckpointError, DamageError
from darkreach.forms.kbn import Kbn
from darkreach.residues import Residue
from tests.darkreach.checks import faulty, kernels
from tests.darkreach.checks.kernels import COUNTS, ENGINES, KERNELS, Made, right

#: Many short windows, so that a check is never far.
BLOCKS = Blocks(48, 480, 48)


def power_of(modulus: Any) -> Power:
    return Power(modulus, 3, modulus.number - 1, BLOCKS)


def published(power: Power) -> Any:
    return kernels.published(power, lambda done: done.value())


@pytest.mark.parametrize("trials", COUNTS)
@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize(
    "operations", [faulty.SQUARINGS, ("multiply",), ("load",), ("store",)], ids="-".join
)
def test_a_bit_flipped_in_any_operation_never_reaches_the_result(
    name: str, operations: tuple[str, ...], trials: int
) -> None:
    generator, struck = random.Random(f"{name}{operations}{trials}"), 0
    counted = kernels.calls_of(name, power_of)
    calls = sum(counted[each] for each in operations)
    while struck < trials:
        modulus = Made.of(name)
        after = generator.randrange(calls)
        modulus.fault = faulty.Fault(operations, after, generator)
        assert published(power_of(modulus)) in (right(name), None)
        struck += modulus.fault.struck


@pytest.mark.parametrize("trials", COUNTS)
@pytest.mark.parametrize("name", ENGINES)
def test_a_bit_flipped_in_the_tables_never_reaches_the_result(
    name: str, trials: int
) -> None:
    generator = random.Random(f"{name}{trials}")
    for _ in range(trials):
        modulus = Made.of(name)
        power = power_of(modulus)
        power.advance(0.0)
        kernels.flip_table(modulus, generator)
        assert published(power) in (right(name), None)


@pytest.mark.parametrize("trials", COUNTS)
@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("value", [0, 1, "stuck"])
def test_a_value_that_is_lost_is_found(name: str, value: Any, trials: int) -> None:
    generator = random.Random(f"{name}{trials}{value}")
    counted = kernels.calls_of(name, power_of)
    calls, struck = sum(counted[each] for each in faulty.SQUARINGS), 0
    while struck < trials // 2:
        modulus = Made.of(name)
        after = generator.randrange(1, calls)
        modulus.fault = faulty.Losing(faulty.SQUARINGS, after, value)
        assert published(power_of(modulus)) == right(name)
        # How a chain is cut into calls depends on time too: the last may not come.
        struck += modulus.fault.struck
        assert not modulus.fault.struck or sum(modulus.errors.values()) >= 1


@pytest.mark.parametrize("trials", COUNTS)
@pytest.mark.parametrize("name", KERNELS)
def test_start_and_checked_values_that_change_are_noticed(
    name: str, trials: int
) -> None:
    generator = random.Random(f"{name}{trials}")
    for trial in range(2 * trials):
        modulus = Made.of(name)
        power = power_of(modulus)
        while trial % 2 and power.done < 1000:
            power.advance(0.0)
        good = power._good
        wrong = good.value ^ gmpy2.mpz(1) << generator.randrange(3000)
        power._good = Checked(good.done, wrong, good.seal)
        assert published(power) == right(name)
        assert modulus.errors["check"] >= 1


@pytest.mark.parametrize("trials", COUNTS)
@pytest.mark.parametrize("name", KERNELS)
def test_a_final_value_that_changes_is_not_published(name: str, trials: int) -> None:
    generator = random.Random(f"{name}{trials}")
    power = power_of(Made.of(name))
    assert published(power) == right(name)
    good = power._good
    for _ in range(trials):
        wrong = good.value ^ gmpy2.mpz(1) << generator.randrange(3000)
        power._good = Checked(good.done, wrong, good.seal)
        with pytest.raises(DamageError):
            power.value()
        with pytest.raises(DamageError):
            Residue(1, 3).answer(power)


@pytest.mark.parametrize("trials", COUNTS)
@pytest.mark.parametrize("name", KERNELS)
def test_a_checkpoint_whose_numbers_change_never_reaches_the_result(
    name: str, trials: int
) -> None:
    """The checksum of the file is not asked here: only the mathematics."""
    generator = random.Random(f"{name}{trials}")
    power = power_of(Made.of(name))
    while power.done < 1200:
        power.advance(0.0)
    saved = json.dumps(power.state())
    for _ in range(trials):
        state = json.loads(saved)
        if state["product"] and generator.randrange(2):
            state["product"] = kernels.flip_digit(state["product"], generator)
        else:
            (text,) = state["values"]
            state["values"] = [kernels.flip_digit(text, generator)]
        resumed = power_of(Made.of(name))
        try:
            resumed.resume(state)
        except CheckpointError:
            continue
        assert published(resumed) == right(name)


@pytest.mark.parametrize("trials", COUNTS)
def test_a_small_power_that_goes_wrong_is_done_again(
    trials: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = random.Random(trials)
    form = Kbn(27, 2, 1003, 1)
    value = form.value()
    honest = gmpy2.powmod

    def damaged(base: int, exponent: Any, modulus: Any) -> Any:
        x = honest(base, exponent, modulus)
        if modulus > value and faults:
            faults.pop()
            return x ^ gmpy2.mpz(1) << generator.randrange(1000)
        return x

    monkeypatch.setattr("darkreach.checks.multiple.gmpy2.powmod", damaged)
    for _ in range(trials):
        faults = [1]
        modulus = faulty.on_shift(form)
        power = Power(modulus, 3, value - 1)
        assert power.value() == honest(3, value - 1, value)
        assert modulus.errors == {"check": 1}


def test_a_machine_that_is_always_wrong_gives_no_result() -> None:
    class Always(faulty.Fault):
        def strike(self, operation: str, result: Any) -> Any:
            return self.flipped(result) if operation == "climb" else result

    modulus = Made.of("shift")
    modulus.fault = Always(("climb",), 0, random.Random(1))
    with pytest.raises(DamageError, match="again and again"):
        while not power_of(modulus).advance(1.0):
            pass

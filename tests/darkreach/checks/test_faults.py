"""Bits flipped at any place of a test: found and made good, or no result at all."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import gmpy2
import numpy as np
import pytest

from darkreach.arithmetic.chains import DamageError
from darkreach.arithmetic.fft.width import vector_width
from darkreach.arithmetic.power import Checked, Power
from darkreach.checks.gerbicz import Blocks
from darkreach.errors import CheckpointError
from darkreach.forms import number
from darkreach.forms.kbn import Kbn
from darkreach.residues import Residue
from tests.darkreach.checks import faulty

WIDTHS = [width for width in (2, 4, 8) if width <= vector_width(None)]
PROTH, RIESEL = Kbn(27, 2, 3203, 1), Kbn(45, 2, 3201, -1)
THREE, FACTORIAL = Kbn(2, 3, 2001, 1), number("420!+1")
KERNELS: dict[str, tuple[Any, Callable[[], Any]]] = {
    **{
        f"fft w{width} {form.expression}": (
            form,
            lambda form=form, width=width: faulty.of_width(form, width),
        )
        for width in WIDTHS
        for form in (PROTH, RIESEL, THREE)
    },
    "montgomery": (FACTORIAL, lambda: faulty.on_montgomery(FACTORIAL)),
    "shift": (PROTH, lambda: faulty.on_shift(PROTH)),
    "division": (FACTORIAL, lambda: faulty.on_division(FACTORIAL)),
}
ENGINES = [name for name in KERNELS if name.startswith(("fft", "mont"))]
#: Many short windows, so that a check is never far.
BLOCKS = Blocks(48, 480, 48)
COUNTS = [pytest.param(4), pytest.param(500, marks=[pytest.mark.slow])]


@cache
def right(name: str) -> Any:
    value = KERNELS[name][0].value()
    return gmpy2.powmod(3, value - 1, value)


class Made:
    """A kernel is made once: its tables are the slow part."""

    kept: dict[str, Any] = {}

    @classmethod
    def of(cls, name: str) -> Any:
        if name not in cls.kept:
            cls.kept[name] = KERNELS[name][1]()
        modulus = cls.kept[name]
        modulus.errors, modulus.fault = Counter(), None
        if hasattr(modulus, "_opened"):
            modulus._opened = False
            modulus._constants.clear()
        return modulus


def power_of(modulus: Any) -> Power:
    return Power(modulus, 3, modulus.number - 1, BLOCKS)


def published(power: Power) -> Any:
    """The value, or None where the machine is found to be damaged."""
    try:
        while not power.advance(0.02):
            pass
        return power.value()
    except DamageError:
        return None


@pytest.mark.parametrize("trials", COUNTS)
@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("operation", [*faulty.OPERATIONS, "store"])
def test_a_bit_flipped_in_any_operation_never_reaches_the_result(
    name: str, operation: str, trials: int
) -> None:
    generator, struck = random.Random(f"{name}{operation}{trials}"), 0
    for _ in range(trials):
        modulus = Made.of(name)
        calls = 3 if operation in ("load", "store") else 60
        after = generator.randrange(calls)
        modulus.fault = faulty.Fault(operation, after, generator)
        assert published(power_of(modulus)) in (right(name), None)
        struck += modulus.fault.struck
    assert struck or operation not in ("multiply", "store")


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
        table = generator.choice(faulty.tables(modulus))
        table.view("u8")[generator.randrange(table.size)] ^= np.uint64(
            1 << generator.randrange(64)
        )
        assert published(power) in (right(name), None)


@pytest.mark.parametrize("trials", COUNTS)
@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("value", [0, 1, "stuck"])
def test_a_value_that_is_lost_is_found(name: str, value: Any, trials: int) -> None:
    generator = random.Random(f"{name}{trials}{value}")
    for _ in range(trials // 2):
        modulus = Made.of(name)
        modulus.fault = Losing(generator.randrange(60), value)
        assert published(power_of(modulus)) == right(name)
        assert not modulus.fault.struck or sum(modulus.errors.values()) >= 1


class Losing(faulty.Fault):
    """A squaring whose result is a constant, or what it was before."""

    def __init__(self, after: int, value: Any) -> None:
        super().__init__("climb", after, random.Random(0))
        self.value, self.last = value, None

    def strike(self, operation: str, result: Any) -> Any:
        if operation == self.operation and not self.struck:
            self.left -= 1
            if self.left < 0 and self.last is not None:
                self.struck = True
                return self.lost(result)
            self.last = result
        return result

    def lost(self, result: Any) -> Any:
        if self.value == "stuck":
            return self.last
        if isinstance(result, faulty.Residue):
            return faulty.Residue(gmpy2.mpz(self.value))
        return gmpy2.mpz(self.value)


@pytest.mark.parametrize("trials", COUNTS)
def test_start_and_checked_values_that_change_are_noticed(trials: int) -> None:
    generator = random.Random(trials)
    for _ in range(trials):
        modulus = Made.of("shift")
        power = power_of(modulus)
        while power.done < 1000:
            power.advance(0.0)
        good = power._good
        wrong = good.value ^ gmpy2.mpz(1) << generator.randrange(3000)
        power._good = Checked(good.done, wrong, good.seal)
        assert published(power) == right("shift")
        assert modulus.errors["check"] >= 1


@pytest.mark.parametrize("trials", COUNTS)
def test_a_final_value_that_changes_is_not_published(trials: int) -> None:
    generator = random.Random(trials)
    modulus = Made.of("shift")
    power = power_of(modulus)
    assert published(power) == right("shift")
    good = power._good
    for _ in range(trials):
        wrong = good.value ^ gmpy2.mpz(1) << generator.randrange(3000)
        power._good = Checked(good.done, wrong, good.seal)
        with pytest.raises(DamageError):
            power.value()
        with pytest.raises(DamageError):
            Residue(1, 3).answer(power)


@pytest.mark.parametrize("trials", COUNTS)
def test_a_checkpoint_whose_numbers_change_never_reaches_the_result(
    trials: int,
) -> None:
    """The checksum of the file is not asked here: only the mathematics."""
    generator = random.Random(trials)
    modulus = Made.of("shift")
    power = power_of(modulus)
    while power.done < 1200:
        power.advance(0.0)
    saved = json.dumps(power.state())
    for _ in range(trials):
        state = json.loads(saved)
        text = state["values"][0]
        place = generator.randrange(len(text))
        digit = f"{int(text[place], 16) ^ 1 << generator.randrange(4):x}"
        state["values"][0] = text[:place] + digit + text[place + 1 :]
        resumed = power_of(Made.of("shift"))
        try:
            resumed.resume(state)
        except CheckpointError:
            continue
        assert published(resumed) == right("shift")


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
    modulus.fault = Always("climb", 0, random.Random(1))
    with pytest.raises(DamageError, match="again and again"):
        while not power_of(modulus).advance(1.0):
            pass

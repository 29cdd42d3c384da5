"""Bits flipped while a test proof is made, and in the proof: the residue that comes out
is right, and no proof of another one is accepted.
"""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import gmpy2
import pytest

from darkreach.arithmetic.power import Power
from darkreach.checks import proof_file
from darkreach.checks.proof_file import Terms
from darkreach.checks.proven_power import ProvenPower
from darkreach.checks.verify import verify
from darkreach.errors import DamageError
from tests.darkreach.checks import faulty
from tests.darkreach.checks.kernels import COUNTS, KERNELS, Made

POWER = 4


@cache
def terms_of(name: str) -> Terms:
    return Terms(KERNELS[name][0], 3, "N-1", POWER)


@cache
def good(name: str) -> tuple[Any, bytes]:
    power = ProvenPower(Made.of(name), terms_of(name))
    while not power.advance(1.0):
        pass
    assert power.proof is not None
    return power.value(), power.proof.write()


def with_all_points(name: str) -> ProvenPower:
    """The power is computed; its proof is still to be folded."""
    power = ProvenPower(Made.of(name), terms_of(name))
    while not Power.advance(power, 0.0):
        pass
    return power


def outcome(power: ProvenPower, name: str) -> bool:
    """Was the fault noticed? The residue is right in any case, and no proof is valid
    but the good one."""
    right, data = good(name)
    try:
        while not power.advance(0.0):
            pass
    except DamageError:
        return True
    assert power.value() == right
    assert power.proof is not None
    made = power.proof.write()
    power.modulus.fault = None
    assert made == data or not verify(made).valid
    return made != data


@pytest.mark.parametrize("trials", COUNTS)
@pytest.mark.parametrize("name", KERNELS)
def test_points_that_change_never_change_the_residue(name: str, trials: int) -> None:
    good(name)
    generator = random.Random(f"{name}{trials}")
    for _ in range(trials):
        power = with_all_points(name)
        flip_point(power, generator)
        assert outcome(power, name)


@pytest.mark.parametrize("trials", COUNTS)
@pytest.mark.parametrize("name", KERNELS)
def test_middles_that_go_wrong_never_change_the_residue(name: str, trials: int) -> None:
    """A bit flips in a multiplication that folds points into a middle."""
    good(name)
    generator = random.Random(f"{name}{trials}")
    power = with_all_points(name)
    counting = power.modulus.fault = faulty.Counting()
    outcome(power, name)
    calls, noticed, struck = counting.calls["multiply"], 0, 0
    while struck < trials:
        power = with_all_points(name)
        fault = faulty.Fault(("multiply",), generator.randrange(calls), generator)
        power.modulus.fault = fault
        noticed += outcome(power, name)
        struck += fault.struck
    assert noticed or trials < 100


def flip_point(power: ProvenPower, generator: random.Random) -> None:
    place = generator.choice(list(power._points))
    data, digest = power._points[place]
    changed = bytearray(data)
    changed[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
    power._points[place] = bytes(changed), digest


#: A kernel of each number: the proof of a number is the same from all.
OF_EACH = {form: name for name, (form, _) in KERNELS.items()}.values()


@pytest.mark.parametrize("trials", COUNTS)
@pytest.mark.parametrize("name", OF_EACH)
def test_a_proof_in_which_a_bit_changed_is_not_valid(name: str, trials: int) -> None:
    """In the residue or in a middle."""
    _, data = good(name)
    generator = random.Random(f"{name}{trials}")
    size = terms_of(name).residue_bytes * (POWER + 1)
    for _ in range(trials):
        changed = bytearray(data)
        changed[-generator.randrange(1, size + 1)] ^= 1 << generator.randrange(8)
        assert not verify(bytes(changed)).valid


def test_the_proof_of_a_machine_without_faults_is_valid() -> None:
    for name in ("shift", "division"):
        right, data = good(name)
        value = KERNELS[name][0].value()
        assert right == gmpy2.powmod(3, value - 1, value)
        assert proof_file.read(data).y == right
        assert verify(data).valid

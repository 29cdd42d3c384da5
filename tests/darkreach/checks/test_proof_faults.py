"""Bits flipped while a test proof is made, and in the proof: the residue that comes out
is right, and no proof of another one is accepted.
"""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import gmpy2
import pytest

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


@pytest.mark.parametrize("trials", COUNTS)
@pytest.mark.parametrize("name", KERNELS)
def test_points_and_middles_that_change_never_change_the_residue(
    name: str, trials: int
) -> None:
    """Half of the flips are in a point that was saved, half in the multiplications that
    fold them."""
    right, data = good(name)
    generator, refused = random.Random(f"{name}{trials}"), 0
    for trial in range(trials):
        modulus = Made.of(name)
        power = ProvenPower(modulus, terms_of(name))
        try:
            while power._builder is None and not power.advance(0.0):
                pass
            if trial % 2:
                flip_point(power, generator)
            else:
                calls = generator.randrange(500)
                modulus.fault = faulty.Fault("multiply", calls, generator)
            while not power.advance(0.0):
                pass
        except DamageError:
            refused += 1
            continue
        assert power.value() == right
        assert power.proof is not None
        made = power.proof.write()
        if made != data:
            refused += 1
            modulus.fault = None
            assert not verify(made).valid
    assert refused


def flip_point(power: ProvenPower, generator: random.Random) -> None:
    if not power._points:
        return
    place = generator.choice(list(power._points))
    data, digest = power._points[place]
    changed = bytearray(data)
    changed[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
    power._points[place] = bytes(changed), digest


@pytest.mark.parametrize("trials", COUNTS)
@pytest.mark.parametrize("name", ["shift", "division"])
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

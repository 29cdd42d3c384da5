"""What published ranges leave after sieving to 10,000, by count and hash."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from darkreach.sieve.cullen import CullenWoodall
from darkreach.sieve.factorial import Factorials
from darkreach.sieve.fixed_n_bits import TWINS, KBits
from darkreach.sieve.machine import VARIABLE
from darkreach.sieve.primorial import Primorials
from tests.darkreach.sieve.families import BOTH

RANGES = json.loads(
    (Path(__file__).parents[2] / "vectors" / "sieve_survivors.json").read_text()
)["ranges"]


def _factorials(limit: int) -> list[int]:
    sieve = Factorials(1, 700, signs=(1,))
    sieve.sieve(2, limit)
    return [int(n) for n in sieve.n(np.flatnonzero(sieve.alive))]


def _primorials(limit: int) -> list[int]:
    sieve = Primorials(2, 3000, signs=(1,))
    sieve.sieve(2, limit)
    return [int(p) for p in sieve.p[sieve.alive]]


def _woodall(limit: int) -> list[int]:
    sieve = CullenWoodall(2, 1, 1000, signs=(-1,))
    sieve.sieve(2, limit)
    return [int(n) for n in sieve.n(np.flatnonzero(sieve.alive))]


def _odd_k(limit: int) -> list[int]:
    sieve = KBits(2, 1000, 1, 4999)
    sieve.sieve(2, limit)
    return [k for k, left in enumerate(sieve.alive().tolist(), 1) if left and k % 2]


@pytest.mark.parametrize("way", BOTH)
@pytest.mark.parametrize(
    ("name", "survivors"),
    [
        ("n!+1 n=1..700", _factorials),
        ("p#+1 p<=3000", _primorials),
        ("n*2^n-1 n=1..1000", _woodall),
        ("k*2^1000+1 odd k=1..4999", _odd_k),
    ],
)
def test_published_survivors_are_left(
    name: str, survivors: object, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, way)
    expected = RANGES[name]
    assert callable(survivors)
    left = survivors(expected["sieve_limit"])
    text = ",".join(map(str, left))
    assert len(left) == expected["count"]
    assert sha256(text.encode()).hexdigest() == expected["sha256"]


@pytest.mark.slow
def test_the_number_of_twin_candidates_is_that_of_other_programs() -> None:
    """123,148 odd k up to 10^8 are left of k*2^100000+-1 at p = 10^8: twinsieve of
    mtsieve 2.6.9."""
    sieve = KBits(2, 100_000, 1, 10**8, TWINS)
    sieve.sieve(2, 10**8)
    assert int(sieve.alive()[::2].sum()) == 123_148


def test_pieces_of_the_range_of_p_leave_the_same() -> None:
    whole = KBits(2, 100_000, 1, 10**6, TWINS)
    pieces = KBits(2, 100_000, 1, 10**6, TWINS)
    whole.sieve(2, 10**7)
    for low in range(2, 10**7, 1_700_000):
        pieces.sieve(low, min(low + 1_699_999, 10**7))
    assert (whole.bits == pieces.bits).all()
    assert 0 < int(whole.alive().sum()) < 10**4

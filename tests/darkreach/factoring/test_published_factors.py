"""Published factors of Mersenne numbers and the bounds that find them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from darkreach.arithmetic.factors import prime_factors
from darkreach.factoring.pm1 import product, smooth_primes

VECTORS = Path(__file__).parents[2] / "vectors" / "pm1_gpuowl.csv"
ROWS = list(csv.DictReader(VECTORS.read_text(encoding="ascii").splitlines()))
EASY = [row for row in ROWS if int(row["B1"]) < 20_000]


def powers_of_rest(row: dict[str, str]) -> list[int]:
    """The prime powers of (f-1)/2p, ascending by prime; [] if it resists factoring."""
    rest = (int(row["factor"]) - 1) // (2 * int(row["exponent"]))
    found, left = prime_factors(rest)
    return [] if left > 1 else [q**e for q, e in sorted(found.items())]


def test_every_factor_divides_and_has_the_form_2kp_plus_1() -> None:
    assert len(ROWS) == 493
    for row in ROWS:
        exponent, factor = int(row["exponent"]), int(row["factor"])
        assert pow(2, exponent, factor) == 1
        assert factor % (2 * exponent) == 1


def test_the_second_bound_is_the_largest_prime_of_the_rest() -> None:
    looked = 0
    for row in ROWS:
        powers = powers_of_rest(row)
        if powers and row["bounds_minimal_verified"] == "yes":
            assert powers[-1] == int(row["B2"])
            looked += 1
    assert looked > 20


@pytest.mark.parametrize("row", EASY[:25], ids=lambda row: row["exponent"])
def test_our_exponent_with_these_bounds_catches_the_factor(row: dict[str, str]) -> None:
    factor, b2 = int(row["factor"]), int(row["B2"])
    # The list counts primes; with us a power needs the whole of it below B1.
    b1 = max([int(row["B1"]), *powers_of_rest(row)[:-1]])
    stage_one = product([2, int(row["exponent"]), *smooth_primes(b1)])
    x = pow(3, int(stage_one), factor)
    assert pow(x, b2, factor) == 1
    assert x != 1

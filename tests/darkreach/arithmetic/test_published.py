"""Residues that other programs published, on whatever arithmetic is the fastest."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import gmpy2
import pytest

from darkreach import forms
from darkreach.arithmetic import modulus
from darkreach.arithmetic.power import Power

VECTORS = Path(__file__).parents[2] / "vectors"
#: Above this, rows belong to the slow tests.
QUICK_EXPONENT, QUICK_BITS = 70_000, 20_000


def rows_of(name: str) -> list[dict[str, str]]:
    with (VECTORS / name).open() as file:
        return list(csv.DictReader(file))


def test_the_interim_residues_of_m11213_are_the_published_ones() -> None:
    arithmetic = modulus(forms.number("2^11213-1"))
    x, done = arithmetic.load(3), 0
    for row in rows_of("interim_m11213.csv"):
        x = arithmetic.square_many(x, int(row["iteration"]) - done)
        done = int(row["iteration"])
        assert f"{int(arithmetic.store(x)) % 2**64:016X}" == row["res64"], row
    assert not arithmetic.errors


def exponent_of(row: dict[str, str]) -> int:
    power = int(row["exponent"])
    return 2**power if row["test"] == "PEPIN" else power


def check_interim(row: dict[str, str]) -> None:
    sign = "+1" if row["test"] == "PEPIN" else "-1"
    arithmetic = modulus(forms.number(f"2^{exponent_of(row)}{sign}"))
    if row["test"] == "LL":
        x = arithmetic.lucas_many(arithmetic.load(4), int(row["iterations"]))
    else:
        x = arithmetic.square_many(arithmetic.load(3), int(row["iterations"]))
    value = int(arithmetic.store(x))
    assert f"{value % 2**64:016X}" == row["res64"], row
    assert value % (2**35 - 1) == int(row["mod_2^35-1"]), row
    assert value % (2**36 - 1) == int(row["mod_2^36-1"]), row
    assert not arithmetic.errors


def test_interim_residues_of_mlucas_agree() -> None:
    rows = rows_of("residues_mlucas_selftest.csv")
    small = [row for row in rows if exponent_of(row) < QUICK_EXPONENT]
    assert len(small) > 10
    for row in small:
        check_interim(row)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_interim_residues_of_mlucas_agree_at_every_size() -> None:
    rows = rows_of("residues_mlucas_selftest.csv")
    assert {row["test"] for row in rows} == {"LL", "PRP", "PEPIN"}
    for row in rows:
        check_interim(row)


def fermat(expression: str) -> tuple[Any, int]:
    """N and 3^(N-1) mod N."""
    number = forms.number(expression)
    value = number.value()
    chain = Power(modulus(number), 3, value - 1)
    while not chain.advance(1.0):
        pass
    assert not chain.modulus.errors
    return value, int(chain.values()[0])


def test_residues_of_pfgw_agree() -> None:
    for row in rows_of("residues_pfgw12.csv"):
        value, residue = fermat(row["expression"])
        assert f"{residue % 2**64:016X}" == row["res64_computed"], row
        if row["verdict"] == "composite":
            assert f"{residue % 2**62:016X}" == row["res62_published"], row
        assert (
            (residue == 1) is (row["verdict"] != "composite") is gmpy2.is_prime(value)
        )


def written_out(expression: str) -> str:
    """Phi(3, x) is x^2 + x + 1."""
    found = re.fullmatch(r"Phi\(3,(.*)\)", expression)
    return expression if found is None else "({0})^2+{0}+1".format(found[1])


def test_primes_of_other_forms_are_probable_primes() -> None:
    rows = [written_out(row["expression"]) for row in PRST_FREE]
    small = [text for text in rows if forms.number(text).bits <= QUICK_BITS]
    assert len(small) == 5
    for text in small:
        assert fermat(text)[1] == 1, text


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_large_primes_of_other_forms_are_probable_primes() -> None:
    assert len(PRST_FREE) == 11
    for row in PRST_FREE:
        assert fermat(written_out(row["expression"]))[1] == 1, row


PRST_FREE = rows_of("residues_prst_freeform.csv")

"""The test of Vrba and Reix: passed by all known Wagstaff primes, and by no other."""

from __future__ import annotations

from typing import Any

import gmpy2
import pytest

from darkreach import forms
from darkreach.arithmetic import modulus
from darkreach.certificates import vrba_reix
from darkreach.derivation import Derivation
from darkreach.vectors import of_form

(ROW,) = of_form("wagstaff")["published"]
#: Exponents of all Wagstaff primes below 4000: the list ends before 3539, which is one.
KNOWN = {*ROW["values"], ROW["complete_below"]}
#: Shorter ones are proven at once, and not asked about.
LEAST = 211


def exponents(first: int, last: int) -> list[int]:
    return [p for p in range(first, last) if gmpy2.is_prime(p)]


def naive(p: int) -> bool:
    number = (gmpy2.mpz(2) ** p + 1) // 3
    first = s = 3 * gmpy2.invert(2, number) % number
    for _ in range(p - 1):
        s = (s * s - 2) % number
    return bool(s == first)


def said(text: str) -> Derivation:
    number = forms.number(text)
    work = Derivation(lambda: vrba_reix.heard(number), lambda: modulus(number))
    while not work.advance(1.0):
        pass
    return work


def check(exponents: list[int]) -> None:
    for p in exponents:
        work = said(f"(2^{p}+1)/3")
        passed = p in KNOWN
        expected = vrba_reix.PASSED if passed else vrba_reix.FAILED
        assert work.conclusion == expected, p
        assert work.check == ("end" if passed else "twice"), p
        assert not work.errors


def test_the_slow_twin_is_passed_by_primes_only() -> None:
    assert [p for p in exponents(5, 800) if naive(p)] == sorted(
        p for p in KNOWN if 5 <= p < 800
    )


def test_known_wagstaff_primes_pass_and_others_do_not() -> None:
    check(exponents(LEAST, 800))
    check([1709, 1721, 2617, 3539, 3541])


@pytest.mark.slow
def test_it_is_right_about_all_exponents_below_4000() -> None:
    check(exponents(800, 4000))
    for p in exponents(800, 4000):
        assert naive(p) == (p in KNOWN)


@pytest.mark.slow
def test_long_ones_pass_and_their_digits_need_no_longer_transform() -> None:
    for p in (10501, 42737, 83339, 95369):
        work = said(f"(2^{p}+1)/3")
        assert (work.conclusion, work.errors) == (vrba_reix.PASSED, {})


@pytest.mark.parametrize(
    "text", ["(2^1711+1)/3", "2^1279-1", "(10^1031-1)/9", "(2^1709-5)/3", "1001!+1"]
)
def test_nothing_is_said_of_other_numbers(text: str) -> None:
    def fails() -> Any:
        raise AssertionError("nothing is computed")

    number = forms.number(text)
    work = Derivation(lambda: vrba_reix.heard(number), fails)
    assert (work.finished, work.conclusion) == (True, "")

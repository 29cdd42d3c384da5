"""The slow obvious answers: gmpy2 on every number of an order."""

from __future__ import annotations

import gmpy2


def prime_exponents(k: int, b: int, c: int, exponents: range) -> list[int]:
    """The n in `exponents` for which k*b^n + c is (very probably) prime."""
    return [n for n in exponents if gmpy2.is_prime(k * gmpy2.mpz(b) ** n + c)]


def prime_values(numbers: set[int]) -> set[int]:
    """The primes among these numbers."""
    return {number for number in numbers if number > 1 and gmpy2.is_prime(number)}

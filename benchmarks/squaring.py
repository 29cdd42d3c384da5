"""Squaring modulo k*2^n+1 and a general modulus, against gmpy2.powmod.

    python -m benchmarks.squaring

One line per size: microseconds per squaring of our modulus (`darkreach.arithmetic`),
of gmpy2.powmod by a power of two of the same length, and powmod / ours.
"""

from __future__ import annotations

import sys

import gmpy2

from benchmarks.alternation import compare
from darkreach.arithmetic import modulus
from darkreach.forms import number

CASES = [
    ("27*2^1003+1", 20_000),
    ("27*2^10007+1", 400),
    ("27*2^30011+1", 100),
    ("27*2^100003+1", 20),
    ("2*3^6310+1", 400),
    ("2*3^63100+1", 20),
]


def measure(expression: str, squarings: int) -> str:
    """One row of the table."""
    chosen = number(expression)
    ring = modulus(chosen)
    value = chosen.value()
    start = gmpy2.mpz(3) ** (value.bit_length() * 5 // 8) % value
    exponent = gmpy2.mpz(1) << squarings
    result = compare(
        lambda: ring.square_many(ring.load(start), squarings),
        lambda: gmpy2.powmod(start, exponent, value),
    )
    ours, theirs = (
        1e6 * seconds / squarings for seconds in (result.ours, result.theirs)
    )
    return f"{expression:16} {ours:10.2f} {theirs:10.2f} {result.ratio:8.2f}"


def main() -> None:
    """Print the table."""
    out = sys.stdout.write
    out(f"{'number':16} {'ours/us':>10} {'powmod/us':>10} {'ratio':>8}\n")
    for expression, squarings in CASES:
        out(measure(expression, squarings) + "\n")


if __name__ == "__main__":
    main()

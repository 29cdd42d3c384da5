"""The sieve stage on one core, against one gmpy2.powmod per number and prime.

    python -m benchmarks.sieving

One line per order: nanoseconds per prime of our sieve, of the plain way, and plain /
ours. The plain way is what a script does: it is timed on a few primes and scaled.
"""

from __future__ import annotations

import sys

import gmpy2
import numpy as np

from benchmarks.alternation import compare
from darkreach import stages
from darkreach.order import Order
from darkreach.sieve.primes import primes

# Expression, ranges, first prime, length of the interval of primes.
CASES = [
    ("3*2^n+1", {"n": "1:2000"}, 10**6, 500_000),
    ("k*2^n+1", {"k": "3,5,7,9", "n": "1:2000"}, 10**6, 500_000),
    ("21181*2^n+1", {"n": "1000000:1100000"}, 10**8, 200_000),
    ("k*2^1000+1", {"k": "1:1000000"}, 10**8, 500_000),
]
_PLAIN_PRIMES = 3
_PLAIN_NUMBERS = 2_000


def measure(expression: str, ranges: dict[str, str], low: int, length: int) -> str:
    """One row of the table."""
    order = Order.parse(expression, ranges)
    count = primes(low, low + length).size
    task = {
        "stage": "sieve",
        "order": order.spec(),
        "first": 0,
        "count": order.size,
        "alive": None,
        "p_min": low,
        "p_max": low + length,
    }
    positions = np.linspace(0, order.size - 1, _PLAIN_NUMBERS).astype(int).tolist()
    numbers = [order.members(position)[0] for position in positions]
    some = primes(low, low + length)[:_PLAIN_PRIMES].tolist()

    def ours() -> None:
        program = stages.program("sieve")
        run = program.start(task)
        while program.step(run) < 1.0:
            pass

    def plain() -> None:
        for p in some:
            for one in numbers:
                if (one.k * gmpy2.powmod(one.b, one.n, p) + one.c) % p == 0:
                    pass

    result = compare(ours, plain, rounds=5)
    ns = 1e9 * result.ours / count
    scale = order.size / len(numbers)
    plain_ns = 1e9 * result.theirs / len(some) * scale
    return f"{order.title:44.44} {ns:10.0f} {plain_ns:12.0f} {plain_ns / ns:8.0f}"


def main() -> None:
    """Print the table."""
    out = sys.stdout.write
    out(f"{'order':44} {'ours/ns':>10} {'plain/ns':>12} {'ratio':>8}\n")
    for case in CASES:
        out(measure(*case) + "\n")


if __name__ == "__main__":
    main()

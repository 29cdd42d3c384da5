"""The transforms against gmpy2.powmod, per squaring, in turns.

    python -m benchmarks.fft_squaring [width]

One line per number: kernel, bits per word, microseconds per squaring of ours and of
gmpy2.powmod per bit of a 256-bit exponent (longer ones cost the same per bit), their
ratio, and the largest round-off seen. Times are the smallest of a few dozen turns: on
a shared machine they disturb the ratio least.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import gmpy2

from benchmarks.alternation import seconds
from darkreach.arithmetic.fft import lengths
from darkreach.arithmetic.fft.engine import Engine

#: k, b, n, c, and how often a turn of either is repeated.
CASES = [
    (27, 2, 10_007, 1, 40),
    (27, 2, 30_011, 1, 15),
    (27, 2, 100_003, 1, 7),
    (27, 2, 300_007, 1, 5),
    (1, 2, 30_011, -1, 15),
    (27, 2, 280_007, -1, 5),
    (1, 500_000, 8192, 1, 5),
]
EXPONENT = (1 << 256) - (1 << 131) + 1


@dataclass
class Row:
    engine: Engine
    ours: float
    theirs: float
    error: float

    def __str__(self) -> str:
        return (
            f"{self.engine.kernel:24} {self.engine.bits_per_word:6.2f} "
            f"{1e6 * self.ours:9.2f} {1e6 * self.theirs:9.1f} "
            f"{self.theirs / self.ours:7.1f} {self.error:6.3f}"
        )


def measure(k: int, b: int, n: int, c: int, turns: int, width: int | None) -> Row:
    """Both in turns; the smallest time of each."""
    engine = Engine.power(k, b, n, c, lengths.best(k, b, n, c, width), width)
    start = gmpy2.mpz_random(gmpy2.random_state(1), engine.number)
    words = engine.load(start)
    error = engine.square_many(words, 256)
    ours, theirs = [], []
    for _ in range(turns):
        ours.append(seconds(lambda: engine.square_many(words, 256)) / 256)
        power = seconds(lambda: gmpy2.powmod(start, EXPONENT, engine.number))
        theirs.append(power / 256)
    return Row(engine, min(ours), min(theirs), error)


def main() -> None:
    """Print the table."""
    width = int(sys.argv[1]) if len(sys.argv) > 1 else None
    out = sys.stdout.write
    out(f"{'number':20} {'kernel':24} {'b/word':>6} {'ours/us':>9} ")
    out(f"{'powmod/us':>9} {'ratio':>7} {'error':>6}\n")
    for k, b, n, c, turns in CASES:
        row = measure(k, b, n, c, turns, width)
        out(f"{f'{k}*{b}^{n}{c:+d}':20} {row}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

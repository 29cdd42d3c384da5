"""The transforms against gmpy2.powmod and against the feasibility prototype, in turns.

    python -m benchmarks.fft_squaring [--only EXPR] [--width W] [--bits MOST]
        [--turns N] [--prototype DIR]

One line per number: kernel, bits per word, microseconds per squaring (medians) of ours,
of the prototype where its folder is given, and of gmpy2.powmod per bit of a 256-bit
exponent (longer ones cost the same per bit); the medians of the ratios of neighbouring
turns; and the largest round-off seen.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import gmpy2

from benchmarks.alternation import seconds
from benchmarks.prototype import Prototype
from darkreach.arithmetic.fft import lengths
from darkreach.arithmetic.fft.engine import Engine

#: k, b, n, c, and the length of the prototype's transform.
CASES = [
    (27, 2, 10_007, 1, 512),
    (27, 2, 30_011, 1, 2048),
    (27, 2, 100_003, 1, 6144),
    (27, 2, 300_007, 1, 16384),
    (27, 2, 1_000_003, 1, 57344),
    (1, 2, 30_011, -1, 2048),
    (27, 2, 280_007, -1, 16384),
    (1, 2, 1_150_003, -1, 65536),
    (1, 500_000, 8192, 1, 8192),
    (1, 500_000, 131_072, 1, 131_072),
    (27, 2, 9_999_991, 1, 655_360),
    (1, 2, 9_699_991, -1, 524_288),
]
EXPONENT = (1 << 256) - (1 << 131) + 1
#: Seconds of one turn of a transform; gmpy2 takes part up to so many bits.
TURN = 0.03
GMPY2_BITS = 1_200_000


@dataclass(frozen=True)
class Case:
    k: int
    b: int
    n: int
    c: int
    prototype_length: int

    def __str__(self) -> str:
        return f"{self.k}*{self.b}^{self.n}{self.c:+d}"


def in_turns(calls: Sequence[Callable[[], object]], turns: int) -> list[list[float]]:
    """Seconds of every call, turn by turn; one turn before is not measured."""
    for call in calls:
        call()
    return [[seconds(call) for call in calls] for _ in range(turns)]


def measure(case: Case, arguments: argparse.Namespace) -> str:
    """One line of the table."""
    k, b, n, c = case.k, case.b, case.n, case.c
    width = arguments.width
    engine = Engine.power(k, b, n, c, lengths.best(k, b, n, c, width), width)
    start = gmpy2.mpz_random(gmpy2.random_state(1), engine.number)
    words = engine.load(start)
    errors = [engine.square_many(words, 20)]
    one = seconds(lambda: engine.square_many(words, 4)) / 4
    count = max(2, round(TURN / one))
    calls: list[Callable[[], object]] = [
        lambda: errors.append(engine.square_many(words, count))
    ]
    scales = [1e6 / count]
    if arguments.prototype is not None:
        squarings = arguments.prototype.squarings(
            k, b, n, c, case.prototype_length, start
        )
        calls.append(lambda: squarings(count))
        scales.append(1e6 / count)
    if start.bit_length() <= GMPY2_BITS and not arguments.without_gmpy2:
        calls.append(lambda: gmpy2.powmod(start, EXPONENT, engine.number))
        scales.append(1e6 / 256)
    rows = [
        [time * scale for time, scale in zip(turn, scales, strict=True)]
        for turn in in_turns(calls, arguments.turns)
    ]
    times = [f"{statistics.median(column):10.2f}" for column in zip(*rows, strict=True)]
    ratios = [
        f"{statistics.median(row[i] / row[0] for row in rows):8.3f}"
        for i in range(1, len(calls))
    ]
    return (
        f"{case!s:20} {engine.kernel:24} {engine.bits_per_word:6.2f} "
        f"{' '.join(times)} | {' '.join(ratios)} | {max(errors):6.3f}"
    )


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fft_squaring")
    parser.add_argument("--only", metavar="EXPR", action="append")
    parser.add_argument("--width", type=int, choices=(8, 4, 2))
    parser.add_argument("--bits", metavar="MOST", type=int, default=GMPY2_BITS)
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--without-gmpy2", action="store_true")
    parser.add_argument(
        "--prototype",
        metavar="DIR",
        type=lambda text: Prototype(Path(text)),
        help="measure the prototype in this folder too",
    )
    return parser.parse_args()


def main() -> None:
    """Print the table."""
    arguments = parsed()
    cases = [Case(*case) for case in CASES]
    if arguments.only:
        cases = [case for case in cases if str(case) in arguments.only]
    else:
        cases = [c for c in cases if (c.b**c.n).bit_length() <= arguments.bits]
    columns = ["ours/us"] + ["prototype"] * (arguments.prototype is not None)
    columns += ["powmod/bit"] * (not arguments.without_gmpy2)
    sys.stdout.write(
        f"{'number':20} {'kernel':24} b/word "
        f"{' '.join(f'{each:>10}' for each in columns)} | times ours | round-off\n"
    )
    for case in cases:
        sys.stdout.write(f"{measure(case, arguments)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

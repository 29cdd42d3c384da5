"""One squaring by several threads against one thread, in turns in one process.

Beside it two tests at once, each by one thread: no two threads can do better. Bursts of
a hundredth of a second run before everything else where the system allows that, with
pauses four times as long, so that a busy machine disturbs them little and they it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import gmpy2

from darkreach.arithmetic.fft import lengths
from darkreach.arithmetic.fft.engine import Engine

NUMBERS = ((27, 100_003, 1), (27, 300_007, 1), (27, 1_000_003, 1), (1, 1_150_003, -1))
NUMBERS += ((27, 3_000_001, 1), (1, 3_021_377, -1))
NUMBERS += ((27, 9_999_991, 1), (1, 9_699_991, -1))
BURST, PAUSE = 0.012, 0.04


@contextmanager
def before_others() -> Iterator[None]:
    """At the lowest real-time priority, where that is allowed."""
    with suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    yield
    with suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def seconds(call: Callable[[], Any]) -> float:
    with before_others():
        began = time.perf_counter()
        call()
        taken = time.perf_counter() - began
    time.sleep(PAUSE)
    return taken


def side_by_side(calls: list[Callable[[], Any]]) -> None:
    others = [threading.Thread(target=call) for call in calls[1:]]
    for each in others:
        each.start()
    calls[0]()
    for each in others:
        each.join()


def measure(k: int, n: int, c: int, count: int, rounds: int) -> str:
    length = lengths.best(k, 2, n, c)
    one, other = (Engine.special(k, n, c, length) for _ in range(2))
    shared = Engine.special(k, n, c, length, threads=count)
    value = gmpy2.mpz_random(gmpy2.random_state(7), one.number)
    x, y, z = (each.load(value) for each in (one, other, shared))
    few = 1 + (1 << 20) // length
    for _ in range(3):
        once = seconds(lambda: one.square_many(x, few)) / few
    steps = max(4, int(BURST / once))
    calls = [
        lambda: one.square_many(x, steps),
        lambda: shared.square_many(z, steps),
        lambda: side_by_side(
            [lambda: one.square_many(x, steps), lambda: other.square_many(y, steps)]
        ),
    ]
    taken = [[seconds(call) for call in calls] for _ in range(rounds)]
    alone, by_all, both = (
        statistics.median(column) for column in zip(*taken, strict=True)
    )
    ratio = statistics.median(row[0] / row[1] for row in taken)
    return (
        f"| `{k}*2^{n}{c:+d}` | {shared.kernel} | {1e6 * alone / steps:.1f}"
        f" | {1e6 * by_all / steps:.1f} | {ratio:.2f} | {2 * alone / both:.2f} |"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    for number in NUMBERS:
        row = measure(*number, arguments.threads, arguments.rounds)
        sys.stdout.write(row + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())

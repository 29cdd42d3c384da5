"""Our sieves against the programs of a folder of prototypes, case by case in turns.

    python -m benchmarks.sieve_prototypes --prototype DIR [--rounds N] [--form TEXT]

The folder holds modules that measured first what such sieves can reach: fact2, fixn,
gcw, gfn, bsgs and multik, with their primes from the package `primesieve`, which must
be installed. Ours take theirs from our own sieve, or from the package with
--primesieve. Both sieve the same candidates by the same primes. A row: nanoseconds per
prime of both (medians) and the median of the ratios theirs / ours of neighbouring runs,
in seconds of the processor, which a busy machine disturbs least.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from math import log
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

#: Primes that come before the measured ones.
FIRST_PASS = 10**6
TWELVE = (5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27)

Sieve = Callable[[int, int], int]


@dataclass
class Pair:
    """Both sieve the primes of [low, high); they return how many factors they found."""

    name: str
    p: int
    length: int
    ours: Sieve
    theirs: Sieve


def cases(prototype: Callable[[str], Any]) -> Iterator[tuple[str, Callable[[], Pair]]]:
    """The forms and how to make each pair."""
    for p in (10**9, 10**12, 10**14):
        yield "n!+-1", partial(factorials, prototype, p)
    yield "p#+-1", partial(primorials, prototype, 10**12)
    for b in (2, 13):
        yield f"n*{b}^n+-1", partial(cullen, prototype, b, 10**11)
    for p in (10**10, 10**12):
        yield "k*2^100000+1", partial(fixed_n, prototype, 2, "+", ((1, 1),), p)
        yield "k*3^100000-1", partial(fixed_n, prototype, 3, "-", ((1, -1),), p)
        both = ((1, 1), (1, -1))
        yield "k*2^100000+-1 twins", partial(fixed_n, prototype, 2, "t", both, p)
    yield "b^(2^15)+1", partial(fermat, prototype, 15, 10**14, 2**34)
    one = "21181*2^n+1", (21181,), 2, 1, (1_000_000, 2_000_000)
    yield one[0], partial(fixed_k, prototype, *one, 10**11, 3 * 10**7)
    one = "45*2^n+1", (45,), 2, 1, (100_000, 1_100_000)
    yield one[0], partial(fixed_k, prototype, *one, 10**12, 10**7)
    one = "26*5^n-1", (26,), 5, -1, (100_000, 600_000)
    yield one[0], partial(fixed_k, prototype, *one, 10**12, 2 * 10**7)
    many = "12 k*2^n+1", TWELVE, 2, 1, (1_000_000, 1_500_000)
    yield many[0], partial(fixed_k, prototype, *many, 10**11, 5 * 10**6)


def _length(products: int) -> int:
    return max(2**14, int(1e10 / products))


def factorials(prototype: Callable[[str], Any], p: int) -> Pair:
    from darkreach.sieve.factorial import Factorials

    sieve = Factorials(20_000, 40_000)
    sieve.sieve(2, FIRST_PASS)
    alive = set((20_000 + np.flatnonzero(sieve.alive.reshape(-1, 2).any(1))).tolist())
    theirs = prototype("fact2").Prog("f", 20_000, 40_000, p, alive)
    return _family("n!+-1", p, sieve, theirs.sieve)


def primorials(prototype: Callable[[str], Any], p: int) -> Pair:
    from darkreach.sieve.primorial import Primorials

    sieve = Primorials(1000, 200_000)
    sieve.sieve(2, FIRST_PASS)
    left = sieve.p[np.flatnonzero(sieve.alive.reshape(-1, 2).any(1))]
    theirs = prototype("fact2").Prog("p", 1000, 200_000, p, set(left.tolist()))
    return _family("p#+-1", p, sieve, theirs.sieve)


def cullen(prototype: Callable[[str], Any], b: int, p: int) -> Pair:
    from darkreach.sieve.cullen import CullenWoodall

    first, last = (100_000, 150_000) if b == 2 else (50_000, 100_000)
    sieve = CullenWoodall(b, first, last)
    sieve.sieve(2, FIRST_PASS)
    alive: dict[int, set[int]] = {}
    for cell in np.flatnonzero(sieve.alive).tolist():
        alive.setdefault(first + cell // 2, set()).add(sieve.signs[cell % 2])
    return _family(f"n*{b}^n+-1", p, sieve, prototype("gcw").GCW(b, alive).sieve)


def _family(name: str, p: int, sieve: Any, theirs: Callable[[int, int], Any]) -> Pair:
    return Pair(
        name,
        p,
        _length(sieve.products),
        lambda low, high: sieve.sieve(low, high - 1)[0].size,
        lambda low, high: len(theirs(low, high)),
    )


def fixed_n(
    prototype: Callable[[str], Any], b: int, kind: str, members: Any, p: int
) -> Pair:
    from darkreach.sieve.fixed_n_bits import KBits

    last = 10**7
    sieve = KBits(b, 100_000, 1, last, members)
    sieve.sieve(2, 10**5)
    theirs = prototype("fixn").FixN(b, 100_000, 1, last, kind)
    for bits in (theirs.plus, theirs.minus):
        if bits.size > 1:
            bits[: sieve.bits.shape[1]] = sieve.bits[0]

    def run(low: int, high: int) -> int:
        theirs.hits.clear()
        theirs.sieve(low, high)
        return sum(map(len, theirs.hits))

    name = f"k*{b}^100000 {kind}"
    return Pair(
        name,
        p,
        2**27,
        lambda low, high: sieve.sieve(low, high - 1).k.size,
        run,
    )


def fermat(prototype: Callable[[str], Any], m: int, p: int, length: int) -> Pair:
    from darkreach.sieve.generalized_fermat import GeneralizedFermats

    last = 10**7
    sieve = GeneralizedFermats(m, 2, last)
    theirs = prototype("gfn")
    return Pair(
        f"b^(2^{m})+1",
        p,
        length,
        lambda low, high: sieve.sieve(low, high - 1)[0].size,
        lambda low, high: sum(
            1 for b in theirs.sieve(m, last, low, high)[2] if ~b[1] & 1
        ),
    )


def fixed_k(
    prototype: Callable[[str], Any],
    name: str,
    ks: tuple[int, ...],
    b: int,
    c: int,
    span: tuple[int, int],
    p: int,
    length: int,
) -> Pair:
    from darkreach.order import Order
    from darkreach.sieve.door import open_sieve

    expression = f"k*{b}^n{c:+d}"
    ranges = {"k": ",".join(map(str, ks)), "n": f"{span[0]}:{span[1]}"}
    order = Order.parse(expression, ranges)
    left = np.arange(order.size, dtype=np.int64)
    first = open_sieve(order, 0, order.size, left)
    for low in range(2, FIRST_PASS, 10**5):
        gone = first.window(low, low + 10**5 - 1).index
        left = np.setdiff1d(left, gone, assume_unique=True)
    sieve = open_sieve(order, 0, order.size, left)
    width = span[1] - span[0] + 1
    alive = [
        (k, c, left[left // width == i] % width + span[0]) for i, k in enumerate(ks)
    ]
    if len(ks) > 1:
        theirs = prototype("multik").Multi(alive, b, *span, 240)
    else:
        k, c, n = alive[0]
        theirs = prototype("bsgs").Seq(k, b, c, *span, n, 240)
    return Pair(
        name,
        p,
        length,
        lambda low, high: sieve.window(low, high - 1).index.size,
        lambda low, high: len(theirs.sieve(low, high)),
    )


def measure(pair: Pair, rounds: int) -> str:
    """One row; the first turn of both is not measured."""
    times, found = [], [0, 0]
    for turn in range(rounds + 1):
        low = pair.p + turn * pair.length
        both = []
        for side, sieve in enumerate((pair.ours, pair.theirs)):
            began = process_time()
            found[side] += sieve(low, low + pair.length)
            both.append(process_time() - began)
        times.append(both)
    ours, theirs = zip(*times[1:], strict=True)
    ratio = statistics.median(t / o for o, t in times[1:])
    count = pair.length / log(pair.p)
    each = [1e9 * statistics.median(side) / count for side in (ours, theirs)]
    return (
        f"{pair.name:22}{pair.p:8.0e}{each[0]:12.1f}{each[1]:12.1f}{ratio:8.2f}"
        f"   {found[0]} / {found[1]}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prototype", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--form", default="")
    parser.add_argument("--primesieve", action="store_true")
    arguments = parser.parse_args()
    sys.path.insert(0, str(arguments.prototype))
    import_module("common")  # brings primesieve
    if not arguments.primesieve:
        sys.modules["primesieve"] = None  # type: ignore[assignment]
    out = sys.stdout.write
    out(f"{'form':22}{'p':>8}{'ours ns':>12}{'theirs ns':>12}{'ratio':>8}   factors\n")
    chosen = [make() for name, make in cases(import_module) if arguments.form in name]
    for pair in chosen:
        out(measure(pair, arguments.rounds) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

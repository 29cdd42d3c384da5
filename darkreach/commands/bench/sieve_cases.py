"""Measure the sieves of whole families: nanoseconds per prime and per multiplication.

All cases run in turns, so that a busy machine disturbs them alike, and each reports
its median. The supply of primes is included, compilation is not. What is multiplied
beside the walk itself (powers, roots) counts as time, not as multiplications.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

import gmpy2

from darkreach.sieve.cullen import CullenWoodall
from darkreach.sieve.factorial import Factorials
from darkreach.sieve.fixed_n_bits import SOPHIE_GERMAIN, TWINS, KBits
from darkreach.sieve.generalized_fermat import GeneralizedFermats
from darkreach.sieve.primes import primes
from darkreach.sieve.primorial import Primorials

Members = tuple[tuple[int, int], ...]

#: Primes that come before the measured ones: they leave what a search has left then.
FIRST_PASS = 100_000


@dataclass
class Case:
    """sieve(low, high) removes what the primes between divide; products(primes) says
    how many multiplications that is."""

    form: str
    range: str
    p: int
    length: int  # of the interval of p that is measured at once
    sieve: Callable[[int, int], int]
    primes: Callable[[int, int], int]
    products: Callable[[int], float]


def rows(rounds: int = 5, form: str = "") -> list[dict[str, Any]]:
    """One row per case: form, range, p, ns_per_prime, ns_per_multiplication (None where
    a prime costs too few to count), seconds of all its measurements, factors found."""
    chosen = [make() for name, make in cases() if form in name]
    times: list[list[float]] = [[] for _ in chosen]
    found = [case.sieve(case.p, case.p + case.length // 8) for case in chosen]
    for turn in range(1, rounds + 1):
        for place, case in enumerate(chosen):
            low = case.p + turn * case.length
            began = perf_counter()
            found[place] += case.sieve(low, low + case.length - 1)
            times[place].append(perf_counter() - began)
    return [
        _row(case, seconds, factors)
        for case, seconds, factors in zip(chosen, times, found, strict=True)
    ]


def _row(case: Case, seconds: list[float], factors: int) -> dict[str, Any]:
    count = case.primes(case.p + case.length, case.p + 2 * case.length - 1)
    each = median(seconds) * 1e9
    products = case.products(count)
    return {
        "form": case.form,
        "range": case.range,
        "p": case.p,
        "ns_per_prime": round(each / count, 2),
        "ns_per_multiplication": round(each / products, 4) if products else None,
        "seconds": round(sum(seconds), 3),
        "factors": factors,
    }


def cases() -> Iterator[tuple[str, Callable[[], Case]]]:
    """The forms of the table of benchmarks/README.md, and how to make each case."""
    for p in (10**9, 10**12, 10**14):
        yield "n!+-1", partial(_factorials, 20_000, 40_000, 1, p)
    yield "n!2+-1", partial(_factorials, 10_000, 20_000, 2, 10**12)
    yield "p#+-1", partial(_primorials, 1000, 200_000, 10**12)
    for b, first, last in ((2, 100_000, 150_000), (13, 50_000, 100_000)):
        yield f"n*{b}^n+-1", partial(_cullen, b, first, last, 10**11)
    for p in (10**10, 10**12):
        for form, b, members in (
            ("k*2^100000+1", 2, ((1, 1),)),
            ("k*2^100000+-1 twins", 2, TWINS),
            ("k*2^100000-1 and 2N+1", 2, SOPHIE_GERMAIN),
            ("k*3^100000-1", 3, ((1, -1),)),
        ):
            yield form, partial(_bits, form, b, members, p)
    for m, length in ((15, 2**33), (17, 2**34)):
        yield f"b^(2^{m})+1", partial(_generalized_fermat, m, 10**14, length)


def _factorials(first: int, last: int, step: int, p: int) -> Case:
    form = f"n!{step if step > 1 else ''}+-1"
    return _family(form, f"n {first}..{last}", p, Factorials(first, last, step))


def _primorials(first: int, last: int, p: int) -> Case:
    return _family("p#+-1", f"p {first}..{last}", p, Primorials(first, last))


def _cullen(b: int, first: int, last: int, p: int) -> Case:
    sieve = CullenWoodall(b, first, last)
    return _family(f"n*{b}^n+-1", f"n {first}..{last}", p, sieve)


def _family(
    form: str, span: str, p: int, sieve: Factorials | Primorials | CullenWoodall
) -> Case:
    sieve.sieve(2, FIRST_PASS)
    length = max(2**12, int(3e8 / (0.3 * sieve.products)))
    return Case(
        form,
        span,
        p,
        length,
        lambda low, high: sieve.sieve(low, high)[0].size,
        _count,
        lambda count: count * sieve.products,
    )


def _bits(form: str, b: int, members: Members, p: int) -> Case:
    sieve = KBits(b, 100_000, 1, 10**7, members)
    sieve.sieve(2, FIRST_PASS)
    return Case(
        form,
        f"k 1..{sieve.last}",
        p,
        2**24,
        lambda low, high: sieve.sieve(low, high).k.size,
        _count,
        lambda count: 0.0,
    )


def _generalized_fermat(m: int, p: int, length: int) -> Case:
    sieve = GeneralizedFermats(m, 2, 10**7)

    def count(low: int, high: int) -> int:
        window = (q for part in sieve.windows(low, high) for q in part.tolist())
        return sum(bool(gmpy2.is_prime(q)) for q in window)

    return Case(
        f"b^(2^{m})+1",
        f"b 2..{sieve.last}",
        p,
        length,
        lambda low, high: sieve.sieve(low, high)[0].size,
        count,
        lambda primes: primes * 2.0 ** (m - 1),
    )


def _count(low: int, high: int) -> int:
    return int(primes(low, high).size)

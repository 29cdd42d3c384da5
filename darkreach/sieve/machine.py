"""Which multiplication a sieve uses: floating point or Montgomery.

Floating point (``fp64``) needs a processor with fused multiply-add and p < 2^50;
without the instruction every product would be a call of a library function, slower
than Montgomery words (``modmul``), which are right for every odd p < 2^62. The smallest
primes also go to the words: tests such as r = +-c want p above 4c, and there are few.

The environment variable DARKREACH_SIEVE forces one of the two, `fp64` or `montgomery`,
wherever it is possible; results are the same.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from functools import cache

import numpy as np
from numba.core.registry import cpu_target

from darkreach.errors import DarkreachError
from darkreach.sieve import fp64
from darkreach.sieve.terms import Rows

FP64, MONTGOMERY = "fp64", "montgomery"

VARIABLE = "DARKREACH_SIEVE"

#: Primes below this go to the words, unless a sieve asks for a higher bound.
SMALL = 2**10


@dataclass(frozen=True)
class Part:
    """Consecutive primes and the multiplication for them."""

    primes: Rows
    fp64: bool


@cache
def fused_multiply_add() -> bool:
    """Does the processor that numba compiles for have the instruction?"""
    if platform.machine().lower() in ("aarch64", "arm64"):
        return True
    _, _, features = cpu_target.target_context.codegen().magic_tuple()
    return "+fma" in features.split(",")


def multiplication() -> str:
    """FP64 or MONTGOMERY: what this machine uses where both are possible.
    DarkreachError if DARKREACH_SIEVE is none of them."""
    forced = os.environ.get(VARIABLE, "")
    if forced in (FP64, MONTGOMERY):
        return forced
    if forced:
        raise DarkreachError(
            f"{VARIABLE} is `{FP64}` or `{MONTGOMERY}`, not {forced!r}"
        )
    return FP64 if fused_multiply_add() else MONTGOMERY


def parts(primes: Rows, least: int = SMALL, limit: int = fp64.LIMIT) -> list[Part]:
    """Ascending primes, cut by the multiplication they need; floating point is possible
    from least, below limit."""
    if multiplication() == MONTGOMERY:
        return [Part(primes, False)] if primes.size else []
    low, high = np.searchsorted(primes, [least, min(limit, fp64.LIMIT)]).tolist()
    cut = [
        Part(primes[:low], False),
        Part(primes[low:high], True),
        Part(primes[high:], False),
    ]
    return [part for part in cut if part.primes.size]

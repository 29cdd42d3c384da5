"""How long work will take: measured speeds where known, a plain model before.

Speeds are plain data, `{(stage, size_class): seconds}`, handed in by the caller; this
module reads no table. They are seconds for one candidate in the middle of its class,
and for one position of the first sieve pass, whose class is SPAN_CLASS.
"""

from __future__ import annotations

import itertools
import math

Speeds = dict[tuple[str, int], float]

# Microseconds of gmpy2 per modular squaring at some sizes in bits (one core).
_SQUARING = (
    (64, 0.05),
    (1_000, 0.5),
    (10_000, 16.0),
    (100_000, 560.0),
    (1e6, 10_500.0),
)
# What each evidence level adds to a test: a second one, or a proof of the first.
REPEATS = {"single": 0.0, "double-checked": 1.0, "proven": 0.1}
# A measured speed of another size tells something about sizes within this many classes.
_NEAR = 4
# A proof repeats about the work of a test; its verification as much again.
_TESTS = {"prp": 1.0, "prove": 2.0, "pm1": 1.0}
# The primes of the first sieve pass; deeper passes go on from there.
FIRST_PASS = 1_000_000
#: The size class of the first sieve pass, whose speed hardly depends on the size.
SPAN_CLASS = 0


def size_class(bits: int) -> int:
    """Sizes within about a factor sqrt(2) share a class."""
    return round(2 * math.log2(max(bits, 2)))


def middle(size: int) -> int:
    """The bits that the measured speed of a size class is for."""
    return round(2 ** (size / 2))


def squaring_seconds(bits: int) -> float:
    """Seconds per squaring modulo a number of that size, interpolated in logarithms."""
    points = [(math.log(b), math.log(us)) for b, us in _SQUARING]
    x = math.log(max(bits, 2))
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        if x <= x1 or (x1, y1) == points[-1]:
            return math.exp(y0 + (y1 - y0) * (x - x0) / (x1 - x0)) * 1e-6
    raise AssertionError("the table has at least two points")


def seconds(stage: str, bits: int, speeds: Speeds | None = None) -> float:
    """Expected seconds for one candidate of that size in `pm1`, `prp` or `prove`."""
    near = nearest(stage, bits, speeds or {})
    if near is None:
        return model(stage, bits)
    return (speeds or {})[stage, near] * model(stage, bits) / model(stage, middle(near))


def model(stage: str, bits: int) -> float:
    """Seconds for one candidate where nothing was measured."""
    return _TESTS[stage] * bits * squaring_seconds(bits) + 1e-4


def nearest(stage: str, bits: int, speeds: Speeds) -> int | None:
    """The size class nearest to this size whose speed is measured; None if even that is
    far away."""
    wanted = size_class(bits)
    known = [size for name, size in speeds if name == stage]
    near = [size for size in known if abs(size - wanted) <= _NEAR]
    return min(near, key=lambda size: abs(size - wanted), default=None)

"""Known answers, computed again on this machine: `darkreach selftest`.

The vectors (darkreach/vectors/, provenance in its README.md) are residues, primes of
all forms, composites that fool weak tests, factors, sieves, transforms of all shapes,
test proofs, and certificates good and forged. Each goes the way that the program would
take, and through two arithmetics and two transform lengths (`paths`). Whoever fails one
of them must not compute for a search.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from darkreach.selftest import answers, sieves, transforms


@dataclass(frozen=True)
class Vector:
    """One known answer; `holds` computes it again."""

    group: str
    name: str
    holds: Callable[[], bool]


@dataclass
class Report:
    """What came out: how many vectors of each group, and which failed."""

    counts: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    seconds: float = 0.0


def run(
    progress: Callable[[int, int], None] = lambda done, total: None,
    full: bool = False,
    part: int = 0,
    parts: int = 1,
    stop: Callable[[], bool] = lambda: False,
) -> Report:
    """Compute all vectors again, the long list with `full`, or every `parts`-th from
    number `part` on. An exception in one counts as its failure. `stop` is asked before
    each: what was not computed is a failure."""
    report = Report()
    begin = time.perf_counter()
    every = list(vectors(full))[part::parts]
    for done, vector in enumerate(every, 1):
        if stop():
            report.failed.append(f"stopped before {vector.group} {vector.name}")
            break
        report.counts[vector.group] += 1
        trouble = _trouble(vector)
        if trouble:
            report.failed.append(f"{vector.group} {vector.name}: {trouble}")
        progress(done, len(every))
    report.seconds = time.perf_counter() - begin
    return report


def vectors(full: bool = False) -> Iterator[Vector]:
    """The known answers that come with the program: the short list, or all of them."""
    for source in (answers, sieves, transforms):
        for group, name, holds in source.known(full):
            yield Vector(group, name, holds)


def _trouble(vector: Vector) -> str:
    try:
        return "" if vector.holds() else "wrong answer"
    except Exception as exception:
        return f"{type(exception).__name__}: {exception}"

"""The discrete logarithms of many sequences to one base, prime window by prime window.

Joins the two halves: ``power_classes`` lists what each prime leaves of each sequence,
``baby_giant`` searches it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkreach.jit import Kernel
from darkreach.sieve import baby_giant, machine, power_classes
from darkreach.sieve.cells import Hits, joined
from darkreach.sieve.characters import characters
from darkreach.sieve.found import Found
from darkreach.sieve.jobs import Jobs
from darkreach.sieve.lanes import Lanes, constants, lanes
from darkreach.sieve.terms import Rows

#: Moduli of the classes, what share of all classes the filter leaves a prime on average
#: (the mean of 1/gcd(Q, p-1)), and the most sequences: lists need kilobytes for each.
MODULI = ((240, 0.18, 2048), (24, 0.23, 2**15), (2, 0.5, 2**62))

#: A class costs this many steps before the first.
_CLASS = 1.5

#: Primes that are filtered before any is searched: at most so many, and so many times
#: the number of sequences, as each may leave a job; at least the fewest.
WINDOW, WINDOW_JOBS, FEWEST_WINDOW = 2**16, 2**22, 2**8

#: Cells that are looked at together when the classes are listed.
_CELLS_AT_ONCE = 2**22

#: Below this the character of a floating point residue is not one number.
LEAST = 16


@dataclass
class Groups:
    """For each divisor g of Q, each sequence and each i < g, the classes mod Q that are
    i mod g and have a cell to sieve: classes[first[n]:first[n+1]] for the group
    n = base[g][sequence] + i."""

    classes: NDArray[np.int64]
    first: Rows
    base: dict[int, Rows]
    used: NDArray[np.uint8] = field(init=False)  # 1 for the groups that have classes

    def __post_init__(self) -> None:
        self.used = (np.diff(self.first) > 0).astype(np.uint8)


def groups(alive: NDArray[np.uint8], sequences: int, modulus: int) -> Groups:
    """The groups of the cells sequence*width + j that are alive, j in classes."""
    used = _used_classes(alive.reshape(sequences, -1), modulus)
    parts, sizes, base, count = [], [], {}, 0
    for g in _even_divisors(modulus):
        base[g] = count + g * np.arange(sequences, dtype=np.int64)
        count += g * sequences
        line, place = np.nonzero(used)
        group = line * g + place % g
        parts.append(place[np.argsort(group, kind="stable")])
        sizes.append(np.bincount(group, minlength=g * sequences))
    first = np.concatenate([[0], np.cumsum(np.concatenate(sizes))])
    return Groups(np.concatenate(parts).astype(np.int64), first.astype(np.int64), base)


def _used_classes(alive: NDArray[np.uint8], modulus: int) -> NDArray[np.bool_]:
    """Which classes of each line have a cell; a few lines at a time, as these maps may
    be large."""
    lines, width = alive.shape
    used = np.zeros((lines, modulus), dtype=bool)
    portion = max(1, _CELLS_AT_ONCE // width)
    for first in range(0, lines, portion):
        some = alive[first : first + portion]
        padded = np.zeros((some.shape[0], -(-width // modulus) * modulus), np.uint8)
        padded[:, :width] = some
        rounds = padded.reshape(some.shape[0], -1, modulus)
        used[first : first + portion] = rounds.any(axis=1)
    return used


def _even_divisors(n: int) -> list[int]:
    return [g for g in range(2, n + 1, 2) if n % g == 0]


#: The values v of primes, one column for each sequence, as residues in [0, p) or, if
#: asked for, in Montgomery form; 0 where there is nothing to search.
Targets = Callable[[Rows, bool], NDArray[np.uint64]]


@dataclass
class Logarithms:
    """Finds v*b^n = 1 mod p for n = start + step*j, 0 <= j < width, for several
    sequences v: the cell is line*width + j. v is a number, or differs from prime to
    prime: then the numbers are empty. The primes must be odd, at least LEAST and no
    divisors of b."""

    b: int
    start: int
    step: int
    width: int
    line: Rows
    numbers: list[int]
    targets: Targets | None = None
    modulus: int = 0
    _groups: Groups = field(init=False)
    _divisor: NDArray[np.uint16] = field(init=False)  # gcd(Q, p-1) by p mod Q
    _alive: int = field(init=False, default=0)  # cells when the groups were made,
    _gone: int = field(init=False, default=0)  # and those found since

    def __post_init__(self) -> None:
        self._lines = int(self.line.max()) + 1
        if self.targets is None:
            self._characters = characters([*self.numbers, self.b])
        else:
            self.numbers = [1] * self.line.size  # not used
            self._characters = characters([self.b]).after(self.line.size)
        self._sizes = np.array(
            [float(min(abs(v), 2**60)) for v in [*self.numbers, self.b]]
        )
        if self.targets is not None:
            self._sizes[:-1] = np.inf
        self._negate = np.array([v < 0 for v in self.numbers], dtype=np.uint8)
        self._jobs: dict[Any, Jobs] = {}
        self._divisor = np.empty(0, dtype=np.uint16)

    def find(self, primes: Rows, alive: NDArray[np.uint8]) -> Hits:
        """The alive cells that these primes divide, ascending, with the smallest."""
        parts = [
            self.find_part(part.primes, part.fp64, alive)
            for part in machine.parts(primes, LEAST)
        ]
        cell, factor = joined(parts)
        order = np.lexsort((factor, cell))
        cell, first = np.unique(cell[order], return_index=True)
        return cell, factor[order][first]

    def find_part(self, primes: Rows, fp64: bool, alive: NDArray[np.uint8]) -> Hits:
        """The same for primes that one multiplication is right for."""
        self._refresh(alive)
        found = Found()
        length = min(max(WINDOW_JOBS // self.line.size, FEWEST_WINDOW), WINDOW)
        for begin in range(0, primes.size, length):
            self._window(primes[begin : begin + length], fp64, alive, found)
        hits = found.hits()
        self._gone += hits[0].size
        return hits

    def _refresh(self, alive: NDArray[np.uint8]) -> None:
        """Make the groups, and anew when a sixteenth of the cells is gone."""
        if not self.modulus:
            self.modulus = modulus_of(alive, self._lines)
        if self._divisor.size != self.modulus:
            residues = np.arange(self.modulus)
            self._divisor = np.gcd(residues - 1, self.modulus).astype(np.uint16)
        if 16 * self._gone >= self._alive:
            self._groups = groups(alive, self._lines, self.modulus)
            self._alive, self._gone = int(np.count_nonzero(alive)), 0
            self._parities = self._exponent_parities()

    def _exponent_parities(self) -> NDArray[np.uint8]:
        """For each sequence, whether even and odd exponents n are in question."""
        sizes = np.diff(self._groups.first)
        base = self._groups.base[2][self.line]
        parities = np.zeros(base.size, dtype=np.uint8)
        for i in range(2):
            odd = (self.start + self.step * i) % 2
            bit = power_classes.ODD if odd else power_classes.EVEN
            parities[sizes[base + i] > 0] |= bit
        return parities

    def _window(
        self, primes: Rows, fp64: bool, alive: NDArray[np.uint8], found: Found
    ) -> None:
        primes, values = self._values(primes, fp64)
        p, inverse = lanes(primes, fp64)
        jobs = self._list(primes, p, inverse, values)
        if jobs.count:
            self._search(p, inverse, jobs, alive, found)

    def _values(self, primes: Rows, fp64: bool) -> tuple[Rows, Lanes]:
        """The primes that have any targets, and these."""
        kind = np.float64 if fp64 else np.uint64
        if self.targets is None:
            return primes, np.empty((0, 0), dtype=kind)
        values = self.targets(primes, not fp64)
        some = values.any(axis=1)
        return primes[some], values[some].astype(kind)

    def _list(self, primes: Rows, p: Lanes, inverse: Lanes, values: Lanes) -> Jobs:
        """The jobs of a window of primes."""
        jobs = self._jobs.setdefault(p.dtype, Jobs(p.dtype))
        jobs.count = 0
        bucket = self._divisor[primes % self.modulus]
        by_bucket = np.argsort(bucket, kind="stable")
        ends = np.cumsum(np.bincount(bucket, minlength=self.modulus + 1))
        for g in np.flatnonzero(np.diff(ends, prepend=0)).tolist():
            rows = by_bucket[ends[g - 1] : ends[g]]
            mine = values[rows] if values.size else values
            self._bucket(p[rows], inverse[rows], mine, rows, g, jobs)
        return jobs

    def _bucket(
        self,
        p: Lanes,
        inverse: Lanes,
        values: Lanes,
        rows: Rows,
        g: int,
        jobs: Jobs,
    ) -> None:
        """Add the jobs of the primes of one bucket, the rows of the window."""
        kernel = _choice(p, power_classes.classes_float, power_classes.classes_word)
        b_number, _ = constants([self.b], p)
        number, first = constants([abs(v) for v in self.numbers], p)
        while True:
            count = kernel(
                p,
                inverse,
                rows,
                g,
                np.uint64(self.start),
                np.uint64(self.step),
                b_number,
                number,
                first,
                self._negate,
                values,
                self.line,
                self._sizes,
                self._characters.table,
                self._characters.first,
                self._characters.modulus,
                self._parities,
                self._groups.base[g][self.line],
                self._groups.used,
                jobs.count,
                jobs.row,
                jobs.line,
                jobs.group,
                jobs.value,
            )
            if count >= 0:
                jobs.count = count
                return
            jobs.grow()

    def _search(
        self,
        p: Lanes,
        inverse: Lanes,
        jobs: Jobs,
        alive: NDArray[np.uint8],
        found: Found,
    ) -> None:
        search(
            p,
            inverse,
            self.b,
            self.start,
            self.step,
            self.modulus,
            self.width,
            self._groups,
            jobs,
            alive,
            found,
        )


def search(
    p: Lanes,
    inverse: Lanes,
    b: int,
    start: int,
    step: int,
    modulus: int,
    width: int,
    groups: Groups,
    jobs: Jobs,
    alive: NDArray[np.uint8],
    found: Found,
) -> None:
    """Search the jobs of these primes and note what divides."""
    arranged = jobs.arranged(p.size, groups.first)
    number, _ = constants([b], p)
    kernel = _choice(p, baby_giant.search_float, baby_giant.search_word)
    begin = 0
    while True:
        begin = kernel(
            p,
            inverse,
            number,
            np.uint64(start),
            np.uint64(step),
            modulus,
            width,
            arranged.first,
            arranged.job,
            jobs.value,
            jobs.line,
            jobs.group,
            groups.first,
            groups.classes,
            arranged.order,
            alive,
            begin,
            arranged.most,
            found.cell,
            found.factor,
            found.count,
        )
        if begin == arranged.order.size:
            return
        found.grow()


def best_modulus(
    used: Callable[[int], int], width: int, sequences: int
) -> tuple[int, float]:
    """The modulus with the fewest steps for so many exponents of so many sequences, and
    the classes that its filter leaves; used(modulus) = the classes that have cells."""
    choices = []
    for modulus, share, most in MODULI:
        if sequences <= most:
            classes = share * used(modulus)
            steps = expected_steps(classes, width, modulus)
            choices.append((steps, modulus, classes))
    _, modulus, classes = min(choices)
    return modulus, classes


def modulus_of(alive: NDArray[np.uint8], sequences: int) -> int:
    """The best modulus for the cells sequence*width + j that are alive."""
    lines = alive.reshape(sequences, -1)
    modulus, _ = best_modulus(
        lambda each: int(np.count_nonzero(_used_classes(lines, each))),
        lines.shape[1],
        sequences,
    )
    return modulus


def expected_steps(classes: float, width: int, modulus: int) -> float:
    """Baby and giant steps for a prime that is left so many classes."""
    length = -(-width // modulus)
    m = max(1.0, min((baby_giant.GIANT * classes * length) ** 0.5, length))
    steps: float = m + classes * (_CLASS + max(1.0, length / m))
    return steps


def _choice(p: Lanes, real: Kernel, words: Kernel) -> Any:
    return real if p.dtype == np.float64 else words

"""The discrete logarithms of many sequences k*b^n+c, prime window by prime window.

Joins the two halves: ``power_classes`` lists what each prime leaves of each sequence,
``baby_giant`` searches it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from darkreach.sieve import baby_giant, machine, power_classes
from darkreach.sieve.cells import Hits
from darkreach.sieve.characters import characters
from darkreach.sieve.found import Found
from darkreach.sieve.jit import Kernel
from darkreach.sieve.jobs import Jobs
from darkreach.sieve.lanes import Lanes, constants, lanes
from darkreach.sieve.terms import Rows, Sources

#: Moduli of the classes, the best first, and the fewest exponents and the most
#: sequences that they are for: the lists need kilobytes for each sequence.
MODULI = ((240, 4096, 2048), (24, 256, 2**15), (2, 0, 2**62))

#: Primes that are filtered before any is searched.
WINDOW = 2**16

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
    width = alive.size // sequences
    padded = np.zeros((sequences, -(-width // modulus) * modulus), dtype=np.uint8)
    padded[:, :width] = alive.reshape(sequences, width)
    used = padded.reshape(sequences, -1, modulus).any(axis=1)
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


def _even_divisors(n: int) -> list[int]:
    return [g for g in range(2, n + 1, 2) if n % g == 0]


@dataclass
class Logarithms:
    """Finds p | k*b^n+c for n = start + step*j, 0 <= j < width, of all sources; the
    primes must be odd, at least LEAST and no divisors of b."""

    b: int
    sources: Sources
    start: int
    step: int
    width: int
    modulus: int = 0
    _groups: Groups = field(init=False)
    _alive: int = field(init=False, default=0)  # cells when the groups were made,
    _gone: int = field(init=False, default=0)  # and those found since

    def __post_init__(self) -> None:
        if not self.modulus:
            self.modulus = modulus_for(self.width, self.sources.size)
        signs = (-self.sources.c).tolist()
        values = [sign * int(k) for sign, k in zip(signs, self.sources.k, strict=True)]
        self._characters = characters([*values, self.b])
        self._sizes = np.array(
            [float(min(abs(v), 2**60)) for v in [*values, self.b]], dtype=np.float64
        )
        self._jobs: dict[Any, Jobs] = {}
        residues = np.arange(self.modulus)
        self._divisor = np.gcd(residues - 1, self.modulus).astype(np.uint16)
        self._negate = (self.sources.c > 0).astype(np.uint8)

    def find(self, primes: Rows, alive: NDArray[np.uint8]) -> Hits:
        """The alive cells that these primes divide, ascending, with the smallest."""
        found = Found()
        self._refresh(alive)
        for part in machine.parts(primes, LEAST):
            for begin in range(0, part.primes.size, WINDOW):
                window = part.primes[begin : begin + WINDOW]
                self._window(window, part.fp64, alive, found)
        hits = found.hits()
        self._gone += hits[0].size
        return hits

    def _refresh(self, alive: NDArray[np.uint8]) -> None:
        """Make the groups, and anew when a sixteenth of the cells is gone."""
        if 16 * self._gone >= self._alive:
            self._groups = groups(alive, self.sources.size, self.modulus)
            self._alive, self._gone = int(np.count_nonzero(alive)), 0
            self._parities = self._exponent_parities()

    def _exponent_parities(self) -> NDArray[np.uint8]:
        """For each sequence, whether even and odd exponents n are in question."""
        sizes = np.diff(self._groups.first)
        base = self._groups.base[2]
        parities = np.zeros(base.size, dtype=np.uint8)
        for i in range(2):
            odd = (self.start + self.step * i) % 2
            bit = power_classes.ODD if odd else power_classes.EVEN
            parities[sizes[base + i] > 0] |= bit
        return parities

    def _window(
        self, primes: Rows, fp64: bool, alive: NDArray[np.uint8], found: Found
    ) -> None:
        p, inverse = lanes(primes, fp64)
        jobs = self._list(primes, p, inverse)
        if jobs.count:
            self._search(p, inverse, jobs, alive, found)

    def _list(self, primes: Rows, p: Lanes, inverse: Lanes) -> Jobs:
        """The jobs of a window of primes."""
        jobs = self._jobs.setdefault(p.dtype, Jobs(p.dtype))
        jobs.count = 0
        bucket = self._divisor[primes % self.modulus]
        by_bucket = np.argsort(bucket, kind="stable")
        ends = np.cumsum(np.bincount(bucket, minlength=self.modulus + 1))
        for g in np.flatnonzero(np.diff(ends, prepend=0)).tolist():
            self._bucket(p, inverse, by_bucket[ends[g - 1] : ends[g]], g, jobs)
        return jobs

    def _bucket(self, p: Lanes, inverse: Lanes, rows: Rows, g: int, jobs: Jobs) -> None:
        kernel = _choice(p, power_classes.classes_float, power_classes.classes_word)
        b_number, _ = constants([self.b], p)
        k_number, k_first = constants(self.sources.k.tolist(), p)
        while True:
            count = kernel(
                p[rows],
                inverse[rows],
                rows,
                g,
                np.uint64(self.start),
                np.uint64(self.step),
                b_number,
                k_number,
                k_first,
                self._negate,
                self._sizes,
                self._characters.table,
                self._characters.first,
                self._characters.modulus,
                self._parities,
                self._groups.base[g],
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


def modulus_for(width: int, sequences: int) -> int:
    """The modulus of the classes for so many exponents of so many sequences."""
    for modulus, exponents, most in MODULI:
        if width >= exponents and sequences <= most:
            return modulus
    raise ValueError("too many sequences for one sieve")


def _choice(p: Lanes, real: Kernel, words: Kernel) -> Any:
    return real if p.dtype == np.float64 else words

"""What the sieves of whole families share: the numbers of a family are its cells.

A family (``factorial``, ``cullen``, …) says which of its numbers which primes divide;
this module decides what that removes: of each number still alive the smallest prime,
checked by other arithmetic, and never the number itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darkreach.errors import DarkreachError
from darkreach.sieve.algebraic import Algebraic
from darkreach.sieve.cells import Hits, joined
from darkreach.sieve.machine import SMALL, parts
from darkreach.sieve.modmul import P_LIMIT
from darkreach.sieve.primes import primes
from darkreach.sieve.terms import Rows

#: Room for this many hits to begin with; a kernel that finds more runs again.
ROOM = 2**12

#: Primes are made for this many integers at once.
WINDOW = 2**24


def collect(run: Callable[[Rows, Rows], int], room: int = ROOM) -> Hits:
    """The hits of a kernel, which writes as many as there is room for and returns how
    many there were."""
    while True:
        cell, factor = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
        found = run(cell, factor)
        if found <= room:
            return cell[:found], factor[:found]
        room = found


@dataclass
class Flags:
    """alive[i] = 1 while cell i, which is also row i, is to be sieved."""

    alive: NDArray[np.uint8]

    def drop(self, dead: NDArray[np.bool_]) -> None:
        """Stop sieving the rows marked in dead."""
        self.alive[dead] = 0


class Dense(ABC):
    """Numbers of one family, each a cell. Numbers below 2 are no candidates."""

    cells: Flags

    #: Floating point is possible from this prime on.
    least: int = SMALL

    def _make_cells(self, size: int, alive: NDArray[np.bool_] | None) -> None:
        """alive says which of the cells are to be sieved; None: all candidates."""
        flags = np.ones(size, dtype=bool) if alive is None else alive
        if flags.shape != (size,):
            raise DarkreachError(f"{size} flags are wanted, not {flags.shape}")
        self.cells = Flags(flags.astype(np.uint8))

    @property
    def alive(self) -> NDArray[np.bool_]:
        """Which cells no prime has removed so far."""
        return self.cells.alive.astype(bool)

    def sieve(self, low: int, high: int) -> Hits:
        """Remove what the primes of [low, high] divide: the cells and the smallest
        such prime of each."""
        hits = [self.strike(window) for window in self.windows(low, high)]
        return joined(hits)

    def windows(self, low: int, high: int) -> Iterator[Rows]:
        """The primes of [low, high] that may divide a number, in portions."""
        for start in range(low, high + 1, WINDOW):
            yield primes(start, min(start + WINDOW - 1, high))

    def strike(self, window: Rows) -> Hits:
        """The same for these primes, ascending. DarkreachError if a factor is false."""
        hits: list[Hits] = []
        if window.size and window[0] == 2:
            even = np.flatnonzero(self._even())
            hits.append((even, np.full(even.size, 2, dtype=np.int64)))
            window = window[1:]
        for part in parts(window, self.least):
            hits.append(self._hits(part.primes, part.fp64))
        return self._settled(*joined(hits))

    def _settled(self, cell: Rows, factor: Rows) -> Hits:
        proper = (self.cells.alive[cell] != 0) & (self.small_value(cell) != factor)
        cell, factor = cell[proper], factor[proper]
        order = np.lexsort((factor, cell))
        cell, first = np.unique(cell[order], return_index=True)
        factor = factor[order][first]
        true = self.divides(cell, factor)
        if not true.all():
            wrong = int(np.flatnonzero(~true)[0])
            raise DarkreachError(
                f"the sieve made an error: {factor[wrong]} does not divide"
                f" {self.name(int(cell[wrong]))}"
            )
        self.cells.alive[cell] = 0
        return cell, factor

    def remove_algebraic(self) -> list[tuple[int, Algebraic]]:
        """Remove the cells that algebra gives a factor of; each with that factor."""
        found = [each for each in self._algebraic() if self.cells.alive[each[0]]]
        for cell, _ in found:
            self.cells.alive[cell] = 0
        return found

    def _algebraic(self) -> Iterator[tuple[int, Algebraic]]:
        """Cells with a known factor, each once; none for most families."""
        return iter(())

    @abstractmethod
    def name(self, cell: int) -> str:
        """The number of a cell as an expression."""

    @abstractmethod
    def small_value(self, cell: Rows) -> Rows:
        """The number of each cell where it is below 2^62, else 2^62."""

    @abstractmethod
    def divides(self, cell: Rows, factor: Rows) -> NDArray[np.bool_]:
        """Does factor[i] divide the number of cell[i], by other arithmetic than that
        of the kernels."""

    @abstractmethod
    def _even(self) -> NDArray[np.bool_]:
        """The cells whose number is even."""

    @abstractmethod
    def _hits(self, window: Rows, fp64: bool) -> Hits:
        """The cells that these odd primes divide; order and repetitions do not matter,
        nor do cells that are no longer alive."""


class Signed(Dense):
    """Numbers x + c for c of signs; place x of an ascending list has the cells
    place*len(signs) + s with c = signs[s]."""

    signs: tuple[int, ...]

    def place(self, cell: Rows) -> Rows:
        return cell // len(self.signs)

    def sign(self, cell: Rows) -> Rows:
        return np.array(self.signs, dtype=np.int64)[cell % len(self.signs)]

    def _left(self) -> Rows:
        """The places of which any sign is alive, ascending."""
        alive = self.cells.alive.reshape(-1, len(self.signs))
        return np.flatnonzero(alive.any(axis=1))

    def _cells(self, place: Rows, sign: Rows, factor: Rows) -> Hits:
        """Hits on places and signs as hits on cells."""
        of_sign = (np.flatnonzero(sign == c) for c in self.signs)
        return joined(
            [
                (place[chosen] * len(self.signs) + s, factor[chosen])
                for s, chosen in enumerate(of_sign)
            ]
        )


def capped(values: Sequence[int]) -> Rows:
    """Exact numbers as small values."""
    return np.array([min(value, P_LIMIT) for value in values], dtype=np.int64)

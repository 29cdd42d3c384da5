"""Sieve of factorials n!+-1 and multifactorials n!k+-1, k = 2: n*(n-2)*(n-4)*….

One walk (``constants``) per residue class of n mod k, through the n of that class that
are still alive: the cost per prime is their number, plus what lies before the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from darkreach.sieve.algebraic import Algebraic, factor_of_factorial
from darkreach.sieve.cells import Hits, joined
from darkreach.sieve.constants import Program, horner
from darkreach.sieve.dense import Signed
from darkreach.sieve.modmul import P_LIMIT
from darkreach.sieve.primes import primes
from darkreach.sieve.terms import Rows
from darkreach.sieve.verify import divides_product

#: Programs are made again when this share of their candidates is gone.
STALE = 0.05


def value(n: int, step: int, most: int = P_LIMIT) -> int:
    """n*(n - step)*… down to the last positive factor; most when it is larger."""
    result = 1
    while n > 0 and result < most:
        result *= n
        n -= step
    return min(result, most)


class Factorials(Signed):
    """n!step + sign for first <= n <= last; cell (n - first)*len(signs) + s has the
    sign signs[s]."""

    def __init__(
        self,
        first: int,
        last: int,
        step: int = 1,
        signs: Sequence[int] = (1, -1),
        alive: NDArray[np.bool_] | None = None,
    ) -> None:
        self.first, self.last, self.step = first, last, step
        self.signs = tuple(signs)
        each = [value(n, step) for n in range(first, last + 1)]
        values = np.repeat(np.array(each, dtype=np.int64), len(self.signs))
        values = np.minimum(values + np.tile(self.signs, len(each)), P_LIMIT)
        values[np.repeat(each, len(self.signs)) == P_LIMIT] = P_LIMIT
        self._values = values
        self._make_cells(values.size, alive)
        self.cells.alive[values < 2] = 0
        self._programs: list[Program] = []
        self._made_for = -1

    def n(self, cell: Rows) -> Rows:
        return self.first + self.place(cell)

    def name(self, cell: int) -> str:
        kind = "!" if self.step == 1 else f"!{self.step}"
        n, sign = (int(f(np.array([cell]))[0]) for f in (self.n, self.sign))
        return f"{n}{kind}{sign:+d}"

    def small_value(self, cell: Rows) -> Rows:
        values: Rows = self._values[cell]
        return values

    @property
    def products(self) -> int:
        """Modular products per prime."""
        return sum(program.products for program in self._ready())

    def divides(self, cell: Rows, factor: Rows) -> NDArray[np.bool_]:
        n, c = self.n(cell), self.sign(cell)
        good = np.zeros(cell.size, dtype=bool)
        for r in np.unique(n % self.step).tolist():
            mine = np.flatnonzero(n % self.step == r)
            factors = np.arange(r or self.step, self.last + 1, self.step)
            count = (n[mine] + self.step - 1) // self.step
            good[mine] = divides_product(factor[mine], count, c[mine], factors)
        return good

    def _algebraic(self) -> Iterator[tuple[int, Algebraic]]:
        for cell in range(self._values.size if self.step == 1 else 0):
            place, s = divmod(cell, len(self.signs))
            found = factor_of_factorial(self.first + place, self.signs[s])
            if found:
                yield cell, found

    def _even(self) -> NDArray[np.bool_]:
        n = self.n(np.arange(self._values.size))
        alone = n <= self.step  # a single factor
        odd: NDArray[np.bool_] = (n == 0) | (n % 2 == 1) & (
            alone | (self.step % 2 == 0)
        )
        return odd

    def _hits(self, window: Rows, fp64: bool) -> Hits:
        found = [program.walk(window, fp64) for program in self._ready()]
        return joined([self._cells(n - self.first, *rest) for n, *rest in found])

    def _ready(self) -> list[Program]:
        """A program for each residue class that has candidates."""
        left = self.first + self._left()
        if not 0 <= self._made_for * (1 - STALE) <= left.size or not self._programs:
            self._made_for = left.size
            classes = {n % self.step for n in left.tolist()}
            self._programs = [
                self._program(left[left % self.step == r]) for r in sorted(classes)
            ]
        return self._programs

    def _program(self, left: Rows) -> Program:
        steps: list[tuple[int, list[int]]] = []
        known = int(left[0])
        for n in left.tolist():
            steps.append((n, list(range(known + self.step, n + 1, self.step))))
            known = n
        return Program.make(horner(exponents(int(left[0]), self.step)), steps)


def exponents(n: int, step: int) -> dict[int, int]:
    """The exponents of the primes of n!step: of each power of q how many of the numbers
    n, n - step, … are multiples (Legendre's formula for step = 1)."""
    terms = np.arange(n, 0, -step)
    found: dict[int, int] = {}
    for q in primes(2, n).tolist():
        if step % q == 0:
            count = _by_division(terms, q)
        else:
            count = 0
            power = q
            while power <= n:
                # n - step*t is a multiple at t = n/step mod power and from there on.
                first = n * pow(step, -1, power) % power
                count += max(0, (terms.size - 1 - first) // power + 1)
                power *= q
        if count:
            found[q] = count
    return found


def _by_division(terms: Rows, q: int) -> int:
    count = 0
    while terms.size:
        terms = terms[terms % q == 0] // q
        count += terms.size
    return count

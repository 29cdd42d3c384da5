"""Montgomery's reduction with its loop compiled: no Python between two squarings.

The same steps as in `Montgomery`, the readable twin, but T + m*N is formed between the
transforms: x^2 + m*N costs the transforms of x and m and one back, seven in all where
the twin takes eight, and leaves proper digits. The engines' compiled driver is called
through its address: this loop is compiled in a second and serves every length.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.core import sigutils
from numpy.typing import NDArray

from darkreach.arithmetic.engines import Words, room_for
from darkreach.arithmetic.fft import driver
from darkreach.arithmetic.fft import engine as fft
from darkreach.arithmetic.fft.crosswise import crossings, crosswise
from darkreach.arithmetic.fft.native import call4
from darkreach.arithmetic.fft.passes import leaf
from darkreach.arithmetic.montgomery import Montgomery
from darkreach.jit import Kernel

_ZEROS = np.zeros(4096, dtype=np.uint8)
_NO_BITS, _ONE_BIT = np.zeros(0, dtype=np.uint8), np.ones(1, dtype=np.uint8)


def _squarings(
    run: Any,
    plans: Any,
    low: Any,
    inverse: Any,
    block: Any,
    runs: Any,
    routines: Any,
    top: float,
    bits: Any,
    base: float,
    none: Any,
    one: Any,
) -> float:
    """x -> x*x*base^bit*g in row 0 of the block for each of the bits; the largest
    round-off.

    plans: of the cyclic and the negacyclic engine, and of the latter with accumulating
    leaves. inverse: the spectrum of -1/N. block: row 0 holds x, then m; row 1 the
    spectrum of N, row 2 that of x. runs, routines: cells to copy, and what copies them
    down to the cyclic order and up; top as in `copy_runs`, its words in the last run.
    """
    cyclic, negacyclic, accumulating = plans
    x, number, spectrum = block[0], block[1], block[2]
    here, there = np.int64(x.ctypes.data), np.int64(low.ctypes.data)
    copies, (first, last) = len(runs) - 1, (runs[-1, 0], runs[-1, 1])
    worst = 0.0
    for bit in bits:
        for k in range(copies):
            places = here + runs[k, 0], there + runs[k, 1]
            call4(routines[0], places[0], places[1], runs[k, 2], 0)
        low[first] -= 2.0 * np.rint(low[last] / top)
        run(negacyclic, x, spectrum, driver.PREPARE, 1, none, False, 1.0, 0.0)
        error = run(cyclic, low, low, driver.SQUARE, 1, none, False, 1.0, 0.0)
        worst = max(worst, error)
        error = run(cyclic, low, inverse, driver.MULTIPLY, 1, none, False, 1.0, 0.0)
        worst = max(worst, error)
        for k in range(copies):
            places = here + runs[k, 0], there + runs[k, 1]
            call4(routines[1], places[0], places[1], runs[k, 2], 0)
        times, factor = (one, base) if bit else (none, 1.0)
        error = run(
            accumulating, x, number, driver.MULTIPLY, 1, times, False, factor, 0.0
        )
        worst = max(worst, error)
    return driver.bounded(negacyclic, x, worst)


def _kernel() -> Kernel:
    normalize: Any = sigutils.normalize_signature
    tuple_of: Any = types.UniTuple
    arguments, result = normalize(driver.SIGNATURE)
    words, bits = types.float64[::1], types.uint8[::1]
    runs = types.int64[:, ::1]
    signature: Any = types.float64(
        types.FunctionType(result(*arguments)),
        tuple_of(types.int64[::1], 3),
        *[words] * 2,
        types.float64[:, ::1],
        *[runs, types.int64[::1], types.float64],
        *[bits, types.float64, bits, bits],
    )
    return Kernel(signature, _squarings)


LOOP = _kernel()


class CompiledMontgomery(Montgomery):
    """Montgomery's reduction over two transform engines of this package."""

    def __init__(
        self, number: Any, bits: int, cyclic: fft.Engine, negacyclic: fft.Engine
    ) -> None:
        super().__init__(number, bits, cyclic, negacyclic)
        accumulating = negacyclic._plan.copy()
        name = "accumulate"
        accumulating[driver.LEAF + driver.MULTIPLY] = leaf(self.width, name).address
        plans = cyclic._plan.copy(), negacyclic._plan, accumulating
        # The loop looks at the words once, at its end.
        plans[0][driver.WATCHED] = accumulating[driver.WATCHED] = 0
        self._plans = plans
        negacyclic._run.compile()
        self._run = negacyclic._run._dispatcher
        ends = cyclic.layout.positions[[0, -1]]
        runs = crossings(negacyclic.layout, cyclic.layout)
        self._runs = np.vstack([runs, [*ends, 0]])
        ways = [crosswise(self.width, down).address for down in (True, False)]
        self._routines = np.array(ways, dtype=np.int64)
        size = self._high.size
        self._block = room_for(np.zeros(3 * (size + -size % 8))).reshape(3, -1)
        self._block[1, :size] = self._number
        self._inverse = self._minus_inverse.view(np.ndarray)

    def square_many(self, x: Words, count: int, addend: int = 0) -> float:
        if addend:
            return super().square_many(x, count, addend)
        worst = 0.0
        while count and worst <= 0.5:
            slice_ = min(count, len(_ZEROS))
            worst = max(worst, self._squarings(x, _ZEROS[:slice_], 1))
            count -= slice_
        return worst

    def climb(self, x: Words, base: int, bits: int, count: int) -> float:
        chosen = np.array([int(bit) for bit in f"{bits:0{count}b}"], dtype=np.uint8)
        return self._squarings(x, chosen, base)

    def multiply(self, x: Words, y: Any, out: Words) -> float:
        error = super().multiply(x, y, out)
        # The squarings want proper digits.
        return max(error, self.negacyclic.scale(out, 1))

    def _square(self, x: Words, base: int) -> float:
        return self._squarings(x, _ONE_BIT, base)

    def _squarings(self, x: Words, bits: NDArray[np.uint8], base: int) -> float:
        self._block[0, : x.size] = x
        error: float = LOOP(
            self._run,
            self._plans,
            self._low,
            self._inverse,
            self._block,
            self._runs,
            self._routines,
            self._down.top,
            bits,
            float(base),
            _NO_BITS,
            _ONE_BIT,
        )
        x[:] = self._block[0, : x.size]
        return error

"""Montgomery's reduction with its loop compiled: no Python between two squarings.

The same steps and words as in `Montgomery`, the readable twin. The engines' compiled
driver is called through its address: this loop is compiled in a second and serves
every length.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.core import sigutils
from numpy.typing import NDArray

from darkreach.arithmetic.engines import Words
from darkreach.arithmetic.fft import driver
from darkreach.arithmetic.fft import engine as fft
from darkreach.arithmetic.montgomery import Montgomery
from darkreach.jit import Kernel

_ZEROS = np.zeros(4096, dtype=np.uint8)
_NO_BITS, _ONE_BIT = np.zeros(0, dtype=np.uint8), np.ones(1, dtype=np.uint8)


def _squarings(
    run: Any,
    plans: Any,
    x: Any,
    low: Any,
    high: Any,
    total: Any,
    factors: Any,
    down: Any,
    up: Any,
    top: float,
    bits: Any,
    base: float,
    none: Any,
    one: Any,
) -> float:
    """x -> x*x*base^bit*g in place for each of the bits; the largest round-off.

    plans: of the cyclic and the negacyclic engine; factors: the spectra of -1/N and N;
    down, up: runs of words from negacyclic to cyclic and back; top as in `copy_runs`.
    """
    cyclic, negacyclic = plans
    first, last = down[0, 1], down[-1, 1] + down[-1, 2] - 1
    worst = 0.0
    for bit in bits:
        for k in range(down.shape[0]):
            here, there = down[k, 0], down[k, 1]
            for i in range(down[k, 2]):
                low[there + i] = x[here + i]
        low[first] -= 2.0 * np.rint(low[last] / top)
        for i in range(x.size):
            high[i] = x[i]
        times = one if bit else none
        error = run(cyclic, low, low, driver.SQUARE, 1, times, False, base, 0.0)
        worst = max(worst, error)
        error = run(negacyclic, high, high, driver.SQUARE, 1, times, False, base, 0.0)
        worst = max(worst, error)
        error = run(cyclic, low, factors[0], driver.MULTIPLY, 1, none, False, 1.0, 0.0)
        worst = max(worst, error)
        for k in range(up.shape[0]):
            here, there = up[k, 0], up[k, 1]
            for i in range(up[k, 2]):
                total[there + i] = low[here + i]
        error = run(
            negacyclic, total, factors[1], driver.MULTIPLY, 1, none, False, 1.0, 0.0
        )
        worst = max(worst, error)
        for i in range(x.size):
            x[i] = high[i] + total[i]
    return worst


def _kernel() -> Kernel:
    normalize: Any = sigutils.normalize_signature
    tuple_of: Any = types.UniTuple
    arguments, result = normalize(driver.SIGNATURE)
    words, bits = types.float64[::1], types.uint8[::1]
    runs = types.int64[:, ::1]
    signature: Any = types.float64(
        types.FunctionType(result(*arguments)),
        tuple_of(types.int64[::1], 2),
        *[words] * 4,
        tuple_of(words, 2),
        *[runs, runs, types.float64],
        *[bits, types.float64, bits, bits],
    )
    return Kernel(signature, _squarings)


_loop = _kernel()


class CompiledMontgomery(Montgomery):
    """Montgomery's reduction over two transform engines of this package."""

    def __init__(
        self, number: Any, bits: int, cyclic: fft.Engine, negacyclic: fft.Engine
    ) -> None:
        super().__init__(number, bits, cyclic, negacyclic)
        self._plans = cyclic._plan, negacyclic._plan
        negacyclic._run.compile()
        self._run = negacyclic._run._dispatcher
        self._factors = tuple(
            spectrum.view(np.ndarray)
            for spectrum in (self._minus_inverse, self._number)
        )

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

    def _squarings(self, x: Words, bits: NDArray[np.uint8], base: int) -> float:
        error: float = _loop(
            self._run,
            self._plans,
            x,
            self._low,
            self._high,
            self._sum,
            self._factors,
            self._down.runs,
            self._up.runs,
            self._down.top,
            bits,
            float(base),
            _NO_BITS,
            _ONE_BIT,
        )
        return error

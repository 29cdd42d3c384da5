"""The compiled loop of the zero-padded transform (`padded`): squarings, each followed
by K*L - c*H and the reduction of what stands above B^h, with no Python between them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.core import sigutils

from darkreach.arithmetic.fft import driver, folding
from darkreach.arithmetic.fft.native import call7
from darkreach.jit import Kernel, inner

#: Places of `shape`: words below B^h, digits of K, first word of the cell that B^h
#: splits, digits of T.
H, W, START, TOP = range(4)
#: Squarings; what follows a product; what follows a sum.
SQUARE, FOLD, REDUCE = range(3)


@inner
def _divided(top: Any, digits: Any, quotients: Any, base: float, unit: float) -> None:
    """T = Q*K + R: its digits become those of R, nearest to zero. The last of `top` is
    room; digits of T may be as large as sums of a few products of digits."""
    w, last = len(digits), len(top) - 1
    divisor = 0.0
    for t in range(w):
        divisor = divisor * unit + digits[t]
    inverse = base / divisor
    for i in range(last - w, -1, -1):
        value = 0.0
        for j in range(i + w + 1):
            value = value * unit + top[j]
        q = np.rint(value * inverse)
        for t in range(w):
            top[i + t] -= q * digits[t]
        top[i + w - 1] += top[i + w] * base
        top[i + w] = 0.0
        quotients[i] = q
    for t in range(w - 1):
        q = np.rint(top[t] * unit)
        top[t] -= q * base
        top[t + 1] += q


@inner
def _reduced(
    x: Any, places: Any, top: Any, constants: Any, quotients: Any, shape: Any
) -> None:
    """T*B^h modulo N, onto the words from h on (which are zero) and the lowest ones."""
    base, unit = constants[folding.BASE], constants[folding.UNIT]
    sign = constants[folding.SIGN]
    digits = constants[folding.SCALARS :]
    _divided(top, digits, quotients, base, unit)
    for t in range(shape[W]):
        x[places[shape[H] + t]] = top[t]
    value, number = 0.0, 0
    # Words that are no numbers carry on for ever.
    while number < len(quotients) or (value != 0.0 and number < shape[H]):
        y = x[places[number]] + value
        if number < len(quotients):
            y += sign * quotients[number]
        value = np.rint(y * unit)
        x[places[number]] = y - value * base
        number += 1


@inner
def _folded(
    x: Any,
    places: Any,
    runs: Any,
    routine: int,
    constants: Any,
    state: Any,
    work: Any,
    shape: Any,
    addend: float,
) -> None:
    """K*L - c*H of the digits of a product, reduced modulo N."""
    h, w, start = shape[H], shape[W], shape[START]
    rest, width = h - start, state.shape[1]
    base, unit = constants[folding.BASE], constants[folding.UNIT]
    sign = constants[folding.SIGN]
    ends = rest + shape[TOP]
    for i in range(ends):
        z = sign * x[places[h + start + i]]
        for t in range(max(0, start + i - h + 1), w):
            z += constants[folding.SCALARS + t] * x[places[start + i - t]]
        work[i] = z
    state[:] = 0.0
    for lane in range(width):
        state[0, lane] = x[places[start + lane]]
    here = np.int64(x.ctypes.data)
    for k in range(runs.shape[0]):
        low, high = here + runs[k, 0], here + runs[k, 1]
        call7(
            routine,
            low,
            high,
            runs[k, 2],
            np.int64(constants.ctypes.data),
            np.int64(state.ctypes.data),
            0,
            0,
        )
    for i in range(ends):
        x[places[h + start + i]] = 0.0
    for i in range(rest, width):
        x[places[start + i]] = 0.0
    value = 0.0
    for number in range(folding.ROUNDS):
        value += state[len(state) - 1 - number, width - 1]
    for i in range(rest):
        y = work[i] + value
        value = np.rint(y * unit)
        x[places[start + i]] = y - value * base
    work[rest] += value + sign * addend
    top = work[rest : ends + 1]
    top[-1] = 0.0
    _reduced(x, places, top, constants, work[ends + 1 : ends + 4 + w], shape)


def _powers(
    run: Any,
    plan: Any,
    x: Any,
    places: Any,
    runs: Any,
    routine: int,
    constants: Any,
    state: Any,
    work: Any,
    shape: Any,
    code: int,
    bits: Any,
    base: float,
    apart: bool,
    addend: float,
    none: Any,
    one: Any,
) -> float:
    """x -> x*x*base^bit + addend for each of the bits, or only what follows a product
    (FOLD) or a sum (REDUCE); the largest round-off."""
    worst = 0.0
    if code == REDUCE:
        top = work[: shape[TOP] + 1]
        top[-1] = 0.0
        for i in range(shape[TOP]):
            top[i] = x[places[shape[H] + i]]
            x[places[shape[H] + i]] = 0.0
        quotients = work[len(top) : len(top) + 3 + shape[W]]
        _reduced(x, places, top, constants, quotients, shape)
        return worst
    for bit in bits:
        if code == SQUARE:
            times, factor = (one, base) if bit else (none, 1.0)
            error = run(plan, x, x, driver.SQUARE, 1, times, apart, factor, 0.0)
            worst = max(worst, error)
        _folded(x, places, runs, routine, constants, state, work, shape, addend)
    return driver.bounded(plan, x, worst)


def _kernel() -> Kernel:
    normalize: Any = sigutils.normalize_signature
    arguments, result = normalize(driver.SIGNATURE)
    words, bits = types.float64[::1], types.uint8[::1]
    signature: Any = types.float64(
        types.FunctionType(result(*arguments)),
        *[types.int64[::1], words, types.int64[::1]],
        *[types.int64[:, ::1], types.int64],
        *[words, types.float64[:, ::1], words, types.int64[::1]],
        *[types.int64, bits, types.float64, types.boolean, types.float64, bits, bits],
    )
    return Kernel(signature, _powers)


LOOP = _kernel()

"""A guard: the innermost loops of the sieves multiply in vector registers.

A kernel that loses its vectors is still right, and five times slower.
"""

from __future__ import annotations

from typing import Any

import numba
import pytest

from darkreach.sieve import constants, cullen, generalized_fermat, powers
from darkreach.sieve.fp64 import LANES
from darkreach.sieve.machine import fused_multiply_add

FLOATS, WORDS = "float64[::1]", "int64[::1]"


#: Lanes that a vector register of this name holds.
WIDTHS = {"zmm": 8, "ymm": 4, "xmm": 2, ".2d": 2}


@pytest.mark.parametrize(
    ("function", "signature", "scalar"),
    [
        (constants.advance, f"({FLOATS}, {FLOATS}, int64)", 0),
        (cullen.advance, f"({FLOATS}, {FLOATS}, {WORDS}, int64)", 0),
        # These read a second array, which might overlap the block: then a scalar copy
        # of the loop runs, which stands beside the vectors.
        (cullen.advance_by_table, f"({FLOATS}, {FLOATS}, {WORDS}, {WORDS}, int64)", 4),
        (generalized_fermat.advance, f"({FLOATS}, float64, int64)", 0),
        (powers.power_of_row, f"({FLOATS}, {FLOATS}, {WORDS}, {WORDS})", 4),
        (powers.power_by_lane, f"({FLOATS},)", 0),
    ],
    ids=lambda each: getattr(each, "__module__", ""),
)
@pytest.mark.skipif(not fused_multiply_add(), reason="sieves use words on this machine")
def test_the_innermost_loops_are_vectorised(
    function: Any, signature: str, scalar: int
) -> None:
    compiled = numba.njit(function.py_func)
    compiled.compile(signature)
    (text,) = compiled.inspect_asm().values()
    lanes = [_lanes(line) for line in text.splitlines() if _is_product(line)]
    assert sum(each for each in lanes if each > 1) >= LANES
    assert lanes.count(1) <= scalar


def _is_product(line: str) -> bool:
    return "fnmadd" in line or "fmls" in line


def _lanes(line: str) -> int:
    if "sd" in line.split()[0]:
        return 1
    return next((lanes for name, lanes in WIDTHS.items() if name in line), 1)

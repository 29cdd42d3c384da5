"""A guard: the innermost loops of the sieves multiply in vector registers.

A kernel that loses its vectors is still right, and five times slower.
"""

from __future__ import annotations

from typing import Any

import numba
import pytest

from darkreach.sieve import constants, cullen, generalized_fermat
from darkreach.sieve.machine import fused_multiply_add

FLOATS, WORDS = "float64[::1]", "int64[::1]"


@pytest.mark.parametrize(
    ("function", "signature"),
    [
        (constants.advance, f"({FLOATS}, {FLOATS}, int64)"),
        (cullen.advance, f"({FLOATS}, {FLOATS}, {WORDS}, int64)"),
        (cullen.advance_by_table, f"({FLOATS}, {FLOATS}, {WORDS}, {WORDS}, int64)"),
        (generalized_fermat.advance, f"({FLOATS}, float64, int64)"),
    ],
    ids=lambda each: getattr(each, "__module__", ""),
)
def test_the_innermost_loops_are_vectorised(function: Any, signature: str) -> None:
    compiled = numba.njit(function.py_func)
    compiled.compile(signature)
    (text,) = compiled.inspect_asm().values()
    products = [
        line for line in text.splitlines() if "fnmadd" in line or "fmls" in line
    ]
    vector = [
        line for line in products if "ymm" in line or "zmm" in line or ".2d" in line
    ]
    assert len(vector) >= 4 or not fused_multiply_add()
    # Wide registers are unrolled less: there the scalar copy of a loop, kept for
    # arrays that overlap, has as many products as the loop itself.
    scalar = len(products) - len(vector)
    assert len(vector) >= scalar or not fused_multiply_add()

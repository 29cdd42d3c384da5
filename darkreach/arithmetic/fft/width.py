"""How many doubles one vector register of this machine holds: 8, 4 or 2."""

from __future__ import annotations

import os

import llvmlite.binding as llvm

WIDTHS = (8, 4, 2)
VARIABLE = "DARKREACH_VECTOR_WIDTH"


def native_width() -> int:
    """AVX-512: 8; AVX2 with FMA: 4; else 2, which NEON and SSE2 have."""
    features = llvm.get_host_cpu_features()
    if features.get("avx512f") and features.get("avx512dq"):
        return 8
    return 4 if features.get("avx2") and features.get("fma") else 2


def vector_width(forced: int | None = None) -> int:
    """The width to use: the argument, else the environment, else the machine's own.

    A width beyond the machine's registers is correct and slow: LLVM splits the
    vectors. ValueError for a width that is none of `WIDTHS`.
    """
    asked = os.environ.get(VARIABLE, "") if forced is None else str(forced)
    if not asked:
        return native_width()
    if asked not in map(str, WIDTHS):
        wanted = ", ".join(map(str, WIDTHS))
        raise ValueError(f"vector width {asked!r}: must be one of {wanted} doubles")
    return int(asked)

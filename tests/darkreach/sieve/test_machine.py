"""The multiplication follows the machine, the range and the operator's wish."""

from __future__ import annotations

import numpy as np
import pytest
from numba.core.registry import cpu_target

from darkreach.errors import DarkreachError
from darkreach.jit import Kernel
from darkreach.sieve import machine
from darkreach.sieve.machine import SMALL, VARIABLE, fused_multiply_add, parts
from tests.darkreach.sieve.test_fp64 import chain

PRIMES = np.array([3, 5, SMALL + 3, 2**40, 2**50 - 27, 2**50 + 1, 2**61])


def _cut(least: int = SMALL) -> list[tuple[bool, list[int]]]:
    return [(part.fp64, part.primes.tolist()) for part in parts(PRIMES, least)]


def test_floating_point_takes_the_middle_where_it_is_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, "fp64")
    small, middle, large = PRIMES[:2], PRIMES[2:5], PRIMES[5:]
    assert _cut() == [
        (False, small.tolist()),
        (True, middle.tolist()),
        (False, large.tolist()),
    ]
    assert _cut(2**41)[1] == (True, [2**50 - 27])


def test_words_take_everything_where_they_are_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, "montgomery")
    assert _cut() == [(False, PRIMES.tolist())]
    assert parts(PRIMES[:0]) == []


@pytest.mark.parametrize("has", [True, False])
def test_without_a_wish_the_instruction_decides(
    has: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(machine, "fused_multiply_add", lambda: has)
    assert [is_fp64 for is_fp64, _ in _cut()] == (
        [False, True, False] if has else [False]
    )


def test_another_wish_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "gpu")
    with pytest.raises(DarkreachError, match=r"`fp64` or `montgomery`, not 'gpu'"):
        parts(PRIMES)


def test_products_are_vectorised_where_the_processor_has_the_instruction() -> None:
    """A kernel that loses its vectors would still be right, and five times slower."""
    assert vectorised(chain) or not fused_multiply_add()


def vectorised(kernel: Kernel) -> bool:
    """Does the machine code of this kernel multiply in vector registers?"""
    return any(
        "fmadd" in line or "fmsub" in line or "fmla" in line
        for line in kernel.assembly().splitlines()
        if "ymm" in line or "zmm" in line or ".2d" in line
    )


def test_the_key_of_the_disk_cache_holds_the_processor() -> None:
    codegen = cpu_target.target_context.codegen()
    key = chain._dispatcher._cache._index_key("signature", codegen)
    _, name, features = codegen.magic_tuple()
    assert name in str(key) and features in str(key)

"""Kernels: one signature each, and no machine code of an older source."""

from __future__ import annotations

import importlib
import threading
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from darkreach import jit
from darkreach.jit import Kernel, kernel
from darkreach.sieve import fixed_k

KERNELS = [
    vars(importlib.import_module(f"darkreach.sieve.{name}"))[kernel_name]
    for name, kernel_name in [
        ("crossing_off", "cross_off_rounds"),
        ("crossing_off", "cross_off_steps"),
        ("crossing_off", "collect"),
        ("fixed_k", "strike"),
        ("fixed_n", "strike"),
        ("direct", "strike"),
        ("constants", "walk_fp64"),
        ("constants", "walk_words"),
        ("cullen", "walk_fp64"),
        ("cullen", "walk_words"),
        ("generalized_fermat", "cross_off"),
        ("generalized_fermat", "roots_fp64"),
        ("generalized_fermat", "walk_fp64"),
        ("generalized_fermat", "walk_words"),
        ("powers", "inverse_powers"),
    ]
]


@kernel("int64(int64[::1])")
def total(values: NDArray[np.int64]) -> int:
    """The sum of the values, modulo nothing."""
    result = 0
    for value in values:
        result += value
    return result


def test_a_kernel_computes_what_its_python_source_says() -> None:
    values = np.arange(50)
    assert total(values) == total.python(values) == 1225


def test_a_kernel_refuses_other_types_instead_of_compiling_again() -> None:
    with pytest.raises(TypeError):
        total(np.arange(5, dtype=np.float64))
    with pytest.raises(TypeError):
        total(np.arange(10)[::2])


@pytest.mark.parametrize("each", KERNELS, ids=lambda each: each.python.__module__)
def test_every_kernel_is_registered_and_has_one_signature(each: Kernel) -> None:
    jit.warm_up()
    assert each in jit._kernels
    assert len(each._dispatcher.signatures) == 1
    assert each._dispatcher.targetoptions["nogil"] is True
    assert "fastmath" not in each._dispatcher.targetoptions


def test_the_key_of_the_disk_cache_holds_all_sources_of_the_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cache = fixed_k.strike._dispatcher._cache

    class Target:
        """Stands for the processor that is compiled for."""

        def magic_tuple(self) -> tuple[str, ...]:
            return ("processor",)

    before = cache._index_key("signature", Target())
    monkeypatch.setattr(jit, "source_digest", lambda folder: "another source")
    assert before != cache._index_key("signature", Target())


def test_other_threads_run_while_a_kernel_does() -> None:
    """The kernel does not hold the lock of the interpreter: a thread that has to wait
    for a signal of another one, given meanwhile, gets it."""
    primes = np.full(200_000, 1_000_003, dtype=np.uint64)
    finished = threading.Event()
    ticks: list[bool] = []

    def watch() -> None:
        while not finished.wait(0.001):
            ticks.append(True)

    thread = threading.Thread(target=watch)
    thread.start()
    arguments: list[Any] = [
        primes,
        np.array([2], dtype=np.uint64),
        np.array([3], dtype=np.uint64),
        np.array([0, 1]),
        np.array([1], dtype=np.uint8),
        np.uint64(1),
        np.uint64(1),
        2000,
        45,
        np.zeros(2000, dtype=np.uint8),
        np.empty(0, dtype=np.int64),
        np.empty(0, dtype=np.int64),
    ]
    fixed_k.strike.compile()
    ticks.clear()
    assert fixed_k.strike(*arguments) == 0
    during = len(ticks)
    finished.set()
    thread.join()
    assert during >= 5

"""Compiling kernels with numba: one signature each, compiled when first called.

``inner`` marks functions that kernels call; ``kernel`` marks the entry points. A kernel
has exactly one signature, so a stray argument type is an error instead of a second
compilation of seconds. Compiled code is kept on disk. fastmath stays off everywhere.

numba notices a change only in the file of the kernel itself. A kernel that inlines
modmul.py would run stale machine code after an upgrade, so the key of the disk cache
also holds a digest of every source file of this package.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

import numba
from numba.core.caching import FunctionCache

F = TypeVar("F", bound=Callable[..., Any])

_kernels: list[Kernel] = []


@cache
def _source_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _disk_cache(function: Callable[..., Any]) -> Any:
    """numba's disk cache of one function, keyed by the sources of the whole package.
    RuntimeError where no folder can be written."""
    make: Any = FunctionCache
    made = make(function)
    key = made._index_key
    made._index_key = lambda signature, target: (
        *key(signature, target),
        _source_digest(),
    )
    return made


def _dispatcher(function: Callable[..., Any]) -> Any:
    """numba's wrapper, without a signature so far. Where nothing can be cached, every
    process compiles for itself."""
    decorate: Any = numba.njit(nogil=True)
    made = decorate(function)
    with suppress(RuntimeError):
        made._cache = _disk_cache(function)
    return made


def inner(function: F) -> F:
    """Compile a function that only kernels call; LLVM inlines it where that pays."""
    compiled: F = numba.njit(function)
    return compiled


def always_inner(function: F) -> F:
    """The same, inlined whatever its size: for what runs inside a vectorised loop."""
    decorate: Any = numba.njit(forceinline=True)
    compiled: F = decorate(function)
    return compiled


class Kernel:
    """A compiled entry point, called with exactly the types of its signature."""

    def __init__(self, signature: str, function: Callable[..., Any]) -> None:
        self.signature = signature
        self.python = function
        self._dispatcher = _dispatcher(function)
        self._compiled = False

    def compile(self) -> None:
        if not self._compiled:
            self._dispatcher.compile(self.signature)
            self._dispatcher.disable_compile()
            self._compiled = True

    def assembly(self) -> str:
        """The machine code, as text: tests look for vector registers in it. Compiled
        afresh, for numba cannot show code that comes from the disk."""
        decorate: Any = numba.njit(nogil=True)
        fresh = decorate(self.python)
        fresh.compile(self.signature)
        text: str = next(iter(fresh.inspect_asm().values()))
        return text

    def __call__(self, *arguments: Any) -> Any:
        self.compile()
        return self._dispatcher(*arguments)


def kernel(
    signature: str, rare: bool = False
) -> Callable[[Callable[..., Any]], Kernel]:
    """Decorator: an entry point with this numba signature. A rare one takes seconds to
    compile and few searches need it: it waits for its first use."""

    def decorate(function: Callable[..., Any]) -> Kernel:
        made = Kernel(signature, function)
        if not rare:
            _kernels.append(made)
        return made

    return decorate


def warm_up() -> float:
    """Compile every kernel imported so far but the rare ones, or load it from the disk
    cache; seconds."""
    began = perf_counter()
    for each in _kernels:
        each.compile()
    return perf_counter() - began

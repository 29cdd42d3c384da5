"""Compiling kernels with numba: one signature each, compiled when first called.

``inner`` marks functions that kernels call; ``kernel`` marks the entry points. A kernel
has exactly one signature, so a stray argument type is an error instead of a second
compilation of seconds. Compiled code is kept on disk. fastmath stays off everywhere.

numba notices a change only in the file of the kernel itself. A kernel that inlines
another module would run stale machine code after an upgrade, so the key of the disk
cache holds a digest of every source file of the kernel's package, this file included;
numba itself adds the processor. A kernel made by a function names in `key` what it was
made for, in place of what it encloses.
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
def source_digest(folder: Path) -> str:
    """Of the Python files of one package, and of this module."""
    digest = hashlib.sha256()
    for path in [*sorted(folder.glob("*.py")), Path(__file__)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _disk_cache(function: Callable[..., Any], key: str) -> Any:
    """numba's disk cache of one function, keyed by the sources of its whole package.
    RuntimeError where no folder can be written."""
    make: Any = FunctionCache
    made = make(function)
    theirs = made._index_key
    folder = Path(function.__code__.co_filename).parent

    def index_key(signature: Any, target: Any) -> tuple[Any, ...]:
        if key:
            return signature, target.magic_tuple(), key, source_digest(folder)
        return *theirs(signature, target), source_digest(folder)

    made._index_key = index_key
    return made


def _dispatcher(function: Callable[..., Any], key: str) -> Any:
    """numba's wrapper, without a signature so far. Where nothing can be cached, every
    process compiles for itself."""
    decorate: Any = numba.njit(nogil=True)
    made = decorate(function)
    with suppress(RuntimeError):
        made._cache = _disk_cache(function, key)
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


def renamed(function: F, key: str) -> F:
    """Name a function after its key too. The names of machine code are made of it, and
    of two codes with the same name a process would only ever use the first."""
    if key:
        function.__qualname__ += f".{key}"
    return function


class Inner:
    """Functions that kernels call, each with one signature: a literal argument of a
    caller compiles no variant of its own. Compiled before the kernel is, and not at
    all where the kernel comes from the disk cache."""

    def __init__(self, key: str) -> None:
        self.key = key
        self._waiting: list[tuple[Any, str]] = []

    def __call__(self, signature: str) -> Callable[[Callable[..., Any]], Any]:
        def decorate(function: Callable[..., Any]) -> Any:
            make: Any = numba.njit(error_model="numpy")
            made = make(renamed(function, self.key))
            self._waiting.append((made, signature))
            return made

        return decorate

    def compile(self) -> None:
        while self._waiting:
            made, signature = self._waiting.pop(0)
            made.compile(signature)
            made.disable_compile()


class Kernel:
    """A compiled entry point, called with exactly the types of its signature."""

    def __init__(
        self,
        signature: str,
        function: Callable[..., Any],
        key: str = "",
        inner: Inner | None = None,
    ) -> None:
        self.signature = signature
        self.python = function
        self._dispatcher = _dispatcher(renamed(function, key), key)
        self._inner = inner
        self._compiled = False

    def compile(self) -> None:
        if self._compiled:
            return
        made = self._dispatcher
        if self._inner is not None:
            kept = made._cache.load_overload(self.signature, made.targetctx)
            if kept is None:
                self._inner.compile()
        made.compile(self.signature)
        made.disable_compile()
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

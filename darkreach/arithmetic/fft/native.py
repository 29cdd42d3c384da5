"""Routines of LLVM instructions: compiled once, kept on disk, called by address.

A routine takes int64 arguments and returns nothing. It is its own small module of
machine code, so that a process compiles or loads only those it needs, and numba's
compiled driver calls it through its address. The file name of a kept routine is a
digest of the sources of this package, the processor and the routine's name; a file
that was damaged is compiled anew.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import types
from numba.core.caching import FunctionCache
from numba.extending import intrinsic

from darkreach.arithmetic.fft.vectors import DOUBLE, INT, Memory
from darkreach.jit import source_digest

_loaded: list[Any] = []


class Routine:
    """`body(memory, *arguments)` as machine code for vectors of `width` doubles."""

    def __init__(
        self, name: str, width: int, arguments: int, body: Callable[..., None]
    ) -> None:
        self.name = f"{name}_w{width}"
        self.width, self.arguments, self.body = width, arguments, body
        self._address = 0

    def _module(self) -> Any:
        module = ir.Module(self.name)
        module.triple = llvm.get_process_triple()
        kind = ir.FunctionType(ir.VoidType(), [INT] * self.arguments)
        function = ir.Function(module, kind, self.name)
        builder = ir.IRBuilder(function.append_basic_block("start"))
        self.body(Memory(builder, self.width), *function.args)
        builder.ret_void()
        parsed = llvm.parse_assembly(str(module))
        parsed.verify()
        return parsed

    def assembly(self) -> str:
        return str(_machine().emit_assembly(self._module()))

    def _object(self) -> bytes:
        kept = _file(self.name)
        if kept is not None:
            code = _read(kept)
            if code is not None:
                return code
        fresh: bytes = _machine().emit_object(self._module())
        if kept is not None:
            with suppress(OSError):
                _write(kept, fresh)
        return fresh

    @property
    def address(self) -> int:
        """Where its machine code is in this process."""
        if not self._address:
            frame = llvm.parse_assembly("")
            frame.triple = llvm.get_process_triple()
            engine = llvm.create_mcjit_compiler(frame, _machine())
            engine.add_object_file(llvm.ObjectFileRef.from_data(self._object()))
            engine.finalize_object()
            self._address = engine.get_function_address(self.name)
            _loaded.append(engine)
        return self._address


def _machine() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        reloc="pic",
        codemodel="jitdefault",
    )


@cache
def _folder() -> Path | None:
    """Where numba would keep this module's machine code; None where it could not."""
    make: Any = FunctionCache
    with suppress(RuntimeError):
        return Path(make(_machine).cache_path)
    return None


@cache
def _processor() -> str:
    processor = llvm.get_host_cpu_name() + llvm.get_host_cpu_features().flatten()
    return f"{llvm.llvm_version_info}{processor}{source_digest(Path(__file__).parent)}"


def _file(name: str) -> Path | None:
    folder = _folder()
    if folder is None:
        return None
    key = hashlib.sha256(f"{name} {_processor()}".encode()).hexdigest()[:24]
    return folder / f"{name}-{key}.object"


def _read(path: Path) -> bytes | None:
    """The code kept in a file, behind its own digest; None if there is none."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, code = content[:32], content[32:]
    return code if hashlib.sha256(code).digest() == digest else None


def _write(path: Path, code: bytes) -> None:
    """In one step, so that no process ever reads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(hashlib.sha256(code).digest() + code)
    Path(temporary).replace(path)


def _caller(arguments: int) -> Callable[..., Any]:
    def typed(typing: Any, address: Any, *given: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            kind = ir.FunctionType(ir.VoidType(), [INT] * arguments)
            builder.call(builder.inttoptr(values[0], kind.as_pointer()), values[1:])
            return context.get_dummy_value()

        return types.void(*[types.int64] * (arguments + 1)), generate

    return typed


_call0, _call1, _call4, _call7 = (_caller(count) for count in (0, 1, 4, 7))


def _load(typing: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        loaded = builder.load(builder.inttoptr(values[0], DOUBLE.as_pointer()))
        loaded.align = 8
        return loaded

    return types.float64(types.int64), generate


def _store(typing: Any, address: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        pointer = builder.inttoptr(values[0], DOUBLE.as_pointer())
        builder.store(values[1], pointer).align = 8
        return context.get_dummy_value()

    return types.void(types.int64, types.float64), generate


# What kernels call. numba reads the number of arguments off the functions themselves.
#: (routine's address, its arguments)
call0: Any = intrinsic(lambda typing, f: _call0(typing, f))
call1: Any = intrinsic(lambda typing, f, a: _call1(typing, f, a))
call4: Any = intrinsic(lambda typing, f, a, b, c, d: _call4(typing, f, a, b, c, d))
call7: Any = intrinsic(
    lambda typing, f, a, b, c, d, e, g, h: _call7(typing, f, a, b, c, d, e, g, h)
)
#: (address) -> the double there; (address, double)
load_double: Any = intrinsic(_load)
store_double: Any = intrinsic(_store)

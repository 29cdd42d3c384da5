"""Several threads at one squaring: where they wait for each other, and how they start.

Every thread runs the same compiled loop with a plan of its own (`plan.Planner`): its
nodes, its columns. Between them nothing is sent; three times per squaring all of them
meet. Whoever arrives first looks again and again for some microseconds, then lets
others have its core, then sleeps for moments: with more threads than idle cores the one
that is waited for must get on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.cgutils import get_or_insert_function
from numba.extending import intrinsic
from numpy.typing import NDArray

from darkreach.arithmetic.fft.native import call0, call1
from darkreach.arithmetic.fft.vectors import INDEX, INT
from darkreach.jit import inner

#: Bytes from the start of the shared counters: arrivals since the start of a run, and
#: whether a thread will not arrive any more. A cache line each.
ARRIVED, BROKEN, COUNTERS = 0, 64, 128
#: Looks before a core is given up: at most, and after others came late. Times that it
#: is, before the thread sleeps so many microseconds.
MOST_PATIENCE, _LEAST_PATIENCE = 4000, 25
_YIELDS, _SLEEP = 100, 20
#: pause, and yield.
_ARM: tuple[str, list[int]] = ("llvm.aarch64.hint", [1])
_HINTS: dict[str, tuple[str, list[int]]] = {
    "x86_64": ("llvm.x86.sse2.pause", []),
    "aarch64": _ARM,
    "arm64": _ARM,
}


def _add(typing: Any, address: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        place = builder.inttoptr(values[0], INT.as_pointer())
        return builder.atomic_rmw("add", place, values[1], "seq_cst")

    return types.int64(types.int64, types.int64), generate


def _look(typing: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        place = builder.inttoptr(values[0], INT.as_pointer())
        return builder.load_atomic(place, "acquire", 8)

    return types.int64(types.int64), generate


def _rest(typing: Any) -> Any:
    """The instruction for loops that wait, where the processor has one."""
    processor = llvm.get_process_triple().split("-")[0]

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if processor in _HINTS:
            name, arguments = _HINTS[processor]
            kind = ir.FunctionType(ir.VoidType(), [INDEX] * len(arguments))
            declare: Any = get_or_insert_function
            hint = declare(builder.module, kind, name)
            builder.call(hint, [INDEX(each) for each in arguments])
        return context.get_dummy_value()

    return types.void(), generate


#: (address, addend) -> what was there; (address) -> what is there.
atomic_add: Any = intrinsic(_add)
atomic_load: Any = intrinsic(_look)
_pause: Any = intrinsic(_rest)


@inner
def arrive(
    counters: int, wanted: int, patience: int, yield_at: int, sleep_at: int
) -> int:
    """Wait until `wanted` arrivals are counted, this one among them. patience: looks
    before the core is given up; returned is that of the next time, for where others had
    no core they will hardly have one soon."""
    atomic_add(counters + ARRIVED, 1)
    looks = 0
    while atomic_load(counters + ARRIVED) < wanted:
        if atomic_load(counters + BROKEN) != 0:
            return patience
        looks += 1
        if looks < patience or yield_at == 0:
            _pause()
        elif looks < patience + _YIELDS or sleep_at == 0:
            call0(yield_at)
        else:
            call1(sleep_at, _SLEEP)
    if looks < patience:
        return min(MOST_PATIENCE, patience + _LEAST_PATIENCE)
    return _LEAST_PATIENCE


@inner
def broken(counters: int) -> bool:
    return counters != 0 and atomic_load(counters + BROKEN) != 0


def system_calls() -> tuple[int, int]:
    """Addresses of sched_yield and usleep; 0 where a system has none."""
    names = ("sched_yield", "usleep")
    first, second = (int(llvm.address_of_symbol(name) or 0) for name in names)
    return first, second


def together(
    call: Callable[[int], float], count: int, counters: NDArray[np.int64]
) -> float:
    """The largest of call(0), ..., call(count - 1), each in a thread of its own, the
    first in this one. One that raises, or never starts, ends the others' waiting; its
    exception is raised when all have ended."""
    counters[:] = 0
    found: list[float] = []
    troubles: list[BaseException] = []

    def work(number: int) -> None:
        try:
            found.append(call(number))
        except BaseException as trouble:
            counters[BROKEN // 8] = 1
            troubles.append(trouble)

    started: list[threading.Thread] = []
    try:
        for number in range(1, count):
            thread = threading.Thread(target=work, args=(number,), daemon=True)
            thread.start()
            started.append(thread)
        work(0)
    except BaseException:
        counters[BROKEN // 8] = 1
        raise
    finally:
        for thread in started:
            thread.join()
    if troubles:
        raise troubles[0]
    return max(found)

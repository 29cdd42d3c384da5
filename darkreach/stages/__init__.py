"""Stage programs: resumable computations that a worker runs in slices of a second.

Each module of this package offers the same four functions:

* ``start(task, saved=None)`` makes a run, from a checkpoint of the same task if given
  (CheckpointError when it is another's or damaged);
* ``step(run, seconds=1.0)`` works about so long and returns the fraction done,
  1.0 only when the run is finished;
* ``state(run)`` is a checkpoint;
* ``result(run)`` is the JSON-able result of a finished run.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol, cast

STAGES = ("sieve", "pm1", "prp", "prove", "verify", "certify")


class Program(Protocol):
    """What every module of this package looks like."""

    def start(self, task: dict[str, Any], saved: bytes | None = None) -> Any: ...

    def step(self, run: Any, seconds: float = 1.0) -> float: ...

    def state(self, run: Any) -> bytes: ...

    def result(self, run: Any) -> dict[str, Any]: ...


def program(name: str) -> Program:
    """The stage program of this name, imported only now: the sieve brings a compiler
    with it that the other stages do not need."""
    if name not in STAGES:
        raise ValueError(f"{name!r} is not a stage; the stages are {', '.join(STAGES)}")
    return cast(Program, import_module(f"{__name__}.{name}"))

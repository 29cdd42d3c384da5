"""The p-1 stage: look for a factor of each candidate by Pollard's p-1.

task    {"stage": "pm1", "candidates": [{"index": i, "members": [expression, ...]}],
        "b1": B1, "b2": B2}; b2 <= b1 means stage 1 only.
result  {"results": [{"index", "factor": decimal text or null, "member": j or null}],
        "b1", "b2", "seconds", "software"}. The members of a candidate are worked on in
        their order up to the first factor, 1 < factor < N, which may be composite.
"""

from __future__ import annotations

from typing import Any

from darkreach.arithmetic import Number
from darkreach.derivation import Argument
from darkreach.errors import OrderError
from darkreach.factoring import pm1
from darkreach.stages import members

KIND = "pm1"

#: Bounds beyond these need gigabytes for their primes.
MOST_B1, MOST_B2 = 10**8, 10**9


class Factoring(members.Work):
    """P-1 on one member after the other."""

    kind = KIND

    def __init__(self, task: dict[str, Any], saved: bytes | None) -> None:
        self.bounds = pm1.Bounds(task["b1"], task["b2"])
        if not 2 <= self.bounds.b1 <= MOST_B1 or self.bounds.b2 > MOST_B2:
            raise OrderError(
                f"p-1 takes 2 <= B1 <= {MOST_B1} and B2 <= {MOST_B2},"
                f" not B1 = {self.bounds.b1}, B2 = {self.bounds.b2}"
            )
        super().__init__(task, saved)

    def argue(self, number: Number) -> Argument:
        return pm1.search(number, self.bounds)

    def order(self, numbers: list[Number]) -> list[int]:
        return list(range(len(numbers)))

    def goes_on(self, outcome: dict[str, Any]) -> bool:
        return outcome["factor"] is None

    def result(self) -> dict[str, Any]:
        whole = super().result()
        bounds = {"b1": self.bounds.b1, "b2": self.bounds.b2}
        return {**whole, **bounds, "results": [_row(r) for r in whole["results"]]}


def start(task: dict[str, Any], saved: bytes | None = None) -> Factoring:
    """A run of this task. OrderError if its bounds are not understood."""
    return Factoring(task, saved)


def step(run: Factoring, seconds: float = 1.0) -> float:
    """Work for about so many seconds."""
    return run.step(seconds)


def state(run: Factoring) -> bytes:
    """A checkpoint."""
    return run.state()


def result(run: Factoring) -> dict[str, Any]:
    """One row per candidate."""
    return run.result()


def _row(candidate: dict[str, Any]) -> dict[str, Any]:
    """The first factor among the members of a candidate."""
    for place, outcome in enumerate(candidate["members"]):
        if outcome is not None and outcome["factor"] is not None:
            factor = outcome["factor"]
            return {"index": candidate["index"], "factor": factor, "member": place}
    return {"index": candidate["index"], "factor": None, "member": None}

"""Stage `prp`: one test of every candidate (which test: darkreach/residues.py).

The members of a candidate are tested in order of size, up to the first that is not even
a probable prime; the members after it stay untested (null in the result).
"""

from __future__ import annotations

from typing import Any

from darkreach import residues
from darkreach.arithmetic import Number
from darkreach.derivation import Argument
from darkreach.stages import members

KIND = "prp"


class Test(members.Work):
    """A test of one member after the other."""

    kind = KIND

    def argue(self, number: Number) -> Argument:
        return residues.decide(number)

    def order(self, numbers: list[Number]) -> list[int]:
        return sorted(range(len(numbers)), key=lambda place: numbers[place].value())

    def goes_on(self, outcome: dict[str, Any]) -> bool:
        return bool(outcome["verdict"] != "composite")


def start(task: dict[str, Any], saved: bytes | None = None) -> Test:
    return Test(task, saved)


def step(run: Test, seconds: float = 1.0) -> float:
    return run.step(seconds)


def state(run: Test) -> bytes:
    return run.state()


def result(run: Test) -> dict[str, Any]:
    return run.result()

"""Stage `prp`: one test of every candidate (which test: darkreach/residues.py).

A task with `"proof"` asks for a test proof of every residue: true for those numbers for
which one pays (darkreach/checks/policy.py), an integer for all of them, with so many
levels; a result takes along proofs of `MOST_BYTES` in all, and no more. One with a
`variant` asks for another base than the usual one, one with a `path` for other
arithmetic: so a test is repeated without repeating its mistakes.

The members of a candidate are tested in order of size, up to the first that is not even
a probable prime; the members after it stay untested (null in the result).
"""

from __future__ import annotations

from typing import Any

from darkreach import residues
from darkreach.arithmetic import Number
from darkreach.checks import policy
from darkreach.derivation import Argument
from darkreach.errors import OrderError
from darkreach.stages import members

KIND = "prp"
#: Below this no test proof is made, whatever is asked.
LEAST_BITS = 512
#: What the proofs of one result may have together.
MOST_BYTES = 24 * 2**20
#: A header, but for that of a number of many digits.
_HEADER = 200


class Test(members.Work):
    """A test of one member after the other."""

    kind = KIND

    def __init__(self, task: dict[str, Any], saved: bytes | None) -> None:
        self._variant = int(task.get("variant", 0))
        self._proof: bool | int = task.get("proof", False)
        if self._proof not in (False, True) and self._proof not in policy.POWERS:
            raise OrderError(f"a test proof has {policy.POWERS[0]} levels or more")
        super().__init__(task, saved)

    def argue(self, number: Number) -> Argument:
        return residues.decide(number, self._power(number), self._variant)

    def _power(self, number: Number) -> int:
        """Levels of the test proof of this number; 0 for none."""
        power = int(self._proof) if number.bits >= LEAST_BITS else 0
        if self._proof is True:
            power = policy.choose(number).power
        size = policy.cost(number.bits, power).bytes_sent + _HEADER if power else 0
        return power if self._sent() + size <= MOST_BYTES else 0

    def _sent(self) -> int:
        """Bytes of the proofs so far."""
        rows = [outcome for row in self.results for outcome in row["members"]]
        proofs = [outcome["proof"] for outcome in rows if outcome is not None]
        return sum(proof["bytes"] for proof in proofs if proof is not None)

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

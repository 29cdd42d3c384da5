"""Long computations modulo N that can be interrupted after any squaring.

A chain has a length in steps (about one squaring each), works for a given time, and can
write down where it is and go on from there: a^e in power.py, Lucas sequences in
lucas.py.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gmpy2

from darkreach.arithmetic import Modulus
from darkreach.errors import DamageError as DamageError

# Below this size gmpy2.powmod is faster than our chain, and done in milliseconds.
ONE_PIECE_BITS = 2200
# A slice inside a step: short enough that a step ends on time.
_SLICE_SECONDS = 0.05


#: The kernel of what is finished in one piece.
POWMOD = "gmpy2 powmod"
#: The suspicion that nothing can turn into a fact.
IMPOSSIBLE = "zero"


@dataclass(frozen=True)
class Standing:
    """Where a chain stood: its residues, and their check values at that time."""

    done: int
    residues: Sequence[Any]
    checks: list[int]


class Chain(ABC):
    """A computation of `length` steps, of which `done` are behind us.

    It watches over its residues. A check value taken after every slice tells whether
    memory changed them until the next; then the slice before is done again from what it
    began with. A value that cannot be, or hardly, is computed again with a longer
    transform. What turned out to be an error is counted in `modulus.errors`.
    """

    def __init__(self, modulus: Modulus, length: int) -> None:
        self.modulus = modulus
        self.length = length
        self.done = 0
        self._slice = 16
        self._now: Standing | None = None
        self._before: Standing | None = None

    @property
    def kernel(self) -> str:
        return self.modulus.kernel

    @property
    def check(self) -> str:
        """What would show that the result is wrong, in a word."""
        return "watched"

    @property
    def fraction(self) -> float:
        return self.done / self.length if self.length else 1.0

    def advance(self, seconds: float) -> bool:
        """Work about so long (at least one slice); True when the chain is finished."""
        begin = now = time.perf_counter()
        while self.done < self.length:
            self._look_after()
            count = min(self._slice, self.reach())
            self.watched(count)
            before, now = now, time.perf_counter()
            self.tune(count, now - before)
            if now - begin >= seconds:
                break
        return self.done >= self.length

    def tune(self, count: int, seconds: float) -> None:
        """Make slices of a twentieth of a second, growing by no more than a factor
        8."""
        rate = count / max(seconds, 1e-9)
        self._slice = max(1, min(int(rate * _SLICE_SECONDS), 8 * count))

    def _look_after(self) -> None:
        """Go back a slice when a residue is no longer what that slice left. Whatever
        happened in between, both copies gone is more than chance."""
        if self._now is None or self._checks(self.held()) == self._now.checks:
            return
        back, self._now, self._before = self._before, None, None
        if back is None or self._checks(back.residues) != back.checks:
            raise DamageError("the memory of this machine lost a residue; start again")
        self.modulus.errors["memory"] += 1
        self._return_to(back)

    def watched(self, count: int) -> None:
        """The next `count` steps, a second time where the first is suspicious."""
        start = self._standing()
        self._step(count)
        kind = self.suspicion(start)
        if kind:
            self._return_to(start)
            self.modulus.lengthen()
            self._step(count)
            if not self.suspicion(start):
                self.modulus.errors[kind] += 1
            elif kind == IMPOSSIBLE:
                raise DamageError("a residue became zero that no power can make zero")
        self._before, self._now = start, self._standing()

    def _step(self, count: int) -> None:
        self.run(count)
        self.done += count

    def _standing(self) -> Standing:
        if self._now is not None and self._now.done == self.done:
            return self._now
        residues = self.held()
        return Standing(self.done, residues, self._checks(residues))

    def _return_to(self, standing: Standing) -> None:
        self.done = standing.done
        self.hold(standing.residues)

    def _checks(self, residues: Sequence[Any]) -> list[int]:
        return [self.modulus.check_value(each) for each in residues]

    @abstractmethod
    def run(self, count: int) -> None:
        """The next `count` steps. Residues are replaced, never altered in place."""

    def reach(self) -> int:
        """How many steps may be taken at once."""
        return self.length - self.done

    @abstractmethod
    def held(self) -> Sequence[Any]:
        """The residues (and other values) that hold the state between two steps."""

    @abstractmethod
    def hold(self, residues: Sequence[Any]) -> None:
        """Take over what `held` returned."""

    def suspicion(self, start: Standing) -> str:
        """What is wrong with the residues after a slice, in a word, or nothing."""
        del start
        return ""

    def values(self) -> list[Any]:
        """The integers that hold the state between two steps."""
        return [self.modulus.store(residue) for residue in self.held()]

    def restore(self, values: list[Any]) -> None:
        """Take over what `values` returned."""
        self.hold([self.modulus.load(value) for value in values])

    def state(self) -> dict[str, Any]:
        """JSON-able: the position and the integers in hexadecimal. They are the same
        whatever kernel computes."""
        self._look_after()
        return {"done": self.done, "values": [v.digits(16) for v in self.values()]}

    def resume(self, state: dict[str, Any]) -> None:
        """Continue where the chain of the same parameters wrote `state`."""
        self.done = state["done"]
        self._now = self._before = None
        self.restore([gmpy2.mpz(text, 16) for text in state["values"]])


def stuck(modulus: Modulus, x: Any, start: Standing, fixed: int | None = None) -> str:
    """Whether the first residue is the one that the slice began with, and not the value
    that may well stay."""
    if modulus.check_value(x) != start.checks[0]:
        return ""
    return "" if fixed is not None and modulus.store(x) == fixed else "stuck"

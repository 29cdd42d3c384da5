"""Chains that go back to the last value that passed a check.

A window of steps ends with a look at the integers that its residues stand for. If they
fail it, the chain goes on from the last ones that did not, from the second time with
the next transform length; each failure is counted in `modulus.errors["check"]`. What
`values` gives at the end are integers that passed.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import gmpy2

from darkreach.arithmetic import Modulus
from darkreach.arithmetic.chains import Chain
from darkreach.errors import CheckpointError, DamageError, SenselessError

#: Failures without a success between them after which the machine is to blame.
MOST_FAILURES = 8


@dataclass(frozen=True)
class Checked:
    """What a chain held when it passed a check, and its hash at that time."""

    done: int
    value: Any
    seal: int

    @classmethod
    def of(cls, done: int, value: Any) -> Checked:
        return cls(done, value, hash(value))

    @property
    def intact(self) -> bool:
        return hash(self.value) == self.seal


class CheckedChain(Chain):
    """A chain with a look at the end of every window; sound values are tuples of
    integers."""

    def __init__(self, modulus: Modulus, length: int, window: int) -> None:
        super().__init__(modulus, length)
        self.window = window
        self._failures = 0

    def begin(self) -> None:
        """To the start; to be called when all parameters are set."""
        self._sealed = self.seal()
        self._good = self._older = self._first()
        self._go_on_from(self._good)

    @abstractmethod
    def start(self) -> tuple[Any, ...]:
        """The integers to start from, computed anew."""

    @abstractmethod
    def sound(self, values: tuple[Any, ...]) -> bool:
        """Whether these integers, after `done` steps, are what they should be."""

    @abstractmethod
    def seal(self) -> int:
        """The hash of what the chain was given."""

    def reach(self) -> int:
        return self.end_of_window - self.done

    @property
    def end_of_window(self) -> int:
        return min(self.length, (self._good.done // self.window + 1) * self.window)

    def watched(self, count: int) -> None:
        try:
            super().watched(count)
            if self.done == self.end_of_window:
                self._look()
        except SenselessError:
            self.go_back()

    def values(self) -> list[Any]:
        """The integers that hold the state; at the end those that passed the check."""
        if self.done < self.length:
            return super().values()
        if self._good.done < self.length or not self._good.intact:
            raise DamageError("the memory of this machine lost a checked value")
        return list(self._good.value)

    def state(self) -> dict[str, Any]:
        """The last checked values too; what came since is checked later."""
        saved, checked = super().state(), self._newest()
        values = [each.digits(16) for each in checked.value]
        return saved | {"checked": [checked.done, values]}

    def resume(self, state: dict[str, Any]) -> None:
        try:
            done, values = state["checked"]
        except KeyError as trouble:
            raise CheckpointError("this checkpoint is of an older program") from trouble
        super().resume(state)
        self._good = Checked.of(done, tuple(gmpy2.mpz(text, 16) for text in values))
        self._older = self._good

    def restore(self, values: list[Any]) -> None:
        if len(values) != len(self._good.value):
            raise CheckpointError("this checkpoint is of another chain")
        super().restore(values)

    def _look(self) -> None:
        if self.seal() != self._sealed:
            raise DamageError("the memory of this machine lost what it was to compute")
        claimed = Checked.of(self.done, tuple(Chain.values(self)))
        if not self.sound(claimed.value) or not claimed.intact:
            self.go_back()
            return
        self._older, self._good = self._good, claimed
        self._failures = 0

    def go_back(self) -> None:
        """To the last checked values, from the second time on with another
        transform."""
        self.modulus.errors["check"] += 1
        self._failures += 1
        if self._failures >= MOST_FAILURES:
            raise DamageError("a sequence came out wrong again and again")
        if self._failures > 1:
            self.modulus.lengthen()
        self._go_on_from(self._newest())

    def _go_on_from(self, checked: Checked) -> None:
        self._good, self.done = checked, checked.done
        self.hold([self.modulus.load(each) for each in checked.value])
        self._now = self._before = None

    def _newest(self) -> Checked:
        """The newest of the checked values that memory has kept; the first is known."""
        for checked in (self._good, self._older):
            if checked.intact:
                return checked
        return self._first()

    def _first(self) -> Checked:
        number = self.modulus.number
        return Checked.of(0, tuple(gmpy2.mpz(each) % number for each in self.start()))

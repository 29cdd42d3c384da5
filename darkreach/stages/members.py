"""Working through the members of a list of candidates, one derivation after another:
what the stages `prp` and `prove` have in common.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import Any

from darkreach import checkpoint, software
from darkreach.arithmetic import Number, modulus
from darkreach.arithmetic.gmp import release_gil
from darkreach.derivation import Argument, Derivation
from darkreach.forms import number as parse_number

# What decides a number without any power: see residues.py and certificates/small.py.
WITHOUT_CHAIN = "gmpy2 is_prime"


class Work(ABC):
    """A run over `task["candidates"]`; what is asked of each member is the stage's."""

    kind: str

    def __init__(self, task: dict[str, Any], saved: bytes | None) -> None:
        self.candidates: list[dict[str, Any]] = task["candidates"]
        #: Which arithmetic: 0 the fastest, others to repeat a test (`modulus`).
        self.path = int(task.get("path", 0))
        self.current = ""
        self.seconds = 0.0
        self.results: list[dict[str, Any]] = []
        self.outcomes: dict[int, dict[str, Any]] = {}
        self.member_seconds = 0.0
        self._fingerprint = checkpoint.fingerprint(task)
        self._derivation: Derivation | None = None
        self._numbers: list[Number] = []
        self._waiting: list[int] = []
        payload = None
        if saved is not None:
            payload = checkpoint.unpack(saved, self.kind, self._fingerprint)
            self.seconds = payload["seconds"]
            self.results = payload["results"]
        self._open_candidate(payload)

    @abstractmethod
    def argue(self, number: Number) -> Argument:
        """The argument that concludes with the outcome of one member."""

    @abstractmethod
    def order(self, numbers: list[Number]) -> list[int]:
        """The places of the members in the order in which they are worked on."""

    @abstractmethod
    def goes_on(self, outcome: dict[str, Any]) -> bool:
        """Whether the next member is still of interest after this outcome."""

    def step(self, seconds: float) -> float:
        """Work about so long; the fraction done, 1.0 only at the end."""
        release_gil()
        begin = now = time.perf_counter()
        while len(self.results) < len(self.candidates):
            self._work(seconds - (now - begin))
            before, now = now, time.perf_counter()
            self.seconds += now - before
            if now - begin >= seconds:
                break
        return self._fraction()

    def state(self) -> bytes:
        payload = {
            "seconds": self.seconds,
            "results": self.results,
            "outcomes": [[place, outcome] for place, outcome in self.outcomes.items()],
            "member_seconds": self.member_seconds,
            "derivation": self._derivation.state() if self._derivation else None,
        }
        return checkpoint.pack(self.kind, self._fingerprint, payload)

    def result(self) -> dict[str, Any]:
        if len(self.results) < len(self.candidates):
            raise ValueError("this run is not finished")
        kernels = {
            outcome["kernel"]
            for row in self.results
            for outcome in row["members"]
            if outcome is not None
        }
        return {
            "results": self.results,
            "seconds": self.seconds,
            "software": software.description(" + ".join(sorted(kernels))),
        }

    def _work(self, seconds: float) -> None:
        derivation = self._derivation
        assert derivation is not None
        begin = time.perf_counter()
        finished = derivation.finished or derivation.advance(seconds)
        self.member_seconds += time.perf_counter() - begin
        if finished:
            computed = {
                "errors": derivation.errors,
                "kernel": derivation.kernel or WITHOUT_CHAIN,
                "check": derivation.check,
            }
            self._close_member(derivation.conclusion | computed)

    def _open_candidate(self, payload: dict[str, Any] | None = None) -> None:
        """Begin (or, with a payload, resume) the first candidate without a result."""
        if len(self.results) == len(self.candidates):
            self._derivation, self.current = None, ""
            return
        texts = self.candidates[len(self.results)]["members"]
        self._numbers = [parse_number(text) for text in texts]
        pairs = payload["outcomes"] if payload else []
        self.outcomes = dict(pairs)
        order = self.order(self._numbers)
        self._waiting = [place for place in order if place not in self.outcomes]
        self._open_member(payload)

    def _open_member(self, payload: dict[str, Any] | None = None) -> None:
        number = self._numbers[self._waiting[0]]
        self.current = number.expression
        self.member_seconds = payload["member_seconds"] if payload else 0.0
        # Without a way back to this run: who drops it drops what it started, too.
        path = self.path
        self._derivation = Derivation(
            lambda: self.argue(number),
            lambda: modulus(number, path),
            payload["derivation"] if payload else None,
        )

    def _close_member(self, fields: dict[str, Any]) -> None:
        place = self._waiting.pop(0)
        outcome = {"expression": self.current, **fields, "seconds": self.member_seconds}
        self.outcomes[place] = outcome
        if self._waiting and self.goes_on(outcome):
            self._open_member()
            return
        candidate = self.candidates[len(self.results)]
        rows = [self.outcomes.get(place) for place in range(len(self._numbers))]
        self.results.append({"index": candidate["index"], "members": rows})
        self._open_candidate()

    def _fraction(self) -> float:
        if len(self.results) == len(self.candidates):
            return 1.0
        inside = float(len(self.outcomes))
        if self._derivation is not None and not self._derivation.finished:
            inside += self._derivation.fraction
        done = len(self.results) + inside / max(len(self._numbers), 1)
        return min(done / len(self.candidates), 0.9999)

"""Resumable mathematics: an argument written as plain code that asks for powers.

Deciding or proving a number needs a few long computations, each chosen by what the last
one gave. Such an argument is a generator: it yields a `Question`, is sent the answer (a
small JSON value, never a residue of full length) and returns its conclusion. Because it
is deterministic, the answers so far and the state of one chain are all that has to be
saved: resuming replays the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Protocol

from darkreach.arithmetic import Modulus
from darkreach.arithmetic.chains import Chain

Answer = dict[str, Any]


class Question(Protocol):
    """One long computation modulo N and what is to be learned from it."""

    def chain(self, modulus: Modulus) -> Chain:
        """The computation, at its start."""

    def answer(self, chain: Any) -> Answer:
        """The small answer, from the finished chain."""


Argument = Generator[Question, Answer, Any]


class Derivation:
    """An argument being followed; `conclusion` is what it returned, once finished."""

    def __init__(
        self,
        argue: Callable[[], Argument],
        modulus: Callable[[], Modulus],
        saved: dict[str, Any] | None = None,
    ) -> None:
        self._argument = argue()
        self._make_modulus = modulus
        self._modulus: Modulus | None = None
        self.answers: list[Answer] = []
        self.finished = False
        self.conclusion: Any = None
        self._question: Question | None = None
        self._chain: Chain | None = None
        self._hear(None)
        for answer in saved["answers"] if saved else []:
            self._hear(answer)
        if saved and saved["chain"] is not None and self._chain is not None:
            self._chain.resume(saved["chain"])

    def advance(self, seconds: float) -> bool:
        """Work about so long on the present question; True when all is concluded."""
        if self._chain is not None and self._chain.advance(seconds):
            assert self._question is not None
            self._hear(self._question.answer(self._chain))
        return self.finished

    @property
    def fraction(self) -> float:
        """Of the present question; how many follow nobody knows."""
        return self._chain.fraction if self._chain is not None else 1.0

    def state(self) -> dict[str, Any]:
        chain = self._chain.state() if self._chain is not None else None
        return {"answers": self.answers, "chain": chain}

    def _hear(self, answer: Answer | None) -> None:
        """Give the argument an answer (None starts it) and take its next question."""
        try:
            if answer is None:
                self._question = next(self._argument)
            else:
                self.answers.append(answer)
                self._question = self._argument.send(answer)
        except StopIteration as stop:
            self.finished, self.conclusion = True, stop.value
            self._question = self._chain = None
            return
        if self._modulus is None:
            self._modulus = self._make_modulus()
        self._chain = self._question.chain(self._modulus)

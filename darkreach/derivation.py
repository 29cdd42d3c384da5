"""Resumable mathematics: an argument written as plain code that asks for powers.

Deciding or proving a number needs a few long computations, each chosen by what the last
one gave. Such an argument is a generator: it yields a `Question`, is sent the answer (a
small JSON value, never a residue of full length) and returns its conclusion. Because it
is deterministic, the answers so far and the state of one chain are all that has to be
saved: resuming replays the answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator
from typing import Any, Protocol

from darkreach.arithmetic import Modulus
from darkreach.errors import CheckpointError

Answer = dict[str, Any]


class Computation(Protocol):
    """What a question asks for: a chain of arithmetic, or another program at work."""

    @property
    def kernel(self) -> str:
        """What computes it, in a few words."""

    @property
    def check(self) -> str:
        """What would show that it went wrong, in a word (docs/verification.md)."""

    @property
    def fraction(self) -> float:
        """How much of it is done."""

    def advance(self, seconds: float) -> bool:
        """Work about so long; True when finished."""

    def state(self) -> dict[str, Any]:
        """JSON-able: where it is."""

    def resume(self, state: dict[str, Any]) -> None:
        """Go on from there."""


class Question(Protocol):
    """One long computation modulo N and what is to be learned from it. Its repr says
    which: that is how a checkpoint is known to belong to it."""

    def chain(self, modulus: Modulus) -> Computation:
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
        self._history: list[tuple[str, Answer]] = []
        self.kernel: str | None = saved["kernel"] if saved else None
        self.check: str | None = saved["check"] if saved else None
        self._errors = Counter(saved.get("errors", {})) if saved else Counter[str]()
        self.finished = False
        self.conclusion: Any = None
        self._question: Question | None = None
        self._chain: Computation | None = None
        self._hear(None)
        if saved:
            self._replay(saved)

    def advance(self, seconds: float) -> bool:
        """Work about so long on the present question; True when all is concluded."""
        if self._question is not None:
            chain = self._chain or self._open_chain()
            if chain.advance(seconds):
                self.kernel, self.check = chain.kernel, chain.check
                self._hear(self._question.answer(chain))
        return self.finished

    @property
    def fraction(self) -> float:
        """Of the present question; how many follow nobody knows."""
        return self._chain.fraction if self._chain is not None else 0.0

    @property
    def errors(self) -> dict[str, int]:
        """Errors of the arithmetic that were met and made good, by kind."""
        new = self._modulus.errors if self._modulus else Counter[str]()
        return dict(self._errors + new)

    def state(self) -> dict[str, Any]:
        """JSON-able: all that is needed to go on."""
        return {
            "history": self._history,
            "question": repr(self._question),
            "chain": self._chain.state() if self._chain is not None else None,
            "kernel": self.kernel,
            "check": self.check,
            "errors": self.errors,
        }

    def _replay(self, saved: dict[str, Any]) -> None:
        """Hear the saved answers again, each to the question that it was given to: a
        program that asks something else by now has to start anew."""
        for question, answer in saved["history"]:
            self._check_question(question)
            self._hear(answer)
        self._check_question(saved["question"])
        if saved["chain"] is not None:
            self._open_chain().resume(saved["chain"])

    def _check_question(self, saved: str) -> None:
        if repr(self._question) != saved:
            raise CheckpointError(
                "this checkpoint is of a program that went another way"
            )

    def _open_chain(self) -> Computation:
        assert self._question is not None
        if self._modulus is None:
            self._modulus = self._make_modulus()
        self._chain = self._question.chain(self._modulus)
        return self._chain

    def _hear(self, answer: Answer | None) -> None:
        """Give the argument an answer (None starts it) and take its next question."""
        self._chain = None
        try:
            if answer is None:
                self._question = next(self._argument)
            else:
                self._history.append((repr(self._question), answer))
                self._question = self._argument.send(answer)
        except StopIteration as stop:
            self._question = None
            self.finished, self.conclusion = True, stop.value

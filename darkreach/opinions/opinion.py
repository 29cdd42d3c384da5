"""One opinion of another program, as evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

VERDICTS = ("composite", "probable prime", "prime", "none")


@dataclass(frozen=True)
class Said:
    """What the output of a program says. A residue is of our types (1: a^(N-1), 2:
    a^((N-1)/2)), or of none, where only that program can compare it."""

    verdict: str
    res64: str | None = None
    residue_type: int | None = None
    base: int | None = None


@dataclass(frozen=True)
class Opinion:
    """command: as it was run, arguments one by one. verdict: of `VERDICTS`, `none`
    with the reason. output: the end of what it printed."""

    program: str
    version: str
    command: list[str]
    expression: str
    verdict: str
    reason: str = ""
    res64: str | None = None
    residue_type: int | None = None
    base: int | None = None
    seconds: float = 0.0
    output: str = ""
    #: Input files that it was given, by name.
    files: dict[str, str] = field(default_factory=dict)

    def described(self) -> dict[str, Any]:
        return dict(self.__dict__)

    def contradicts(self, prime: bool) -> bool:
        """Whether it says the opposite of a claim."""
        if self.verdict == "none":
            return False
        return (self.verdict == "composite") == prime

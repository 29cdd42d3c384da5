"""How an attempt ended."""

from __future__ import annotations

from dataclasses import dataclass

_LONGEST_REASON = 200


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: a status, or the reason why there is none."""

    status: int | None
    reason: str = ""
    #: Seconds for which the receiver wants to be left alone.
    wait: float = 0.0

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    def __str__(self) -> str:
        text = self.reason if self.status is None else f"HTTP {self.status}"
        return text[:_LONGEST_REASON]

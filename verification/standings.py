"""How hosts stand, for those who look: their owners, operators, pages, commands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F

from verification import reliability
from verification.models import Reliability


@dataclass(frozen=True)
class Report:
    """How a host stands, for those who look. level: quarantine, doubted, new, tried or
    trusted."""

    host: str
    level: str
    score: float | None
    streak: int
    reason: str
    since: datetime | None

    @property
    def words(self) -> str:
        if self.level == "quarantine":
            return f"in quarantine, gets no work: {self.reason}"
        if self.score is None:
            return "new: some of its tests are repeated first"
        days = reliability.MEMORY.days
        return (
            f"{self.level}, {self.score:.1%} of its repeated tests of {days} days were "
            f"confirmed, {self.streak} in a row"
        )

    def plain(self) -> dict[str, Any]:
        """For programs."""
        return {
            "host": self.host,
            "level": self.level,
            "score": self.score,
            "streak": self.streak,
            "reason": self.reason,
            "since": self.since and self.since.isoformat(),
        }


def of(host: str, now: datetime) -> Report:
    """How this host stands; a host of which no test was repeated is new."""
    row = Reliability.objects.filter(pk=host).first()
    return _report(row or Reliability(host=host, as_of=now), now)


def every(now: datetime) -> list[Report]:
    """All hosts of which tests were repeated, those in quarantine first."""
    rows = Reliability.objects.order_by(
        F("quarantined_at").desc(nulls_last=True), "host"
    )
    return [_report(row, now) for row in rows]


def _report(row: Reliability, now: datetime) -> Report:
    share = reliability.score(row, now)
    level = "tried"
    if row.quarantined_at is not None:
        level = "quarantine"
    elif share is not None and share < reliability.DOUBTED:
        level = "doubted"
    elif share is None or row.streak < reliability.FIRST:
        level = "new"
    elif row.streak >= reliability.FULL and share > reliability.TRUSTED:
        level = "trusted"
    return Report(row.host, level, share, row.streak, row.reason, row.quarantined_at)

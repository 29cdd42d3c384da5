"""The funnel of one search as bars, each beginning where the one above it ends."""

from __future__ import annotations

from dataclasses import dataclass

from searches.models import SearchFigure

#: Units of the drawing's width, and the least width of a bar that stands for something.
WIDTH = 1000
_LEAST = 4

_NAMES = (
    ("factored", "factored"),
    ("composite", "composite"),
    ("primes", "prime"),
    ("probable", "probable prime"),
    ("disputed", "disputed"),
    ("open", "open"),
)
_ALWAYS = ("factored", "composite", "primes")


@dataclass(frozen=True)
class Bar:
    """One outcome: how many numbers, and its place in the drawing."""

    name: str
    title: str
    count: int
    share: float
    x: int
    width: int


def bars(figure: SearchFigure, hidden: int = 0) -> list[Bar]:
    """All candidates first, then the outcomes; rare ones only where there are any.
    hidden: primes that are not shown yet count as open."""
    counts = {name: getattr(figure, name) for name, _ in _NAMES}
    counts["primes"] -= hidden
    counts["open"] += hidden
    total = sum(counts.values())
    found = [Bar("candidates", "candidates", total, 1.0, 0, WIDTH if total else 0)]
    before = 0
    for name, title in _NAMES:
        count = counts[name]
        if count or name in _ALWAYS:
            found.append(_bar(name, title, count, before, total))
        before += count
    return found


def _bar(name: str, title: str, count: int, before: int, total: int) -> Bar:
    if not count:
        return Bar(name, title, 0, 0.0, 0, 0)
    width = max(_LEAST, round(WIDTH * count / total))
    x = min(round(WIDTH * before / total), WIDTH - width)
    return Bar(name, title, count, count / total, x, width)

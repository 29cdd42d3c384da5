"""Drawings as SVG: what the templates need to know, worked out beforehand.

The drawing stretches with the page while its labels are ordinary text beside it, so
that they can be read on a phone. Each chart says its essence in words and has its
numbers as a file.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: Units of a drawing.
WIDTH, HEIGHT = 1000, 200


@dataclass(frozen=True)
class Column:
    """One bar: place, size, and what it says when pointed at."""

    x: float
    y: float
    width: float
    height: float
    words: str


@dataclass(frozen=True)
class Bars:
    """Bars over an axis of equal steps."""

    columns: list[Column]
    #: Labels of the y axis from the top, of the x axis from the left.
    ticks: list[str]
    labels: list[str]

    width, height = WIDTH, HEIGHT


@dataclass(frozen=True)
class Curves:
    """A band, a line in it, and a line of what was found."""

    band: str
    line: str
    steps: str
    ticks: list[str]
    labels: list[str]

    width, height = WIDTH, HEIGHT


def top(largest: float) -> float:
    """The end of an axis: 1, 2 or 5 times a power of ten, not below the largest."""
    if largest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= largest * (1 - 1e-9))


def short(value: float) -> str:
    """1500000 as 1.5 M, for an axis."""
    for limit, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:.3g} {sign}"
    return f"{value:.3g}"


def bars(values: Sequence[float], words: Sequence[str], labels: Sequence[str]) -> Bars:
    """One bar for each value, with what it says; labels stand at equal distances."""
    end = top(max(values, default=0.0))
    step = WIDTH / max(len(values), 1)
    columns = []
    for place, (value, said) in enumerate(zip(values, words, strict=True)):
        height = round(HEIGHT * value / end, 1)
        x, width = round(place * step + step * 0.1, 1), round(step * 0.8, 1)
        columns.append(Column(x, round(HEIGHT - height, 1), width, height, said))
    return Bars(columns, _ticks(end), list(labels))


def curves(
    x: Sequence[float],
    low: Sequence[float],
    middle: Sequence[float],
    high: Sequence[float],
    found: Sequence[float],
    labels: Sequence[str],
) -> Curves:
    """Lines over x, which grows from 0; labels stand at equal distances."""
    end = top(max([*high, *found], default=0.0))
    width = max(x, default=0.0) or 1.0

    def points(values: Sequence[float]) -> list[str]:
        return [
            f"{WIDTH * place / width:.1f},{HEIGHT * (1 - value / end):.1f}"
            for place, value in zip(x, values, strict=True)
        ]

    outline = [*points(high), *reversed(points(low))]
    return Curves(
        band=" ".join(outline),
        line=" ".join(points(middle)),
        steps=" ".join(points(found)),
        ticks=_ticks(end),
        labels=list(labels),
    )


def _ticks(end: float) -> list[str]:
    return [short(end), short(end / 2), "0"]

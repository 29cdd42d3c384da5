"""The blocks of a search as strips of cells, one strip per stage."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from searches.models import SearchFigure
from searches.strips import ROWS

#: Height of the filled part of a cell that is all done.
HEIGHT = 20
WIDTH = 10
# The state that names a cell of several: what needs somebody's eye comes first.
_LOUDEST = ("quarantined", "leased", "ready", "cancelled", "done")


@dataclass
class Cell:
    """Some consecutive blocks of one stage."""

    first: int
    last: int
    done: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    place: int = 0

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def state(self) -> str:
        return next(state for state in _LOUDEST if state in self.counts)

    @property
    def x(self) -> int:
        return self.place * WIDTH

    @property
    def filled(self) -> float:
        return round(HEIGHT * self.done / self.total, 2)

    @property
    def top(self) -> float:
        return round(HEIGHT - self.filled, 2)

    @property
    def words(self) -> str:
        """What the cell says to those who cannot see it: 'blocks 5 to 9: 4 done'."""
        name = f"block {self.first}"
        if self.total > 1:
            name = f"{self.total} blocks, {self.first} to {self.last}"
        states = ", ".join(
            state if self.total == 1 else f"{self.counts[state]} {state}"
            for state in _LOUDEST
            if state in self.counts
        )
        percent = f", {100 * self.done / self.total:.0f} % done"
        return f"{name}: {states}{percent if self.state == 'leased' else ''}"


@dataclass(frozen=True)
class Strip:
    """The cells of one stage."""

    stage: str
    cells: list[Cell]

    @property
    def width(self) -> int:
        return len(self.cells) * WIDTH

    @property
    def blocks(self) -> int:
        return sum(cell.total for cell in self.cells)


def strips(figure: SearchFigure) -> list[Strip]:
    """The stages that have blocks, each in a few cells."""
    found: dict[str, list[dict[str, Any]]] = figure.data.get("strips", {})
    return [
        Strip(
            name, [Cell(**cell, place=place) for place, cell in enumerate(found[name])]
        )
        for name in ROWS
        if name in found
    ]

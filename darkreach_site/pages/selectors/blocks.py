"""The blocks of a search as strips of cells, one strip per stage."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from searches.models import Search
from searches.states import STAGES

ROWS = (*STAGES, "verify")
#: Cells of one strip; a stage with more blocks puts several into a cell.
CELLS = 40
#: Height of the filled part of a cell that is all done.
HEIGHT = 20
WIDTH = 10

# The block numbers of a stage in CELLS equal parts: by position for sieve blocks, which
# are numbered along their range, by size of the numbers for the others.
_TILES = """
SELECT strip, tile, state, count(*), min(id), max(id), sum(progress)
FROM (
    SELECT strip, id, state, progress,
           ntile(%s) OVER (PARTITION BY strip ORDER BY id) AS tile
    FROM (
        SELECT id, state, progress,
               CASE purpose WHEN 'verify' THEN 'verify' ELSE stage END AS strip
        FROM searches_block
        WHERE search_id = %s
    ) AS named
) AS tiled
GROUP BY strip, tile, state
ORDER BY strip, tile, state
"""
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


def strips(search: Search) -> list[Strip]:
    """The stages that have blocks, each in at most CELLS cells."""
    with connection.cursor() as cursor:
        cursor.execute(_TILES, [CELLS, search.pk])
        rows = cursor.fetchall()
    found: dict[str, dict[int, Cell]] = {}
    for strip, tile, *row in rows:
        _add(found.setdefault(strip, {}), tile, row)
    return [Strip(name, list(found[name].values())) for name in ROWS if name in found]


def _add(cells: dict[int, Cell], tile: int, row: list[Any]) -> None:
    state, count, first, last, progress = row
    cell = cells.setdefault(tile, Cell(first, last, place=tile - 1))
    cell.first, cell.last = min(cell.first, first), max(cell.last, last)
    cell.counts[state] = count
    cell.done += count if state == "done" else progress

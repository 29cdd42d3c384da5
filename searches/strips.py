"""The blocks of a search in a few cells along their range, for drawings."""

from __future__ import annotations

from typing import Any

from django.db import connection

from searches.models import Search
from searches.states import STAGES

ROWS = (*STAGES, "verify")
#: Cells of one strip; a stage with more blocks puts several into a cell.
CELLS = 40

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


def strips(search: Search) -> dict[str, list[dict[str, Any]]]:
    """Per stage that has blocks, in the order of ROWS, its cells: `first` and `last`
    block, `done` (running ones by their progress), and `counts` by state."""
    with connection.cursor() as cursor:
        cursor.execute(_TILES, [CELLS, search.pk])
        rows = cursor.fetchall()
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for strip, tile, *row in rows:
        _add(found.setdefault(strip, {}), tile, row)
    return {name: list(found[name].values()) for name in ROWS if name in found}


def _add(cells: dict[int, dict[str, Any]], tile: int, row: list[Any]) -> None:
    state, count, first, last, progress = row
    cell = cells.setdefault(
        tile, {"first": first, "last": last, "done": 0.0, "counts": {}}
    )
    cell["first"] = min(cell["first"], first)
    cell["last"] = max(cell["last"], last)
    cell["counts"][state] = count
    cell["done"] += count if state == "done" else progress

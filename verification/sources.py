"""Whose word a piece of evidence is."""

from __future__ import annotations

from dataclasses import dataclass

from searches.models import Block


@dataclass(frozen=True)
class Source:
    """The block, the epoch of the lease, and the worker a result came from.

    `late`: the lease had ended; the result is evidence but does not settle.
    """

    block: Block
    epoch: int
    worker_id: str
    host: str
    late: bool = False

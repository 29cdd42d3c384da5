"""The task of any block, verifications included."""

from __future__ import annotations

from typing import Any

from searches import work
from searches.models import Block
from verification import certifying, verdicts


def task_of(block: Block) -> dict[str, Any]:
    """The plain data from which a stage program computes this block."""
    if block.purpose == "verify":
        return verdicts.task_of(block)
    if block.purpose == "certify":
        return certifying.task_of(block)
    return work.task_of(block)

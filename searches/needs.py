"""What the blocks of a search need of a worker's memory."""

from __future__ import annotations

from searches.models import Search

#: MB that a process has before it does anything, kernels included.
_BASE = 300
#: Bytes at work for each bit of a number: the transforms of a test and its checks, with
#: the tables; P-1 holds several hundred residues in its second stage.
_PER_BIT = {"prp": 40, "prove": 80, "pm1": 400}
#: Bytes for each position of a sieve block, which has a million at most.
_PER_POSITION, _POSITIONS = 64, 1_000_000


def memory(search: Search, stage: str) -> int:
    """MB that a block of this stage may take at most, by a generous rule."""
    if stage == "sieve":
        return _BASE + _PER_POSITION * min(search.size, _POSITIONS) // 2**20
    return _BASE + _PER_BIT[stage] * search.max_bits // 8 // 2**20

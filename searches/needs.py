"""What the blocks of a search need of a worker: the form it knows, and memory."""

from __future__ import annotations

from functools import lru_cache

from darkreach import forms
from darkreach.forms.shapes import READERS, shape
from searches.models import Search

#: MB that a process has before it does anything, kernels included.
_BASE = 300
#: Bytes at work for each bit of a number: the transforms of a test and its checks, with
#: the tables; P-1 holds several hundred residues in its second stage.
_PER_BIT = {"prp": 40, "prove": 80, "pm1": 400}
#: Bytes for each position of a sieve block, which has a million at most.
_PER_POSITION, _POSITIONS = 64, 1_000_000


def form_of(search: Search) -> str:
    """The named form of a search, else `kbn` or `formula`."""
    return _form(
        str(search.spec["expression"]), str(search.spec.get("form", "formula"))
    )


@lru_cache(maxsize=256)
def _form(expression: str, family: str) -> str:
    from darkreach.expression import parse

    found = shape(forms.family(parse(expression)[0]))
    return found.name if found is not None else family


def forms_known() -> list[str]:
    """Every name that `form_of` can give."""
    named = {reader.__self__.name for reader in READERS}  # type: ignore[attr-defined]
    return sorted(named | {"kbn", "formula"})


def memory(search: Search, stage: str) -> int:
    """MB that a block of this stage may take at most, by a generous rule."""
    if stage == "sieve":
        return _BASE + _PER_POSITION * min(search.size, _POSITIONS) // 2**20
    return _BASE + _PER_BIT[stage] * search.max_bits // 8 // 2**20

"""Opinions of other programs, kept as evidence."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from darkreach import forms
from darkreach.opinions import opinions
from darkreach.opinions.opinion import Opinion
from searches.clock import ledger_now
from verification.models import OtherOpinion


def ask(
    expression: str,
    names: Iterable[str] | None = None,
    base: int | None = None,
    seconds: float = 3600.0,
    silent: bool = False,
) -> list[Opinion]:
    """Ask the programs of this host and keep what they say; a program without an
    opinion leaves nothing, unless `silent` ones are kept too, with the reason."""
    number = forms.number(expression)
    found = opinions(number, names, base, seconds)
    now = ledger_now()
    OtherOpinion.objects.bulk_create(
        OtherOpinion(
            key=number.key,
            expression=number.expression,
            program=opinion.program,
            version=opinion.version[:100],
            verdict=opinion.verdict,
            data=opinion.described(),
            host=socket.gethostname()[:200],
            created_at=now,
        )
        for opinion in found
        if silent or opinion.verdict != "none"
    )
    return found

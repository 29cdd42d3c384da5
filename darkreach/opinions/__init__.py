"""What other programs say about a number: an opinion of each, with its exact command
line. None of them shares code with this library.
"""

from __future__ import annotations

from collections.abc import Iterable

from darkreach.arithmetic import Number
from darkreach.opinions import llr, mprime, pari, pfgw, prst
from darkreach.opinions.opinion import Opinion
from darkreach.opinions.running import DEFAULT_SECONDS, Program, ask, find

#: In the order in which they are asked.
PROGRAMS: dict[str, Program] = {
    each.name: each
    for each in (pari.PARI, pfgw.PFGW, prst.PRST, llr.LLR, mprime.MPRIME)
}


def installed() -> list[str]:
    """The programs that are installed."""
    return [name for name, program in PROGRAMS.items() if find(program)]


def opinions(
    number: Number,
    names: Iterable[str] | None = None,
    base: int | None = None,
    seconds: float = DEFAULT_SECONDS,
) -> list[Opinion]:
    """What the programs say (all that are installed, by default), one after the other.

    base: of the test, where a program lets us choose; by default the least prime after
    3 that says something about the form, so that it is another one than ours.
    """
    chosen = installed() if names is None else names
    return [ask(PROGRAMS[name], number, base, seconds) for name in chosen]

"""How a hunt looks while it runs, on stderr: bars on a terminal, else plain lines."""

from __future__ import annotations

import sys
import time
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from darkreach_site.supervisor import say

#: Per stage: blocks in all, blocks done with fractions, seconds computed.
Stages = dict[str, dict[str, float]]
Funnel = dict[str, int]

#: Seconds between two plain lines.
LINE_EVERY = 5.0


class Display(Protocol):
    """Where a hunt shows itself."""

    def __enter__(self) -> Display: ...
    def __exit__(self, *_: object) -> None: ...
    def tell(self, line: str) -> None: ...
    def show(self, stages: Stages, funnel: Funnel) -> None: ...


def display() -> Display:
    """Bars if a person watches, else lines."""
    return Bars() if sys.stderr.isatty() else Lines()


def summary(funnel: Funnel) -> str:
    """The funnel in one line."""
    parts = [
        f"{funnel[name]:,} {name}"
        for name in ("factored", "composite", "primes", "probable", "disputed", "open")
        if funnel[name] or name in ("factored", "composite", "primes")
    ]
    return f"{funnel['candidates']:,} candidates: {', '.join(parts)}"


class Bars:
    """A bar per stage and the funnel below them."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<7}"),
            BarColumn(bar_width=40),
            TextColumn("{task.fields[share]:>6}"),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            refresh_per_second=4,
        )
        self._bars: dict[str, TaskID] = {}

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def tell(self, line: str) -> None:
        self._progress.console.print(line, markup=False, highlight=False)

    def show(self, stages: Stages, funnel: Funnel) -> None:
        for name, stage in stages.items():
            if stage["total"]:
                share = f"{stage['done'] / stage['total']:.1%}"
                note = f"{int(stage['total'])} blocks, {stage['seconds']:.1f} s"
                self._bar(name, stage["total"], stage["done"], share, note)
        settled = funnel["candidates"] - funnel["open"]
        share = f"{settled / max(1, funnel['candidates']):.1%}"
        self._bar("settled", funnel["candidates"], settled, share, summary(funnel))

    def _bar(self, name: str, total: float, done: float, share: str, note: str) -> None:
        if name not in self._bars:
            self._bars[name] = self._progress.add_task(name, share=share, note=note)
        self._progress.update(
            self._bars[name], total=total, completed=done, share=share, note=note
        )


class Lines:
    """A line when something changed, not more often than a reader of a log wants."""

    def __init__(self) -> None:
        self._last = ""
        self._due = 0.0

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def tell(self, line: str) -> None:
        say(line)

    def show(self, stages: Stages, funnel: Funnel) -> None:
        running = ", ".join(
            f"{name} {stage['done']:.1f}/{int(stage['total'])}"
            for name, stage in stages.items()
            if stage["total"] and stage["done"] < stage["total"]
        )
        line = summary(funnel) + (f" | {running}" if running else "")
        if line != self._last and time.monotonic() >= self._due:
            self._last = line
            self._due = time.monotonic() + LINE_EVERY
            say(line)

"""What the commands share: running a stage program to its end, and printing."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from darkreach import stages
from darkreach.commands.numbers import whole_number


def finish(task: dict[str, Any]) -> dict[str, Any]:
    """The result of a task, with a progress bar on stderr when that is a terminal."""
    program = stages.program(task["stage"])
    run = program.start(task)
    with Progress(
        TextColumn("{task.fields[current]}"),
        BarColumn(),
        TextColumn("{task.percentage:>5.1f} %"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as progress:
        bar = progress.add_task(task["stage"], total=1.0, current=shorten(run.current))
        done = 0.0
        while done < 1.0:
            done = program.step(run)
            progress.update(bar, completed=done, current=shorten(run.current))
    return program.result(run)


def add_threads(parser: Any, default: int | None = None) -> None:
    """The option; without a default as many as there are idle cores."""
    parser.add_argument(
        "--threads",
        type=whole_number,
        metavar="N",
        default=default,
        help="threads for one large number, where they pay "
        f"(default: {default or 'idle cores'})",
    )


def shorten(expression: str, length: int = 40) -> str:
    """An expression that fits on a line."""
    if len(expression) <= length:
        return expression
    return f"{expression[: length - 13]}...{expression[-10:]}"


def show(
    answer: dict[str, Any] | list[dict[str, Any]], as_json: bool, text: str
) -> None:
    """The answer on stdout: JSON, or the lines for people."""
    sys.stdout.write((json.dumps(answer) if as_json else text) + "\n")

"""Compute known answers again, by two arithmetics: more than 300, or 2,000 with --full.

Exit status 1 when one of them differs: do not compute for others on this machine then.
"""

from __future__ import annotations

import argparse
import sys

from rich.console import Console
from rich.progress import Progress

from darkreach.commands.running import show

NAME = "selftest"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--full", action="store_true", help="all known answers; takes minutes"
    )


def run(arguments: argparse.Namespace) -> int:
    # It needs a compiler, which other commands can do without.
    from darkreach import selftest

    console = Console(stderr=True)
    hidden = not sys.stderr.isatty()
    with Progress(console=console, transient=True, disable=hidden) as progress:
        bar = progress.add_task("known answers", total=None)
        report = selftest.run(
            lambda done, total: progress.update(bar, completed=done, total=total),
            full=arguments.full,
        )
    total = report.counts.total()
    answer = {
        "vectors": total,
        "groups": dict(report.counts),
        "failed": report.failed,
        "seconds": round(report.seconds, 3),
    }
    groups = ", ".join(f"{count} {group}" for group, count in report.counts.items())
    summary = f"{total - len(report.failed)} of {total} known answers agree"
    lines = [f"FAILED {line}" for line in report.failed]
    lines.append(f"{summary} ({groups}; {report.seconds:.1f} s)")
    show(answer, arguments.json, "\n".join(lines))
    return 1 if report.failed else 0

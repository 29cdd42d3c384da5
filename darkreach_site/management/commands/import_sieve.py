"""manage.py import_sieve: a sieve file becomes a search, a factor file facts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from darkreach.commands.numbers import positive
from darkreach.errors import OrderError
from darkreach.files import factors, sieve_files
from darkreach.files.lines import numbered
from fleet import speeds
from searches import kinds
from searches.factor_files import store
from searches.sieve_files import place_listed


class Command(BaseCommand):
    help = (
        "Order a search of the numbers that an ABC, ABCD or NewPGen file lists, or read"
        " a file of factors (lines 'p | expression'), each of which is verified."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="a file, or - for what comes in")
        parser.add_argument(
            "--factors", action="store_true", help="the file is one of factors"
        )
        parser.add_argument("--priority", type=int, default=5, metavar="0..9")
        parser.add_argument(
            "--depth",
            type=positive,
            metavar="P",
            help="sieve to P (default: while it pays)",
        )
        parser.add_argument(
            "--resume",
            action="store_true",
            help="go on with a paused or cancelled search",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["file"] == "-":
                self._read(sys.stdin, "standard input", options)
                return
            path = Path(options["file"])
            with path.open(encoding="utf-8", errors="replace") as stream:
                self._read(stream, path.name, options)
        except OrderError as error:
            raise CommandError(f"{options['file']}: {error}", returncode=2) from None
        except OSError as error:
            raise CommandError(
                f"{options['file']}: {error.strerror}", returncode=2
            ) from None

    def _read(self, stream: Any, name: str, options: dict[str, Any]) -> None:
        if options["factors"]:
            done = store(factors.read(numbered(stream)), name)
            self.stdout.write(
                f"{done.read} factors verified, {done.new} of them new;"
                f" candidates of {len(done.touched)} searches removed"
            )
            return
        for listed in sieve_files.read(stream):
            placed = place_listed(
                listed,
                name,
                priority=options["priority"],
                sieve_limit=options["depth"],
                speeds=speeds.known(form=kinds.form_of(listed.order)),
                resume=options["resume"],
            )
            search = placed.search
            what = "ordered" if placed.created else f"known, {search.state}"
            self.stdout.write(f"search {search.pk} ({what}): {search.title}")
            if listed.left_out:
                self.stdout.write(
                    f"left out: {listed.left_out} repetitions and numbers below 2"
                )

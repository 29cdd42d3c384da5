"""manage.py import_known: a list of known primes, by which new ones are told apart."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from darkreach.errors import OrderError
from darkreach.files.lines import numbered
from darkreach.files.prime_lists import read_bfile, read_t5k
from verification import listed


class Command(BaseCommand):
    help = (
        "Read a list of known primes: all.txt of t5k.org, or a b-file of the OEIS whose"
        " terms are the variable of --of. A list of the same name is replaced."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="a file, or - for what comes in")
        parser.add_argument(
            "--of",
            metavar="EXPRESSION",
            help="the file is a b-file, its terms are the values of the one variable",
        )
        parser.add_argument(
            "--source", help="name of the list (default: that of the file)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["file"]
        source = (options["source"] or Path(name).name)[:60]
        try:
            if name == "-":
                done = _read(sys.stdin, source, options["of"])
            else:
                with Path(name).open(encoding="utf-8", errors="replace") as stream:
                    done = _read(stream, source, options["of"])
        except OrderError as error:
            raise CommandError(f"{name}: {error}", returncode=2) from None
        except OSError as error:
            raise CommandError(f"{name}: {error.strerror}", returncode=2) from None
        self.stdout.write(f"{done.stored} primes of {source}")
        for line, reason in done.refused:
            self.stderr.write(f"line {line}: {reason}")
        if done.left_out > len(done.refused):
            self.stderr.write(f"{done.left_out} lines in all were left out")


def _read(stream: Iterable[str], source: str, of: str | None) -> listed.Imported:
    lines = numbered(stream)
    if of is None:
        return listed.store_t5k(read_t5k(lines), source)
    return listed.store_bfile(read_bfile(lines), of, source)

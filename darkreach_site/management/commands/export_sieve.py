"""manage.py export_sieve: what a search has left, or its factors, as a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from darkreach.errors import OrderError
from darkreach.files import sieve_files
from searches import factor_files
from searches.models import Search
from searches.sieve_files import reached, survivors
from searches.work import order_of

_FACTORS = "factors"


class Command(BaseCommand):
    help = (
        "Write the numbers of a search that have no known factor, for other programs;"
        " or its factors, as lines 'p | expression'."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("search", type=int, help="the number of the search")
        parser.add_argument(
            "--format", choices=[*sieve_files.WRITERS, _FACTORS], default="abc"
        )
        parser.add_argument(
            "--untested",
            action="store_true",
            help="only the numbers that still wait for their test",
        )
        parser.add_argument(
            "-o", "--output", metavar="FILE", help="default: what goes out"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        search = Search.objects.filter(pk=options["search"]).first()
        if search is None:
            raise CommandError(f"there is no search {options['search']}", returncode=2)
        try:
            with self._out(options["output"]) as out:
                self._write(search, out, options)
        except OrderError as error:
            raise CommandError(str(error), returncode=2) from None
        except OSError as error:
            raise CommandError(
                f"{options['output']}: {error.strerror}", returncode=2
            ) from None

    @contextmanager
    def _out(self, name: str | None) -> Iterator[TextIO]:
        """The file, which appears under its name only when it is whole."""
        if name is None:
            yield self.stdout  # type: ignore[misc]
            return
        part = Path(f"{name}.part")
        try:
            with part.open("w", encoding="ascii") as out:
                yield out
            part.replace(name)
        finally:
            part.unlink(missing_ok=True)

    def _write(self, search: Search, out: TextIO, options: dict[str, Any]) -> None:
        if options["format"] == _FACTORS:
            for line in factor_files.lines(search):
                out.write(line + "\n")
            return
        write = sieve_files.writer(options["format"])
        depth = reached(search)
        write(out, order_of(search), survivors(search, options["untested"]), depth)

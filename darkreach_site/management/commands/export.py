"""manage.py export: what the site knows, in formats that others read."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import Http404

from darkreach.errors import OrderError
from darkreach_site.exports import (
    boinc,
    certificates,
    nightly,
    primes,
    results,
    sequences,
)
from darkreach_site.pages.selectors.primes import by_expression
from searches import factor_files
from searches.clock import ledger_now
from searches.kinds import FORMS
from searches.models import Search

_TEXTS: dict[str, Callable[[], Iterable[str]]] = {
    "primes": primes.table,
    "t5k": primes.t5k_list,
    "results": results.lines,
}
_OF_SEARCH: dict[str, Callable[[Search], Iterable[str]]] = {
    "bfile": sequences.bfile,
    "factors": lambda search: (f"{line}\n" for line in factor_files.lines(search)),
}
_FILES = ("certificates", "boinc")
KINDS = (*_TEXTS, *_OF_SEARCH, "submission", *_FILES, "nightly")


class Command(BaseCommand):
    help = (
        "Write primes (CSV), t5k (all.txt), results (results.json.txt); of a search its"
        " bfile or factors; the submission of a prime; the archive of certificates; the"
        " statistics of boinc; or all of them, as every night."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=KINDS)
        parser.add_argument("of", nargs="?", help="a search's number, or an expression")
        parser.add_argument("-o", "--output", metavar="FILE", help="file or folder")

    def handle(self, *args: Any, **options: Any) -> None:
        kind, of, output = options["kind"], options["of"], options["output"]
        try:
            if kind == "nightly":
                self.stdout.write(str(nightly.make()))
            elif kind in _FILES:
                self._file(kind, output)
            else:
                self._text(self._lines(kind, of), output)
        except (OrderError, Http404) as error:
            raise CommandError(str(error), returncode=2) from None
        except OSError as error:
            raise CommandError(f"{output}: {error.strerror}", returncode=2) from None

    def _lines(self, kind: str, of: str | None) -> Iterable[str]:
        if kind in _TEXTS:
            return _TEXTS[kind]()
        if of is None:
            raise CommandError(f"{kind} of what? name it", returncode=2)
        if kind == "submission":
            return [primes.submission(by_expression(of))]
        search = Search.objects.filter(pk=int(of)).first() if of.isdecimal() else None
        if search is None:
            raise CommandError(f"there is no search {of}", returncode=2)
        return _OF_SEARCH[kind](search)

    def _text(self, lines: Iterable[str], output: str | None) -> None:
        """A file appears under its name only when it is whole."""
        if output is None:
            for line in lines:
                sys.stdout.write(line)
            return
        part = Path(f"{output}.part")
        try:
            with part.open("w", encoding="utf-8", newline="") as out:
                out.writelines(lines)
            part.replace(output)
        finally:
            part.unlink(missing_ok=True)

    def _file(self, kind: str, output: str | None) -> None:
        if output is None:
            raise CommandError(f"{kind} needs -o", returncode=2)
        if kind == "boinc":
            boinc.write(Path(output), ledger_now(), FORMS)
        else:
            count = certificates.write(Path(output))
            self.stdout.write(f"{count} certificates")

"""manage.py hunt: one order from its expression to its proven primes."""

from __future__ import annotations

import argparse
import json
import signal
import string
import sys
from types import FrameType
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from darkreach.commands.numbers import positive
from darkreach.errors import OrderError
from darkreach.forms.shapes import range_names
from darkreach_site import programs
from darkreach_site.answers import table
from darkreach_site.hunting import Failed, Wish, hunt, wish
from darkreach_site.supervisor import CannotStart, say
from searches.states import EVIDENCE_LEVELS

SETTLED, FAILED, BAD_ORDER, INTERRUPTED = 0, 1, 2, 130

#: What is hunted when nothing is said: small, and every kind of number turns up.
BUILT_IN = [
    ("k*2^n+1", {"k": "3,5,7,9", "n": "1:2000"}),
    ("k*2^n-1", {"k": "3,5,7,9", "n": "1:2000"}),
]

DESCRIPTION = """\
Hunt the primes of EXPRESSION, for example:

  manage.py hunt 'k*2^n+1' --k 3,5,7 --n 1:2000

A range is A:B, A:B:STEP or A,B,C, where 1e6 is 1000000; a variable p takes primes
only; expressions joined by commas must be prime together; palindrome --digits A:B
(--base 10) are all palindromes.
Without EXPRESSION a built-in order is hunted. The answer goes to stdout, progress to
stderr. Exit status: 0 all settled (what no proof reaches is listed as probable), 1
failed or unverified, 2 bad order, 130 interrupted.
"""


class OneLineParser(CommandParser):
    """Answers a bad command line with one line and exit status 2."""

    def error(self, message: str) -> NoReturn:
        say(f"hunt: {message}")
        sys.exit(BAD_ORDER)


class Command(BaseCommand):
    """Reads the order first: a bad one starts nothing and changes nothing."""

    help = "Hunt the primes of an expression to completion."
    requires_system_checks: list[str] = []

    def create_parser(
        self, prog_name: str, subcommand: str, **kwargs: Any
    ) -> CommandParser:
        kwargs |= {
            "allow_abbrev": False,
            "description": DESCRIPTION,
            "usage": f"{prog_name} {subcommand} [EXPRESSION] [--VAR RANGE ...] [...]",
        }
        parser = OneLineParser(
            formatter_class=argparse.RawDescriptionHelpFormatter, **kwargs
        )
        self.add_base_options(parser)
        self.add_arguments(parser)
        return parser

    def add_base_options(self, parser: CommandParser) -> None:
        """Django's own options that mean something here."""
        parser.add_argument("--settings", help=argparse.SUPPRESS)
        parser.add_argument("--pythonpath", help=argparse.SUPPRESS)
        parser.add_argument("--traceback", action="store_true", help=argparse.SUPPRESS)
        parser.add_argument("--no-color", action="store_true", help=argparse.SUPPRESS)
        parser.add_argument(
            "--force-color", action="store_true", help=argparse.SUPPRESS
        )
        parser.add_argument(
            "--verbosity", type=int, default=1, choices=range(4), help=argparse.SUPPRESS
        )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("expression", nargs="?", metavar="EXPRESSION")
        for letter in string.ascii_lowercase:
            parser.add_argument(
                f"--{letter}", dest=f"range_{letter}", help=argparse.SUPPRESS
            )
        for name in range_names():
            parser.add_argument(f"--{name}", help=argparse.SUPPRESS)
        parser.add_argument("--json", action="store_true", help="answer as one object")
        parser.add_argument(
            "--workers",
            type=positive,
            default=programs.slots(),
            metavar="N",
            help="blocks computed at a time by workers started here (default: cores)",
        )
        parser.add_argument(
            "--depth",
            type=positive,
            metavar="P",
            help="sieve by the primes up to P (default: as long as it pays)",
        )
        parser.add_argument(
            "--evidence",
            choices=EVIDENCE_LEVELS,
            metavar="LEVEL",
            help="what composites rest on: single, double-checked or proven",
        )
        parser.add_argument(
            "--resume",
            action="store_true",
            help="go on with a paused or cancelled search",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        status = SETTLED
        try:
            wishes = read_wishes(options)
            signal.signal(signal.SIGTERM, interrupt)
            signal.signal(signal.SIGHUP, interrupt)
            answers = hunt(wishes, options["workers"], options["resume"])
            self.stdout.write(in_words(answers, options))
        except OrderError as error:
            say(f"hunt: {error}")
            status = BAD_ORDER
        except (CannotStart, Failed, DatabaseError) as error:
            say(f"hunt: {error}")
            status = FAILED
        except KeyboardInterrupt:
            say("hunt: interrupted; the same command goes on where this one ended")
            status = INTERRUPTED
        if status:
            sys.exit(status)


def interrupt(number: int, frame: FrameType | None) -> None:
    """TERM and a closed terminal end a hunt as Ctrl-C does; a second one is ignored."""
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    raise KeyboardInterrupt


def read_wishes(options: dict[str, Any]) -> list[Wish]:
    """The order of the command line, or the built-in ones; OrderError if it is bad."""
    ranges = {
        letter: options[f"range_{letter}"]
        for letter in string.ascii_lowercase
        if options[f"range_{letter}"] is not None
    }
    ranges |= {
        name: options[name] for name in range_names() if options[name] is not None
    }
    if options["expression"] is not None:
        given = options["depth"], options["evidence"]
        return [wish(options["expression"], ranges, *given)]
    if ranges:
        raise OrderError("ranges were given, but no expression that uses them")
    return [
        wish(expression, dict(given), options["depth"], options["evidence"])
        for expression, given in BUILT_IN
    ]


def in_words(answers: list[dict[str, Any]], options: dict[str, Any]) -> str:
    """The answer as it goes to stdout."""
    if not options["json"]:
        return table(answers)
    return json.dumps(answers if options["expression"] is None else answers[0])

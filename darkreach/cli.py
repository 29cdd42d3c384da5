"""The command `darkreach`: the library at a terminal.

stdout holds only the answer, progress and complaints go to stderr. Exit status: 0 done,
1 the answer is no (not prime, certificate refused, self-test failed), 2 bad input, 130
interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from darkreach import __version__
from darkreach.commands import (
    bench,
    certificate,
    opinion,
    pm1,
    prove,
    selftest,
    sieve,
    test,
    verify,
)
from darkreach.errors import DarkreachError

COMMANDS = (test, sieve, pm1, prove, verify, certificate, opinion, selftest, bench)
BAD_INPUT = 2
INTERRUPTED = 130
LONGEST_MESSAGE = 300
EXAMPLES = """\
examples:
  darkreach test '3*2^2816+1'
  darkreach sieve '3*2^n+1' --n 1:10000 --p 2:1000000
  darkreach pm1 '2^1277-1' --b1 100000 --b2 3000000
  darkreach prove '3*2^2816+1' -o prime.json
  darkreach verify prime.json
  darkreach certificate prime.json --format mpu
  darkreach opinion '3*2^2816+1'
  darkreach bench --only '3*2^100003+1'
"""


class Parser(argparse.ArgumentParser):
    """An argument parser that complains in one line."""

    def error(self, message: str) -> NoReturn:
        if len(message) > LONGEST_MESSAGE:
            message = f"{message[:LONGEST_MESSAGE]}..."
        self.exit(BAD_INPUT, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except DarkreachError as trouble:
        return _complain(str(trouble))
    except BrokenPipeError:
        # The reader went away; keep Python from complaining at its own exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as trouble:
        return _complain(f"{trouble.filename or 'file'}: {trouble.strerror or trouble}")
    except KeyboardInterrupt:
        sys.stderr.write("\ndarkreach: interrupted\n")
        return INTERRUPTED
    return status


def _complain(message: str) -> int:
    sys.stderr.write(f"darkreach: {message}\n")
    return BAD_INPUT


def _parser() -> Parser:
    parser = Parser(
        prog="darkreach",
        description="Sieve, test and prove special-form numbers.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    version = f"darkreach {__version__}"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        first, _, rest = (command.__doc__ or "").partition("\n\n")
        sub = commands.add_parser(
            command.NAME,
            help=" ".join(first.split()),
            description=f"{first}\n{rest}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.add_arguments(sub)
        sub.add_argument("--json", action="store_true", help="print one JSON object")
        sub.set_defaults(run=command.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())

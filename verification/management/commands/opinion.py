"""manage.py opinion EXPR: other programs are asked, and what they say is kept."""

from __future__ import annotations

import argparse
import json
import shlex
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from darkreach.errors import DarkreachError
from darkreach.opinions import PROGRAMS
from verification import opinions


class Command(BaseCommand):
    help = (
        "Ask PARI/GP, PFGW, PRST, LLR, mprime about a number, whichever are installed"
        " here, and keep their opinions as evidence; exit 1 if one says composite."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("expression", help="one number, such as 3*2^2816+1")
        parser.add_argument(
            "--program", action="append", choices=list(PROGRAMS), help="only this one"
        )
        parser.add_argument("--base", type=int, help="of the tests")
        parser.add_argument("--seconds", type=float, default=3600.0, help="for each")
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = opinions.ask(
                options["expression"],
                options["program"],
                options["base"],
                options["seconds"],
            )
        except DarkreachError as trouble:
            raise CommandError(str(trouble)) from trouble
        if options["json"]:
            self.stdout.write(json.dumps([each.described() for each in found]))
        else:
            for each in found:
                said = each.reason or f"{each.verdict} {each.res64 or ''}".rstrip()
                self.stdout.write(f"{each.program} {each.version}: {said}")
                self.stdout.write(f"    {shlex.join(each.command)}")
            if not found:
                self.stdout.write("none of the programs is installed here")
        if any(each.verdict == "composite" for each in found):
            raise SystemExit(1)

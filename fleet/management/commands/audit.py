"""`manage.py audit`: every invariant of the reliability page, over the live ledger."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from fleet import auditing


class Command(BaseCommand):
    help = "Check the invariants I1 to I10 over the ledger; exit 1 if one is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one object")

    def handle(self, *_: Any, **options: Any) -> None:
        broken = auditing.audit()
        if options["json"]:
            self.stdout.write(json.dumps(broken))
        else:
            self._print(broken)
        if any(broken.values()):
            raise SystemExit(1)

    def _print(self, broken: dict[str, list[str]]) -> None:
        for name, lines in broken.items():
            self.stdout.write(f"{name}: {'ok' if not lines else 'BROKEN'}")
            for line in lines[: auditing.KEPT]:
                self.stdout.write(f"    {line}")
            if len(lines) > auditing.KEPT:
                self.stdout.write(f"    and {len(lines) - auditing.KEPT} more")

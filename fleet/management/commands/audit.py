"""`manage.py audit`: every invariant of the reliability page, over the live ledger."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from fleet import audit as leases
from verification import audit as evidence

# Violations of one invariant that are listed; the rest is counted.
_SHOWN = 20


class Command(BaseCommand):
    help = "Check the invariants I1 to I10 over the ledger; exit 1 if one is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one object")

    def handle(self, *_: Any, **options: Any) -> None:
        broken = self._check()
        if options["json"]:
            self.stdout.write(json.dumps(broken))
        else:
            self._print(broken)
        if any(broken.values()):
            raise SystemExit(1)

    @transaction.atomic
    def _check(self) -> dict[str, list[str]]:
        """All questions see the same moment of the ledger."""
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        checks = {**evidence.CHECKS, **leases.CHECKS}
        names = sorted(checks, key=lambda name: int(name[1:].split()[0]))
        return {name: list(checks[name]()) for name in names}

    def _print(self, broken: dict[str, list[str]]) -> None:
        for name, lines in broken.items():
            self.stdout.write(f"{name}: {'ok' if not lines else 'BROKEN'}")
            for line in lines[:_SHOWN]:
                self.stdout.write(f"    {line}")
            if len(lines) > _SHOWN:
                self.stdout.write(f"    and {len(lines) - _SHOWN} more")

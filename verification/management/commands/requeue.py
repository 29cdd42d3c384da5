"""manage.py requeue --kernel K --version V: test again what they touched."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from searches.clock import ledger_now
from verification import withdrawals


class Command(BaseCommand):
    help = "Withdraw what a kernel of a version computed, and have it tested again."

    def create_parser(self, *args: Any, **options: Any) -> Any:
        # Django's own --version would take the word.
        return super().create_parser(*args, conflict_handler="resolve", **options)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--kernel", default="", help="its name, or how it begins: 'fft *'"
        )
        parser.add_argument("--version", default="", help="of the program")
        parser.add_argument("--reason", default="", help="kept with each residue")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be withdrawn"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        kernel, version = options["kernel"], options["version"]
        if not (kernel or version):
            raise CommandError("want --kernel, --version or both")
        rows = withdrawals.touched(kernel, version)
        if options["dry_run"]:
            counts = rows.values_list("version", "kernel").annotate(Count("id"))
            for found, name, count in counts.order_by("version", "kernel"):
                self.stdout.write(f"{count} residues by {name}, version {found}")
            return
        reason = options["reason"] or f"in doubt: {kernel or 'all'} {version}".strip()
        done = withdrawals.withdraw(rows, reason, ledger_now())
        self.stdout.write(
            f"{done.residues} residues withdrawn; {done.candidates} candidates are "
            "weighed again, and tested where nothing is left"
        )

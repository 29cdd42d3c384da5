"""`manage.py backup FILE`: the whole ledger into one file, while everything runs."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from darkreach_site import backups


class Command(BaseCommand):
    help = "Write a backup of the ledger into a new file, while everything runs."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="a new file")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            size = backups.backup(file)
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{file}: {size} bytes")

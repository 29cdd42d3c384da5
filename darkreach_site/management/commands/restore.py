"""`manage.py restore FILE`: a backup into an empty ledger, migrated and audited."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from darkreach_site import backups
from darkreach_site.ledger import ensure_migrated
from darkreach_site.supervisor import CannotStart


class Command(BaseCommand):
    help = "Put a backup into this ledger, which has to be empty, and audit it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            backups.restore(file)
            ensure_migrated()
        except (backups.BackupError, CannotStart) as error:
            raise CommandError(str(error)) from error
        call_command("audit", stdout=self.stdout)

"""manage.py ask_about_records: other programs are asked about potential records."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from darkreach_site.record_opinions import only_one
from verification import records


class Command(BaseCommand):
    help = (
        "Ask the other programs that are installed here about the potential records"
        " that nobody was asked about; the schedule does so by itself."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with only_one() as ours:
            if not ours:
                self.stdout.write("they are being asked already")
                return
            for expression in records.ask_all():
                self.stdout.write(f"asked about {expression}")

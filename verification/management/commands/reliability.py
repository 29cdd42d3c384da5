"""manage.py reliability: who is trusted, who is not and why; --pardon HOST."""

from __future__ import annotations

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from searches.clock import ledger_now
from verification import reliability, standings


class Command(BaseCommand):
    help = "Show what repeated tests say about each host, or lift a quarantine."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--pardon",
            metavar="HOST",
            help="give this host work again; it begins anew, without any trust",
        )
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["pardon"] and not reliability.pardon(options["pardon"]):
            raise CommandError(f"{options['pardon']} is not in quarantine")
        rows = standings.every(ledger_now())
        if options["json"]:
            plain = [row.plain() for row in rows]
            self.stdout.write(json.dumps(plain, ensure_ascii=False))
            return
        for row in rows:
            self.stdout.write(f"{row.host}: {row.words}")
        if not rows:
            self.stdout.write("no test was repeated yet")

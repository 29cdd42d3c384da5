"""`manage.py simulate`: a day of a thousand hosts in a few minutes."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from fleet.simulation import ledger
from fleet.simulation.fleet import Simulation
from fleet.simulation.hosts import Mix, Population
from fleet.simulation.report import Report
from searches.models import Search

#: The share of what the fleet could do in the time that is ordered.
_ORDERED = 0.9
_SCRATCH = "DARKREACH_SIMULATION_SCRATCH"


class Command(BaseCommand):
    help = (
        "Run the scheduling of this program against simulated hosts, faster than time."
        " Works on a ledger of its own, never on yours."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("--workers", type=int, default=1000, help="hosts of one slot each")
        add("--hours", type=float, default=24.0, help="simulated hours, at most")
        add("--seed", type=int, default=1, help="the same seed, the same run")
        add("--target", type=float, default=900.0, help="seconds of a block")
        add("--batch", type=int, default=1, help="blocks per claim")
        add("--blocks", type=int, help="blocks ordered (default: 90 %% of the time)")
        add("--failing", type=float, default=0.05, help="share failing per hour")
        add("--ledger", default="", help="URL of an empty PostgreSQL database to use")
        add("--json", action="store_true", help="print one object")

    def handle(self, *_: Any, **told: Any) -> None:
        _check(told)
        if os.environ.get(_SCRATCH):
            self._simulate(told)
        else:
            _on_scratch(told["ledger"])

    def _simulate(self, told: dict[str, Any]) -> None:
        logging.disable(logging.WARNING)  # nobody rings here, and no bell is there
        call_command("migrate", "--noinput", verbosity=0)
        if Search.objects.exists():
            raise CommandError("the simulation wants an empty ledger")
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA synchronous=OFF")
        report = run(told)
        if told["json"]:
            self.stdout.write(json.dumps(report.figures()))
        else:
            self.stdout.write("\n".join(report.lines()))


def _check(told: dict[str, Any]) -> None:
    for name in ("workers", "hours", "target", "batch"):
        if told[name] <= 0:
            raise CommandError(f"--{name} must be above 0")
    if not 0.0 <= told["failing"] <= 1.0:
        raise CommandError("--failing is a share, 0 to 1")
    if told["ledger"] and not told["ledger"].startswith("postgres"):
        raise CommandError("--ledger wants a URL such as postgresql:///name")


def _on_scratch(url: str) -> None:
    """The same command in a process whose ledger is empty and whose bell is none."""
    with tempfile.TemporaryDirectory(prefix="darkreach-simulation-") as home:
        environment = {**os.environ, "DARKREACH_HOME": home, _SCRATCH: "1"}
        for name in ("DATABASE_URL", "REDIS_URL"):
            environment.pop(name, None)
            environment.pop(name + "_FILE", None)
        if url:
            environment["DATABASE_URL"] = url
        command = [sys.executable, *sys.argv]
        raise SystemExit(
            subprocess.run(command, env=environment, check=False).returncode
        )


def run(told: dict[str, Any]) -> Report:
    """One simulation on the connected ledger, which is empty."""
    mix = Mix(failing=told["failing"])
    population = Population(told["workers"], mix, told["seed"])
    speeds = sum(host.speed for host in population.hosts)
    ordered = _ORDERED * speeds * 3600 * told["hours"] / told["target"]
    report = Report(
        told["workers"], told["hours"], told["seed"], ledger=connection.vendor
    )
    report.blocks = told["blocks"] or max(1, round(ordered))
    ledger.place_blocks(report.blocks, told["target"])
    Simulation(population, report, told["target"], told["batch"]).run(told["hours"])
    return report

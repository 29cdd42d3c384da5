"""manage.py up: the platform on this machine, until Ctrl-C."""

from __future__ import annotations

import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from darkreach_site import programs
from darkreach_site.bells import bell_address, ensure_bell
from darkreach_site.environment import env_int
from darkreach_site.ledger import ensure_migrated, ensure_operator
from darkreach_site.supervisor import (
    CannotStart,
    StopFlag,
    Supervisor,
    only_one,
    require_free_port,
    say,
)

#: Seconds to wait for the site's first answer before the addresses are printed anyway.
LONGEST_START = 30.0


class Command(BaseCommand):
    """Starts bell, site, scheduler and workers, and keeps each of them running."""

    help = "Run the platform on this machine until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port",
            type=int,
            default=env_int("DARKREACH_PORT", 8000, least=1, most=65535),
            help="port of the site on 127.0.0.1 (default 8000)",
        )
        parser.add_argument(
            "--workers",
            type=int,
            default=programs.slots(),
            help="blocks computed at a time, 0 for none (default: one per core)",
        )
        parser.add_argument("--no-web", action="store_true", help="without the site")

    def handle(
        self, *args: Any, port: int, workers: int, no_web: bool, **options: Any
    ) -> None:
        running = (
            f"the platform in {settings.HOME} runs already (process {{pid}}); stop "
            "that one first, or set DARKREACH_HOME to another folder"
        )
        try:
            with StopFlag() as stop, only_one(settings.HOME / "up.lock", running):
                if not no_web:
                    require_free_port(programs.LOOPBACK, port)
                run_platform(stop, None if no_web else port, max(0, workers))
        except CannotStart as error:
            say(f"darkreach: {error}")
            sys.exit(1)


def run_platform(stop: StopFlag, port: int | None, workers: int) -> None:
    """Everything from the bell to the last child; returns after a clean stop."""
    bell = ensure_bell()
    supervisor = Supervisor(settings.HOME / "logs", bell)
    try:
        ensure_migrated()
        operator = ensure_operator()
        connections.close_all()
        start_children(supervisor, port, workers)
        if port is not None:
            wait_for_site(supervisor, stop, port)
        if not stop.asked():
            introduce(port, operator)
        supervisor.run(until=stop.asked)
        say("Stopping; blocks in progress keep their checkpoints ...")
    finally:
        supervisor.stop(hurry=stop.asked_twice)


def start_children(supervisor: Supervisor, port: int | None, workers: int) -> None:
    """The children of `up`, each in its own process group."""
    told = programs.environment()
    if port is not None:
        supervisor.add("web", programs.web(port), environment=told)
    supervisor.add("beat", programs.beat(), environment=told)
    supervisor.add("coordinator", programs.coordinator(), environment=told)
    if workers:
        supervisor.add("worker", programs.fleet(workers), environment=told)


def wait_for_site(supervisor: Supervisor, stop: StopFlag, port: int) -> None:
    """Until the site says that it is ready, or it is plain that it takes too long."""
    url = f"http://{programs.LOOPBACK}:{port}/health/ready"
    deadline = time.monotonic() + LONGEST_START

    def answered() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=3) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return time.monotonic() > deadline

    supervisor.run(until=lambda: stop.asked() or answered())


def introduce(port: int | None, operator: tuple[str, str] | None) -> None:
    """The addresses, and the first operator's password, which is shown only here."""
    if port is not None:
        site = f"http://{programs.LOOPBACK}:{port}/"
        say(f"Site     {site}")
        say(f"Admin    {site}admin/")
    if operator:
        name, password = operator
        say(f"Operator {name}, password {password} (shown only now)")
    say(f"Bell     {bell_address()}")
    say(f"Logs     {settings.HOME / 'logs'}")
    say("Ctrl-C stops everything.")

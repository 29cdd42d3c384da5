"""`manage.py enroll-host NAME`: credentials for one trusted host, until revoked."""

from __future__ import annotations

import socket
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from fleet import enrolment


class Command(BaseCommand):
    help = "Give a trusted host a database role and a bell user of its own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", help="small letters, digits, hyphens")
        parser.add_argument(
            "--queues",
            default=",".join(settings.STAGES),
            help="what it serves, joined by commas (default: all stages)",
        )
        parser.add_argument("--revoke", action="store_true", help="take them away")
        parser.add_argument(
            "--refresh",
            action="store_true",
            help="grant the rights of all hosts anew, as after a migration",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        name = options["name"]
        if options["refresh"] == bool(name):
            raise CommandError("want the name of a host, or --refresh without one")
        try:
            if options["refresh"]:
                enrolment.refresh()
                self.stdout.write("the rights of all hosts are granted")
            elif options["revoke"]:
                enrolment.revoke(name)
                self.stdout.write(
                    f"{name} is revoked; its leases run out within a minute"
                )
            else:
                self._enrol(name, options["queues"])
        except enrolment.EnrolmentError as error:
            raise CommandError(str(error)) from error

    def _enrol(self, name: str, listed: str) -> None:
        queues = [queue.strip() for queue in listed.split(",") if queue.strip()]
        by = f"manage.py on {socket.gethostname()}"
        given = enrolment.enrol(name, queues, by)
        self.stdout.write(f"# The environment of {name}; shown only now.")
        self.stdout.write(f"export DATABASE_URL='{given.database}'")
        self.stdout.write(f"export REDIS_URL='{given.bell}'")
        self.stdout.write(f"celery -A darkreach_site worker -Q {','.join(queues)}\n")
        if given.fleeting:
            self.stderr.write(
                "The bell has no ACL file (aclfile): it forgets this user at its next "
                "restart; enroll the host anew then."
            )
        self.stderr.write(enrolment.STILL_POSSIBLE)

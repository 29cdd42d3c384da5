"""manage.py flower: queues and workers in a browser, never without a password."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from darkreach_site import exposure, programs
from darkreach_site.bells import bell_address, bell_answers
from darkreach_site.environment import env_secret, generated_secret
from darkreach_site.supervisor import CannotStart, require_free_port, say

USER = "operator"


class Command(BaseCommand):
    """Becomes Flower. Its password comes from DARKREACH_FLOWER_PASSWORD (or _FILE)."""

    help = "Watch queues and workers in a browser (loopback, password required)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=5555)
        parser.add_argument(
            "--address",
            default=programs.LOOPBACK,
            help="for containers only: /metrics and /healthcheck answer to anybody",
        )

    def handle(self, *args: Any, address: str, port: int, **options: Any) -> None:
        try:
            if not (exposure.is_loopback(address) or exposure.may_be_reached()):
                raise CannotStart(
                    f"strangers could reach Flower on {address}, and some of its pages "
                    "ask for no password: leave it on loopback, or set "
                    "DARKREACH_BEHIND_PROXY=1 or DARKREACH_PRIVATE_NETWORK=1"
                )
            require_free_port(address, port)
            if not bell_answers():
                raise CannotStart(f"the bell at {bell_address()} does not answer")
        except CannotStart as error:
            say(f"darkreach: {error}")
            sys.exit(1)
        password = env_secret("DARKREACH_FLOWER_PASSWORD")
        where = "of DARKREACH_FLOWER_PASSWORD"
        if not password:
            file = settings.HOME / "flower_password"
            password, where = generated_secret(file), f"in {file}"
        say(f"Flower on http://{address}:{port}/, user {USER}, the password {where}")
        # By the environment: a command line can be read by every user of the machine.
        os.environ["FLOWER_BASIC_AUTH"] = f"{USER}:{password}"
        os.environ.update(programs.environment())
        command = programs.flower(address, port)
        os.execv(command[0], command)

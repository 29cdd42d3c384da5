"""manage.py mcp: the site for AI agents, by the Model Context Protocol."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from darkreach_site.programs import LOOPBACK

_LAST_PORT = 65_535


class Command(BaseCommand):
    help = "Serve AI agents: by stdin and stdout, or with --http at an address."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--http", metavar="[HOST:]PORT", help="serve http://HOST:PORT/mcp"
        )
        parser.add_argument(
            "--new-token", metavar="NAME", help="make a token for an agent that orders"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["new_token"]:
            self._issue(options["new_token"])
        elif options["http"]:
            _serve(*_place(options["http"]))
        else:
            from darkreach_site.agents.server import make

            make().run("stdio")

    def _issue(self, name: str) -> None:
        from darkreach_site.agents import tokens
        from darkreach_site.agents.models import Agent

        if len(name) > Agent._meta.get_field("name").max_length:
            raise CommandError("the name is too long")
        self.stderr.write(f"The token of {name}, shown only now:")
        self.stdout.write(tokens.issue(name))


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdecimal() and 0 < int(port) <= _LAST_PORT):
        raise CommandError(f"{text!r}: want a port, or a host and a port")
    return host.strip("[]") or LOOPBACK, int(port)


def _serve(host: str, port: int) -> None:
    import uvicorn

    from darkreach_site.agents.http import application

    uvicorn.run(application(), host=host, port=port, log_level="warning")

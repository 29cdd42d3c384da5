"""The server: its tools, and how a token comes with a request."""

from __future__ import annotations

import os
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError

import darkreach
from darkreach_site.agents import ordering, reading, tokens
from darkreach_site.agents.questions import Asker

#: Where an agent that starts the server itself shows its token.
VARIABLE = "DARKREACH_MCP_TOKEN"
INSTRUCTIONS = """\
A platform that hunts primes of special forms. A search is an order: an expression with
ranges; its numbers are candidates until a factor, a test or a certificate settles them.
Numbers are written like 3*2^189+1. Lists come in parts: pass `next` as `cursor` (of
events: as `after`). plan, estimate, start and pause want a token.
"""


def make() -> MCPServer[Any]:
    """The server with all its tools."""
    server: MCPServer[Any] = MCPServer(
        "darkreach",
        version=darkreach.__version__,
        instructions=INSTRUCTIONS,
        log_level="WARNING",
    )
    asker = Asker(server)
    reading.add_to(asker)
    ordering.add_to(asker, holder)
    return server


def holder(context: Context[Any]) -> str:
    """The agent whose token the request shows; ToolError when there is none."""
    request = context.request_context.request
    if request is None:
        shown = os.environ.get(VARIABLE, "")
    else:
        kind, _, shown = request.headers.get("Authorization", "").partition(" ")
        shown = shown.strip() if kind.lower() == "bearer" else ""
    if not shown:
        raise ToolError("this wants a token (manage.py mcp --new-token NAME)")
    name = tokens.holder(shown)
    if name is None:
        raise ToolError("this token is not good")
    return name

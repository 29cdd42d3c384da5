"""How a tool is asked: in a thread, with its session closed and its refusals told."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.http import Http404
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from ninja.errors import HttpError
from pydantic import ValidationError

from darkreach.errors import DarkreachError
from darkreach_site.outage import culprit

_LONGEST_REASON = 1000


class Asker:
    """Offers functions as tools of a server."""

    def __init__(self, server: MCPServer[Any]) -> None:
        self._server = server

    def offer(self, tool: Callable[..., Any], orders: bool = False) -> None:
        """Let agents call it; one that orders changes what is hunted."""
        self._server.add_tool(
            _asked(tool),
            annotations=ToolAnnotations(
                read_only_hint=not orders,
                destructive_hint=False,
                idempotent_hint=True,
                open_world_hint=False,
            ),
        )


def shaped(
    tool: Callable[..., Any],
    like: Callable[..., Any],
    parameters: Iterable[inspect.Parameter],
    answer: Any,
) -> Callable[..., Any]:
    """A tool that says of itself: named as another one, with these parameters."""
    named = [each.replace(kind=each.KEYWORD_ONLY) for each in parameters]
    tool.__name__, tool.__doc__ = like.__name__, like.__doc__
    tool.__annotations__ = {each.name: each.annotation for each in named}
    tool.__annotations__["return"] = answer
    tool.__signature__ = inspect.Signature(named, return_annotation=answer)  # type: ignore[attr-defined]
    return tool


def _asked(tool: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(tool)
    def ask(*args: Any, **kwargs: Any) -> Any:
        try:
            return tool(*args, **kwargs)
        except Http404 as error:
            raise _refusal(error, "there is no such thing") from error
        except (HttpError, DarkreachError, ValueError) as error:
            raise _refusal(error) from error
        except (OperationalError, InterfaceError) as error:
            reason = f"the {culprit(error)} does not answer at the moment"
            raise ToolError(reason) from error
        finally:
            connection.close()

    return ask


def _refusal(error: Exception, otherwise: str = "refused") -> ToolError:
    if isinstance(error, ValidationError):
        wrong = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        return ToolError("; ".join(wrong)[:_LONGEST_REASON])
    return ToolError(str(error)[:_LONGEST_REASON] or otherwise)

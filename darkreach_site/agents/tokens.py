"""Tokens of agents: made once, shown once, compared by their hash."""

from __future__ import annotations

import hashlib
import secrets

from darkreach_site.agents.models import Agent

_MARK = "dra_"
_SHOWN = 8
_LONGEST = 200


def issue(name: str) -> str:
    """A new token for that name; the one it had before is worth nothing any more."""
    token = _MARK + secrets.token_urlsafe(32)
    Agent.objects.update_or_create(
        name=name,
        defaults={
            "digest": _digest(token),
            "prefix": token[: len(_MARK) + _SHOWN],
            "active": True,
        },
    )
    return token


def holder(token: str) -> str | None:
    """The name of the active agent whose token this is."""
    if not token.startswith(_MARK) or len(token) > _LONGEST:
        return None
    found = Agent.objects.filter(digest=_digest(token), active=True)
    return found.values_list("name", flat=True).first()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()

"""Which bell this installation uses, and whether it answers."""

from __future__ import annotations

from urllib.parse import urlsplit

import redis
from django.conf import settings

from darkreach_site.embedded_bell import BellError, EmbeddedBell
from darkreach_site.supervisor import CannotStart


def bell_address() -> str:
    """The bell's address without its password, for messages."""
    parts = urlsplit(settings.BELL_URL)
    if parts.scheme == "unix":
        return f"unix://{parts.path}"
    return f"{parts.scheme}://{parts.hostname or ''}:{parts.port or 6379}"


def bell_answers() -> bool:
    """Does the bell answer within a second?"""
    client = redis.Redis.from_url(settings.BELL_URL, **settings.BELL_OPTIONS)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def ensure_bell() -> EmbeddedBell | None:
    """A bell that answers: ours (returned, to be stopped) or the one of REDIS_URL."""
    if settings.BELL_IS_EMBEDDED:
        bell = EmbeddedBell(settings.HOME, settings.BELL_SOCKET)
        try:
            bell.ensure()
        except (BellError, OSError) as error:
            raise CannotStart(f"the bell: {error}") from error
        return bell
    if not bell_answers():
        raise CannotStart(f"the bell at {bell_address()} (REDIS_URL) does not answer")
    return None

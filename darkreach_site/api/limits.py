"""How often one address may ask: a count per minute in the bell.

While the bell is away each process counts by itself, and asks the bell again after a
moment: nobody waits for it at every request.
"""

from __future__ import annotations

import ipaddress
import time
from dataclasses import dataclass
from threading import Lock
from typing import Any

import redis
from django.conf import settings
from django.http import HttpRequest

from fleet import bell

#: Seconds of one count.
WINDOW = 60
#: Seconds for which an absent bell is not asked.
_PATIENCE = 5.0
#: Addresses that one process counts.
_MOST = 10_000
_RATE = "darkreach:rate:"


@dataclass(frozen=True)
class Allowance:
    """What is left to an address."""

    limit: int
    left: int
    seconds: int

    @property
    def spent(self) -> bool:
        return self.left < 0

    def headers(self) -> dict[str, str]:
        told = {
            "RateLimit-Limit": f"{self.limit}, {self.limit};w={WINDOW}",
            "RateLimit-Remaining": str(max(0, self.left)),
            "RateLimit-Reset": str(self.seconds),
        }
        return told | ({"Retry-After": str(self.seconds)} if self.spent else {})


def address(request: HttpRequest) -> str:
    """Who asks."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR")
    return address_of(request.META.get("REMOTE_ADDR", ""), forwarded)


def address_of(text: str, forwarded: str | None) -> str:
    """Who is counted: all of an IPv6 site (/64) as one.

    forwarded: what a proxy says, which counts only if there is one.
    """
    if settings.BEHIND_PROXY and forwarded is not None:
        # The proxy adds the address that it saw; what stands before is hearsay.
        text = forwarded.rpartition(",")[2]
    try:
        found = ipaddress.ip_address(text.strip())
    except ValueError:
        return "unknown"
    if found.version == 6:
        return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
    return str(found)


def take(who: str, limit: int, now: float | None = None) -> Allowance:
    """Count one request."""
    now = time.time() if now is None else now
    window = int(now // WINDOW)
    name = f"{who}:{window}"
    count = _counter.count(name, window)
    return Allowance(limit, limit - count, WINDOW - int(now % WINDOW))


class _Counter:
    def __init__(self) -> None:
        self._silent_until = 0.0
        self._window = 0
        self._own: dict[str, int] = {}
        self._lock = Lock()

    def count(self, name: str, window: int) -> int:
        if time.monotonic() >= self._silent_until:
            try:
                return self._in_the_bell(name)
            except redis.RedisError:
                self._silent_until = time.monotonic() + _PATIENCE
        return self._by_ourselves(name, window)

    def _in_the_bell(self, name: str) -> int:
        pipe: Any = bell.client().pipeline(transaction=False)
        pipe.incr(_RATE + name)
        pipe.expire(_RATE + name, 2 * WINDOW)
        return int(pipe.execute()[0])

    def _by_ourselves(self, name: str, window: int) -> int:
        with self._lock:
            if window != self._window or len(self._own) > _MOST:
                self._window, self._own = window, {}
            self._own[name] = self._own.get(name, 0) + 1
            return self._own[name]


_counter = _Counter()

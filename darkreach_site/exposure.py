"""`manage.py check --deploy`: is the bell, the ledger or Flower open to strangers?

Loopback, Unix sockets, and a network that an operator declares to be private
(DARKREACH_PRIVATE_NETWORK: the one of compose.yaml) are excepted from TLS; whoever
answers without a password is named wherever it can be reached.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.core import checks

from darkreach_site.bells import bell_address
from darkreach_site.environment import env_secret

_EVERYWHERE = {"*", "0.0.0.0", "::", "-::*"}
_SAFE_SSL = {"require", "verify-ca", "verify-full"}
_SHORTEST_PASSWORD = 12


def register() -> None:
    """Make the checks known to `manage.py check --deploy`."""
    for check in (bell, ledger, flower, hosts):
        checks.register(check, checks.Tags.security, deploy=True)


def is_loopback(host: str) -> bool:
    """Every address of this name is on this machine; an unknown name is not."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    addresses = {entry[4][0] for entry in found}
    return all(ipaddress.ip_address(str(one)).is_loopback for one in addresses)


def bell(app_configs: Any = None, **_: Any) -> list[checks.CheckMessage]:
    """The bell needs a password and TLS where other machines reach it (W8)."""
    parts = urlsplit(settings.BELL_URL)
    if parts.scheme == "unix":
        return []
    return list(_bell(parts))


def _bell(parts: Any) -> Iterator[checks.CheckMessage]:
    where = bell_address()
    outside = not is_loopback(parts.hostname or "")
    if outside and not parts.password:
        yield checks.Error(
            f"the bell at {where} is used without a password",
            hint="requirepass or ACL users there, and redis://user:password@ here",
            id="darkreach.E001",
        )
    if outside and parts.scheme != "rediss" and not settings.PRIVATE_NETWORK:
        yield checks.Error(
            f"the bell at {where} is used without TLS",
            hint="rediss://, or DARKREACH_PRIVATE_NETWORK=1 if nobody else is there",
            id="darkreach.E002",
        )
    if (outside or _listens_everywhere()) and answers_strangers(parts):
        yield checks.Error(
            f"the bell at {where} answers whoever asks, without a password",
            hint="requirepass, or `user default off`; and bind it to loopback",
            id="darkreach.E003",
        )


def answers_strangers(parts: Any) -> bool:
    """Does it talk to somebody who shows no password?"""
    client = redis.Redis(
        host=parts.hostname or "localhost",
        port=parts.port or 6379,
        ssl=parts.scheme == "rediss",
        **settings.BELL_OPTIONS,
    )
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def _listens_everywhere() -> bool:
    """As far as the bell tells; one that hides its configuration is not suspected."""
    client = redis.Redis.from_url(settings.BELL_URL, **settings.BELL_OPTIONS)
    try:
        told: Any = client.config_get("bind", "protected-mode")
    except redis.RedisError:
        return False
    finally:
        client.close()
    bound = set(str(told.get("bind", "")).split())
    guarded = told.get("protected-mode") == "yes"
    return not guarded and (not bound or bool(bound & _EVERYWHERE))


def ledger(app_configs: Any = None, **_: Any) -> list[checks.CheckMessage]:
    """PostgreSQL on another machine wants TLS."""
    parts = settings.DATABASES["default"]
    host = str(parts.get("HOST") or "")
    if settings.LEDGER_IS_SQLITE or host in ("", "localhost") or host.startswith("/"):
        return []
    if is_loopback(host) or settings.PRIVATE_NETWORK:
        return []
    if parts["OPTIONS"].get("sslmode") in _SAFE_SSL:
        return []
    return [
        checks.Error(
            f"the ledger at {host} may be used without TLS",
            hint="DATABASE_URL=postgresql://...?sslmode=verify-full, or "
            "DARKREACH_PRIVATE_NETWORK=1 if nobody else is there",
            id="darkreach.E004",
        )
    ]


def flower(app_configs: Any = None, **_: Any) -> list[checks.CheckMessage]:
    """Flower shows and stops tasks: never without a password, never to strangers."""
    found: list[checks.CheckMessage] = []
    if os.environ.get("FLOWER_UNAUTHENTICATED_API", "").lower() not in (
        "",
        "0",
        "false",
    ):
        found.append(
            checks.Error(
                "FLOWER_UNAUTHENTICATED_API lets anybody stop tasks",
                hint="unset it; manage.py flower asks for a password",
                id="darkreach.E005",
            )
        )
    address = os.environ.get("FLOWER_ADDRESS", "")
    if address and not is_loopback(address) and not may_be_reached():
        found.append(
            checks.Error(
                f"Flower would listen on {address}, and its /metrics and /healthcheck "
                "answer without a password",
                hint="leave it on loopback, behind a proxy (DARKREACH_BEHIND_PROXY=1)",
                id="darkreach.E006",
            )
        )
    password = env_secret("DARKREACH_FLOWER_PASSWORD")
    if password and len(password) < _SHORTEST_PASSWORD:
        found.append(
            checks.Error(
                f"the password of Flower is shorter than {_SHORTEST_PASSWORD} signs",
                id="darkreach.E007",
            )
        )
    return found


def may_be_reached() -> bool:
    """Something that an operator named stands between Flower and strangers."""
    return settings.PRIVATE_NETWORK or settings.SECURE_PROXY_SSL_HEADER is not None


def hosts(app_configs: Any = None, **_: Any) -> list[checks.CheckMessage]:
    """Any name in a Host header is believed with `*`."""
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        checks.Error(
            "DARKREACH_ALLOWED_HOSTS=* believes whatever a request says",
            hint="name the hosts under which the site is reached",
            id="darkreach.E008",
        )
    ]

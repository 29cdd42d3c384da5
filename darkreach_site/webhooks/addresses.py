"""Where a webhook may lead: to addresses of the public internet, or to networks that
the operator names.

Otherwise whoever may name a webhook could talk to the machines beside this one. A name
is resolved once, each address is judged, and the connection goes to an address that was
judged: a name that answers differently the next time gains nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import random
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_PORTS = {"http": 80, "https": 443}
_LONGEST_HOST = 253
#: Networks of IPv6 whose addresses hold one of IPv4, and the bits below it.
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
#: Older versions of Python take it for public.
_PROTOCOLS = ipaddress.ip_network("192.0.0.0/24")
_COMPATIBLE = ipaddress.ip_network("::/96")


class Refused(Exception):
    """Nothing is sent to that address."""


@dataclass(frozen=True)
class Place:
    """The parts of an address that a connection needs."""

    scheme: str
    host: str
    port: int
    path: str


def place_of(url: str) -> Place:
    """The parts of a webhook's address; Refused when it is none."""
    if not url.isascii() or any(c.isspace() or not c.isprintable() for c in url):
        raise Refused("an address is of visible ASCII characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("not an address") from None
    if parts.scheme not in _PORTS:
        raise Refused("an address begins with http:// or https://")
    if parts.username is not None or parts.password is not None or "\\" in url:
        raise Refused("an address holds no user and no password")
    if not parts.hostname or len(parts.hostname) > _LONGEST_HOST:
        raise Refused("an address names a host")
    path = parts.path or "/"
    query = f"?{parts.query}" if parts.query else ""
    number = _PORTS[parts.scheme] if port is None else port
    return Place(parts.scheme, parts.hostname, number, path + query)


def check_url(url: str) -> None:
    """Is this an address, and does it not say itself that it is a private one? Names
    are resolved when something is sent."""
    try:
        place = place_of(url)
        literal = _literal(place.host)
        if literal is not None:
            choose([literal])
    except Refused as error:
        raise ValidationError(str(error)) from None


def _literal(host: str) -> Address | None:
    """The address that a host's name is, in any spelling that resolvers take:
    2130706433, 0177.0.0.1 and 0x7f.1 are 127.0.0.1."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.ip_address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


async def resolve(place: Place) -> Address:
    """An address of that place to which things may be sent. OSError: none is known."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    return choose(
        ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found
    )


def choose(addresses: Iterable[Address]) -> Address:
    """One of those that are allowed, by chance; Refused when none is."""
    known = list(addresses)
    fit = [address for address in known if allowed(address)]
    if not fit:
        named = ", ".join(sorted({str(address) for address in known})) or "nothing"
        raise Refused(f"{named} is not public (DARKREACH_WEBHOOK_NETWORKS allows more)")
    return random.choice(fit)


def allowed(address: Address) -> bool:
    """Public, or of a network that the operator allows; what is inside an address of
    IPv6 counts as well."""
    meant = [address, *_inside(address)]
    return all(_public(each) or _allowed_here(each) for each in meant)


def _public(address: Address) -> bool:
    return address.is_global and not address.is_multicast and address not in _PROTOCOLS


def _allowed_here(address: Address) -> bool:
    return any(address in network for network in settings.WEBHOOK_NETWORKS)


def _inside(address: Address) -> list[Address]:
    """The addresses of IPv4 that one of IPv6 stands for."""
    if not isinstance(address, ipaddress.IPv6Address):
        return []
    found: list[Address | None] = [address.ipv4_mapped, address.sixtofour]
    found += address.teredo or ()
    low = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if any(address in network for network in _NAT64):
        found.append(low)
    if address in _COMPATIBLE and int(address) > 0xFFFF:
        found.append(low)
    return [each for each in found if each is not None]

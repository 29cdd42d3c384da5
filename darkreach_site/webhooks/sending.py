"""One attempt: resolve, judge, connect to just that address, send, read the status.

Nothing is followed and nothing but the head of the answer is read, which httpx bounds.
"""

from __future__ import annotations

import asyncio
import ssl
from email.utils import parsedate_to_datetime
from functools import cache

import httpx

import darkreach
from darkreach_site.webhooks.addresses import Address, Place, Refused, place_of, resolve
from darkreach_site.webhooks.outcomes import Outcome

#: Seconds from looking up the name to the head of the answer.
LONGEST = 10.0


async def send(
    url: str, body: bytes, headers: dict[str, str], longest: float = LONGEST
) -> Outcome:
    """Post the body; never raises for what the receiver or the network does."""
    try:
        async with asyncio.timeout(longest):
            place = place_of(url)
            return await _post(place, await resolve(place), body, headers)
    except TimeoutError:
        return Outcome(None, f"no answer within {longest:g} s")
    except Refused as error:
        return Outcome(None, str(error))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
        return Outcome(None, f"{type(error).__name__}: {error}")


async def _post(
    place: Place, address: Address, body: bytes, headers: dict[str, str]
) -> Outcome:
    """The request goes to the address; its host and its certificate are the name's."""
    literal = f"[{address}]" if address.version == 6 else str(address)
    url = f"{place.scheme}://{literal}:{place.port}{place.path}"
    name = f"[{place.host}]" if ":" in place.host else place.host
    sent = {
        **headers,
        "Host": f"{name}:{place.port}",
        "Content-Type": "application/json",
        "User-Agent": f"darkreach/{darkreach.__version__}",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    client = httpx.AsyncClient(
        verify=_certificates(), trust_env=False, follow_redirects=False, timeout=None
    )
    async with client:
        request = client.build_request("POST", url, content=body, headers=sent)
        request.extensions["sni_hostname"] = place.host
        answer = await client.send(request, stream=True)
        try:
            return Outcome(answer.status_code, wait=_wanted_rest(answer))
        finally:
            await answer.aclose()


def _wanted_rest(answer: httpx.Response) -> float:
    """Retry-After in seconds, however it is written; 0 without one that makes sense."""
    text = answer.headers.get("Retry-After", "")
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        there = parsedate_to_datetime(answer.headers["Date"])
        return max(0.0, (parsedate_to_datetime(text) - there).total_seconds())
    except (KeyError, ValueError, TypeError):
        return 0.0


@cache
def _certificates() -> ssl.SSLContext:
    """Whom we trust; SSL_CERT_FILE names others."""
    return httpx.create_ssl_context()

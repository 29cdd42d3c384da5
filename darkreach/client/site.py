"""A site's public API from Python, with nothing but the standard library.

site = Site("https://primes.example")
for prime in site.primes(min_digits=1000, tag="twin"):
    print(prime["expression"])
for event in site.follow():
    print(event["kind"])
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

from darkreach import __version__
from darkreach.errors import DarkreachError
from darkreach.expression.labels import label

Item = dict[str, Any]

#: How often a request is repeated that the site had no time for.
_TRIES = 4
#: Seconds that we wait at most because a site asks us to.
_LONGEST_WAIT = 60.0
#: A stream without a ping for so long is dead.
_SILENCE = 40.0


class SiteError(DarkreachError):
    """The site refused: `status`, `code` and the reason."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status, self.code, self.detail = status, code, detail


class Site:
    """The API of one site. Raises SiteError, and OSError when it cannot be reached."""

    def __init__(
        self,
        url: str,
        timeout: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            raise ValueError("the address of a site begins with http:// or https://")
        self._url = url.rstrip("/") + "/api/v1/"
        self._timeout = timeout
        self._sleep = sleep

    def primes(self, **asked: Any) -> Iterator[Item]:
        """Primes: form, tag, known, search, min_digits, max_digits, found_from,
        found_before, sort ("digits" or "date")."""
        return self._all("primes", asked)

    def prime(self, expression: str) -> Item:
        """One prime, however it is written, with the evidence for it."""
        return self._get(f"primes/{_quoted(expression)}", {})

    def forms(self) -> list[Item]:
        """All forms, and how the hunt for each goes."""
        found: list[Item] = self._get("forms", {})  # type: ignore[assignment]
        return found

    def form(self, word: str) -> Item:
        """One form by its word, for example "proth"."""
        return self._get(f"forms/{urllib.parse.quote(word, safe='')}", {})

    def searches(self, **asked: Any) -> Iterator[Item]:
        """Searches: form, state."""
        return self._all("searches", asked)

    def search(self, number: int) -> Item:
        """One search."""
        return self._get(f"searches/{number}", {})

    def candidates(self, search: int, **asked: Any) -> Iterator[Item]:
        """The numbers of a search that the first pass left: state."""
        return self._all("candidates", {"search": search, **asked})

    def candidate(self, expression: str) -> Item:
        """Everything that is known of one number."""
        return self._get(f"candidates/{_quoted(expression)}", {})

    def stats(self) -> Item:
        """The site in a few numbers."""
        return self._get("stats", {})

    def events(self, after: int = 0, **asked: Any) -> Iterator[Item]:
        """Published events, from the one after `after` to the newest."""
        return self._all("events", {"after": after, **asked}, cursor="after")

    def follow(
        self, after: int | None = None, search: int | None = None
    ) -> Iterator[Item]:
        """Events as they are published, for ever; each once, whatever breaks."""
        while True:
            try:
                for event in self._stream(after, search):
                    if event["sequence"] is not None:
                        after = event["sequence"]
                    yield event
            except OSError:
                self._sleep(2.0)

    def _all(
        self, place: str, asked: dict[str, Any], cursor: str = "cursor"
    ) -> Iterator[Item]:
        asked = {"limit": 200, **asked}
        while True:
            page = self._get(place, asked)
            yield from page["items"]
            if page["next"] is None:
                return
            asked[cursor] = page["next"]

    def _get(self, place: str, asked: dict[str, Any]) -> Item:
        for left in reversed(range(_TRIES)):
            try:
                with self._open(place, asked, "application/json", self._timeout) as got:
                    answer: Item = json.load(got)
                    return answer
            except urllib.error.HTTPError as error:
                with error:
                    if error.code not in (429, 503) or not left:
                        raise _site_error(error) from None
                    wait = float(error.headers.get("Retry-After") or 1)
                self._sleep(min(wait, _LONGEST_WAIT))
        raise AssertionError("the last try returns or raises")

    def _stream(self, after: int | None, search: int | None) -> Iterator[Item]:
        asked = {"after": after, "search": search}
        stream = self._open("events/stream", asked, "text/event-stream", _SILENCE)
        with stream as lines:
            for line in lines:
                if line.startswith(b'data: {"sequence"'):
                    yield json.loads(line[6:])

    def _open(
        self, place: str, asked: dict[str, Any], kind: str, timeout: float
    ) -> Any:
        given = {name: value for name, value in asked.items() if value is not None}
        query = "?" + urllib.parse.urlencode(given) if given else ""
        headers = {"Accept": kind, "User-Agent": f"darkreach/{__version__}"}
        request = urllib.request.Request(self._url + place + query, headers=headers)
        return urllib.request.urlopen(request, timeout=timeout)


def _quoted(expression: str) -> str:
    return urllib.parse.quote(label(expression.replace(" ", "")), safe="")


def _site_error(error: urllib.error.HTTPError) -> SiteError:
    try:
        body = json.load(error)
        return SiteError(error.code, str(body["code"]), str(body["detail"]))
    except (ValueError, KeyError, TypeError):
        return SiteError(error.code, "unknown", str(error.reason))

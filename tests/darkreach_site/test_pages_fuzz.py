"""Whatever is asked of pages and files, no answer is a failure of ours."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from darkreach_site.api import limits
from darkreach_site.exports import nightly
from searches.models import Search

METHODS = ["GET"] * 7 + ["HEAD", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "get", "X"]
PLACES = [
    *("/", "/throughput.csv", "/primes/", "/primes/list.csv", "/primes/list.json"),
    *("/primes/feed.atom", "/primes/{label}", "/primes/{label}/certificate.json"),
    *("/primes/{label}/t5k.txt", "/candidates/{label}", "/forms/", "/forms/{word}"),
    *("/searches/", "/searches/{number}", "/searches/{number}/funnel.csv"),
    *("/searches/{number}/expected.csv", "/searches/{number}/blocks.csv"),
    *("/searches/{number}/survivors.{word}", "/verification/", "/fleet/"),
    *("/fleet/speeds.csv", "/status", "/news", "/news.atom", "/docs/", "/docs/{file}"),
    *("/privacy", "/license", "/robots.txt", "/exports/", "/exports/{file}"),
    *("/static/{file}", "/api/v1/primes", "/api/v1/primes/{label}", "/api/{word}"),
    *("/api/v1/candidates", "/api/v1/searches/{number}", "/api/v1/forms/{word}"),
    *("/api/v1/events", "/api/v1/openapi.json", "/admin/login/", "/{file}"),
]
LABELS = [
    *("3x2_189+1", "3x2_189-1", "6x2_188+1", "%00", "3x2_189+1%00", "a" * 3000),
    *("(" * 500, "9_9_9_9", "0", "-1", "~", "_", "%ff%fe", "%F0%9F%98%80", "3x2_n+1"),
    *("..%2f..", "٣", "Phi(3,10)", "7" * 5000, "3%0d%0aX:y", "R(99999999)", "2,3"),
    *("(10_100)_100", "5!3", "p(10)", "3over5", "1:2", "10_9999999999-1"),
]
NUMBERS = ["1", "2", "0", "-1", "9" * 21, "9" * 400, "1.5", "%00", "٣", str(2**63)]
WORDS = ["proth", "x", "abc", "abcd", "npg", "a" * 300, "%00", "-", "v1/"]
FILES = [
    *("formats", "adr/0001-ledger-and-bell", "primes.csv", "all.txt", "SHA256SUMS"),
    *("stats/tables.xml", "certificates.tar.gz", "..%2f..%2fetc%2fpasswd", "../x"),
    *("%00", "a" * 5000, "adr/", "//", "darkreach/live.js", "%2e%2e/settings.py"),
]
NAMES = [
    *("form", "tag", "min", "max", "from", "to", "sort", "after", "before", "state"),
    *("cursor", "limit", "search", "x[]", "%00", "__proto__", "known", "next"),
]
VALUES = [
    *("", "proth", "twin", "0", "-1", "9" * 30, "2026-01-01", "0001-01-01", "date"),
    *("9999-12-31", "2026-02-30", "99999-1-1", "digits", "finished", "%00", "%ff"),
    *("' OR 1=1 --", "400~500000", "~", "1~", "~1", "9" * 30 + "~1", "nan~1", "٣"),
    *("inf~1", "-1~-1", "a" * 3000, "1784000000000000~5", "-99999999999999999~1"),
    *("9223372036854775807~1", "true", "%F0%9F%98%80", "//evil.example"),
]
HEADERS = {
    "Accept": ["image/png", "", "x", "*" * 5000, "text/html;q=0, */*;q=0"],
    "If-None-Match": ["*", 'W/"x"', "x", '"', "a,b", '"' + "a" * 5000 + '"'],
    "If-Match": ["*", '"x"', "\x80"],
    "If-Modified-Since": ["x", "99999", "Thu, 99 Nov 99999 12:00:00 GMT"],
    "If-Unmodified-Since": ["Thu, 26 Nov 2020 12:00:00 GMT", "x"],
    "Range": ["bytes=0-9", "bytes=-1", "bytes=9-1", "bytes=x", "items=1", "bytes=0,9-"],
    "Accept-Language": ["de", "\xff", "x" * 3000],
    "Accept-Encoding": ["x", "identity;q=0", "br;q=1,*;q=0"],
    "Content-Encoding": ["gzip", "x"],
    "Host": ["", "a b", "evil.example", "[::1]", "localhost:99999", "x:y:z"],
    "Cookie": ["sessionid=x", "csrftoken=\xff;;;=", "a=" + "b" * 5000],
    "Authorization": ["Basic x", "Bearer", "Bearer \xff"],
    "X-Forwarded-For": ["x", "1.1.1.1,,", "::1%eth0", "999.9.9.9"],
    "Referer": ["\xff", "x"],
    "Transfer-Encoding": ["chunked"],
}
KINDS = [
    *("application/json", "multipart/form-data", "multipart/form-data; boundary="),
    *("application/x-www-form-urlencoded; charset=none", "text/plain;charset=\xff"),
]


@pytest.fixture
def site(hunted: Search, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "EXPORTS", str(tmp_path / "exports"))
    monkeypatch.setattr(settings, "API_RATE", 10**9)
    monkeypatch.setattr(limits, "_counter", limits._Counter())
    nightly.make()


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_nothing_that_is_asked_makes_the_site_fail(
    site: None, bell: object, operator: Client, seed: int
) -> None:
    chance = random.Random(seed)
    strangers = Client(raise_request_exception=False)
    operator.raise_request_exception = False
    seen = set()
    for _ in range(200 if seed == 1 else 20_000):
        method, address = chance.choice(METHODS), any_address(chance)
        given: dict[str, Any] = {
            name: chance.choice(HEADERS[name])
            for name in chance.sample(list(HEADERS), chance.choice([0, 0, 1, 2, 3]))
        }
        client = chance.choice([strangers, strangers, operator])
        if chance.random() < 0.3:
            cache.clear()
        body = chance.choice([b"", b"{", b"\0" * 10, b"a=b"])
        kind = chance.choice(KINDS)
        answer = client.generic(method, address, body, kind, headers=given)
        what = (method, address[:200], given)
        assert answer.status_code < 500, what
        content = b"" if answer.streaming else answer.content
        assert b"Traceback" not in content, what
        assert not (method == "HEAD" and content), what
        seen.add(answer.status_code)
    assert seen >= {200, 400, 404, 405}


def any_address(chance: random.Random) -> str:
    place = chance.choice(PLACES).format(
        label=chance.choice(LABELS),
        number=chance.choice(NUMBERS),
        word=chance.choice(WORDS),
        file=chance.choice(FILES),
    )
    if chance.random() < 0.6:
        words = [
            f"{chance.choice(NAMES)}={chance.choice(VALUES)}"
            for _ in range(chance.choice([1, 1, 2, 3]))
        ]
        place += "?" + "&".join(words)
    return place

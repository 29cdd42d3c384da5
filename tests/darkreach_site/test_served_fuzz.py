"""A running site is asked anything by several strangers at once: it answers everything,
and its memory stays where it is."""

from __future__ import annotations

import http.client
import random
import shutil
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest

from tests.darkreach_site import processes
from tests.darkreach_site.test_pages_fuzz import HEADERS, METHODS, any_address

REQUESTS, STRANGERS = 20_000, 4
#: Requests after which all code is loaded and everything that is kept is full; bytes
#: that the rest may add.
_WARM, _GROWTH = 5_000, 40_000_000
_FILL = "from tests import hunts\nhunts.placed('3*2^n+1', n='1:200')\nhunts.drain()"


@dataclass
class Site:
    """Where it listens, and the process that answers."""

    port: int
    process: psutil.Process
    answers: Counter[int] = field(default_factory=Counter)
    wrong: list[object] = field(default_factory=list)


@pytest.fixture
def site() -> Iterator[Site]:
    """The platform on a ledger with primes, and with the files of a night."""
    home = Path(tempfile.mkdtemp(prefix="darkreach-fuzz-"))
    more = {"DARKREACH_API_RATE": str(10**9), "DARKREACH_LOG_LEVEL": "ERROR"}
    try:
        for command in (
            ["migrate", "--verbosity", "0"],
            ["shell", "--no-imports", "-c", _FILL],
            ["export", "nightly"],
        ):
            done = processes.manage(home, *command)
            assert done.returncode == 0, done.stderr
        port = processes.free_port()
        told = processes.environment(home, **more)
        up = [sys.executable, "manage.py", "up", "--port", str(port), "--workers", "0"]
        with processes.server(up, told) as server:
            processes.wait_until(lambda: _alive(port), 60)
            yield Site(port, _web(server.pid))
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _web(pid: int) -> psutil.Process:
    """The process that answers, among all that are kept running."""
    all_of_them = psutil.Process(pid).children(recursive=True)
    (found,) = (each for each in all_of_them if "uvicorn" in each.cmdline())
    return found


def _alive(port: int) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as line:
        try:
            line.request("GET", "/health/ready")
            answer = line.getresponse()
            answer.read()
        except OSError:
            return False
        return answer.status == 200


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_running_site_answers_anything_and_does_not_grow(site: Site) -> None:
    _ask_all(site, range(_WARM))
    warm = site.process.memory_info().rss
    _ask_all(site, range(_WARM, REQUESTS))
    growth = site.process.memory_info().rss - warm
    assert not site.wrong, site.wrong[:5]
    assert sum(site.answers.values()) == REQUESTS
    assert not any(code >= 500 for code in site.answers), site.answers
    assert site.answers.keys() >= {200, 400, 404, 405}
    assert growth < _GROWTH, f"{growth} bytes more than after {_WARM} requests"


def _ask_all(site: Site, seeds: range) -> None:
    shares = [seeds[first::STRANGERS] for first in range(STRANGERS)]
    strangers = [
        threading.Thread(target=_stranger, args=(site, share)) for share in shares
    ]
    for each in strangers:
        each.start()
    for each in strangers:
        each.join()


def _stranger(site: Site, seeds: range) -> None:
    line = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    for seed in seeds:
        chance = random.Random(seed)
        try:
            try:
                code = _answer(line, chance)
            except (OSError, http.client.HTTPException):
                # What was asked before ended the connection; a new one must answer.
                line.close()
                code = _answer(line, random.Random(seed))
        except Exception as error:
            site.wrong.append((seed, repr(error)))
            line.close()
            continue
        site.answers[code] += 1
        if code >= 500:
            site.wrong.append((seed, code))
    line.close()


def _answer(line: http.client.HTTPConnection, chance: random.Random) -> int:
    method = chance.choice(METHODS)
    address = quote(any_address(chance), safe="/%?&=:~!$'()*+,;@[]")
    body = chance.choice([b"", b"{", b"\0" * 10, b"a=b"])
    line.putrequest(method, address, skip_host=True, skip_accept_encoding=True)
    given = {
        name: chance.choice(HEADERS[name])
        for name in chance.sample(list(HEADERS), chance.choice([0, 0, 1, 2, 3]))
        # What lies about its own length is a matter of the server, not of the site.
        if name != "Transfer-Encoding"
    }
    for name, value in ({"Host": "localhost"} | given).items():
        line.putheader(name, value.encode("latin-1"))
    line.putheader("Content-Length", str(len(body)))
    line.endheaders(body)
    answer = line.getresponse()
    answer.read()
    return answer.status

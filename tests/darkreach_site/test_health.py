"""A site whose ledger or bell is away names it within two seconds and stays alive."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from darkreach_site.embedded_bell import EmbeddedBell
from tests.darkreach_site.processes import (
    ROOT,
    environment,
    free_port,
    manage,
    wait_until,
)
from tests.postgres import Cluster


class Site:
    """A site of its own with a PostgreSQL ledger and a bell that can be frozen."""

    def __init__(self, home: Path, postgres: Cluster) -> None:
        self.postgres = postgres
        self.bell = EmbeddedBell(home, home / "bell.sock")
        self.bell.ensure()
        url = postgres.new_database()
        done = manage(home, "migrate", "--noinput", DATABASE_URL=url)
        assert done.returncode == 0, done.stderr
        self.port = free_port()
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "uvicorn", "darkreach_site.asgi:application"),
                *("--port", str(self.port), "--lifespan", "off"),
                *("--log-level", "error"),
            ],
            cwd=ROOT,
            env=environment(home, DATABASE_URL=url),
            stderr=subprocess.DEVNULL,
        )
        wait_until(self.answers)

    def answers(self) -> bool:
        try:
            return self.get("/health/live")[0] == 200
        except OSError:
            return False

    def get(self, path: str) -> tuple[int, str, float]:
        """Status, body and seconds of a request."""
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read().decode()
            return answer.status, body, time.monotonic() - began
        finally:
            connection.close()

    def ready(self) -> tuple[int, dict[str, Any], float]:
        status, body, seconds = self.get("/health/ready")
        return status, json.loads(body), seconds

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
        self.bell.stop()


@pytest.fixture
def site(home: Path, postgres: Cluster) -> Iterator[Site]:
    running = Site(home, postgres)
    yield running
    running.stop()


def test_whatever_is_away_is_named_in_time_and_comes_back(site: Site) -> None:
    status, answer, _ = site.ready()
    assert (status, answer["down"]) == (200, [])
    assert 0 < answer["milliseconds"]["database"] < 2000

    site.postgres.freeze()
    try:
        for _ in range(3):
            status, answer, seconds = site.ready()
            assert (status, answer["down"]) == (503, ["database"])
            assert answer["bell"] == "ok"
            assert seconds < 2
        assert site.get("/health/live")[2] < 0.5
        # A page that needs the ledger: this one looks for a session's owner.
        status, body, seconds = site.get("/admin/login/")
        assert seconds < 2
        assert status in (200, 503), body
    finally:
        site.postgres.thaw()
    assert site.ready()[0] == 200

    assert site.bell.child is not None and site.bell.child.process is not None
    bell = site.bell.child.process.pid
    os.kill(bell, signal.SIGSTOP)
    try:
        status, answer, seconds = site.ready()
        assert (status, answer["down"]) == (503, ["bell"])
        assert seconds < 2
    finally:
        os.kill(bell, signal.SIGCONT)
    assert site.ready()[0] == 200

    site.bell.stop()
    status, answer, seconds = site.ready()
    assert (status, answer["down"], seconds < 2) == (503, ["bell"], True)
    site.bell.ensure()
    assert site.ready()[0] == 200


def test_a_page_that_needs_a_frozen_ledger_answers_503_and_names_it(
    site: Site,
) -> None:
    site.postgres.freeze()
    try:
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
        began = time.monotonic()
        connection.request(
            "GET", "/admin/", headers={"Cookie": "sessionid=0123456789abcdef"}
        )
        answer = connection.getresponse()
        body = answer.read().decode()
        assert time.monotonic() - began < 2
        assert answer.status == 503
        assert "database" in body
        assert answer.headers["Retry-After"] == "5"
        connection.close()
    finally:
        site.postgres.thaw()

"""W8: `check --deploy` names a bell, a ledger or a Flower that strangers can reach."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from darkreach_site import exposure
from darkreach_site.embedded_bell import find_server
from tests.darkreach_site.processes import free_port, manage, wait_until


def ids(found: list[Any]) -> list[str]:
    return [message.id.removeprefix("darkreach.") for message in found]


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that are not this machine's, without asking the network."""

    def resolve(host: str, *_: Any, **__: Any) -> list[Any]:
        known = {"localhost": "127.0.0.1", "127.0.0.1": "127.0.0.1", "::1": "::1"}
        address = known.get(host, "192.0.2.7")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(exposure, "answers_strangers", lambda parts: False)


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize(
    ("url", "private", "wanted"),
    [
        ("unix:///run/bell.sock?db=0", False, []),
        ("redis://127.0.0.1:1/0", False, []),
        ("redis://localhost:1/0", False, []),
        ("redis://bell.example:6379/0", False, ["E001", "E002"]),
        ("redis://:secret@bell.example:6379/0", False, ["E002"]),
        ("redis://:secret@redis:6379/0", True, []),
        ("redis://redis:6379/0", True, ["E001"]),
        ("rediss://bell.example:6379/0", False, ["E001"]),
        ("rediss://host:secret@bell.example:6379/0", False, []),
    ],
)
def test_the_bell_wants_a_password_and_tls_where_others_reach_it(
    settings: Any, url: str, private: bool, wanted: list[str]
) -> None:
    settings.BELL_URL, settings.PRIVATE_NETWORK = url, private
    assert ids(exposure.bell()) == wanted


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Any]:
    """Starts a bell with these options on a port of its own; returns the port."""
    running = []

    def start(*options: str) -> int:
        port = free_port()
        common = ("--port", str(port), "--dir", str(tmp_path), "--save", "")
        process = subprocess.Popen(
            [find_server(), *common, *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        running.append(process)

        def open_() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        wait_until(open_)
        return port

    yield start
    for process in running:
        process.terminate()
        process.wait()


def test_a_bell_that_answers_everybody_is_named(settings: Any, server: Any) -> None:
    """Found out by asking it, not by reading its address."""
    everywhere = ("--bind", "0.0.0.0", "--protected-mode", "no")
    settings.BELL_URL = f"redis://127.0.0.1:{server(*everywhere)}/0"
    assert ids(exposure.bell()) == ["E003"]
    port = server(*everywhere, "--requirepass", "secret")
    settings.BELL_URL = f"redis://:secret@127.0.0.1:{port}/0"
    assert exposure.bell() == []
    settings.BELL_URL = f"redis://127.0.0.1:{server('--bind', '127.0.0.1')}/0"
    assert exposure.bell() == []


@pytest.mark.usefixtures("outside")
def test_a_ledger_elsewhere_wants_tls(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LEDGER_IS_SQLITE = False

    def found(host: str, **options: str) -> list[str]:
        parts = {"HOST": host, "OPTIONS": options}
        monkeypatch.setitem(settings.DATABASES, "default", parts)
        return ids(exposure.ledger())

    assert found("ledger.example") == ["E004"]
    assert found("ledger.example", sslmode="prefer") == ["E004"]
    assert found("ledger.example", sslmode="verify-full") == []
    assert found("/run/postgresql") == found("localhost") == found("") == []
    settings.PRIVATE_NETWORK = True
    assert found("postgres") == []


@pytest.mark.usefixtures("outside")
def test_flower_is_not_for_strangers(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert exposure.flower() == []
    monkeypatch.setenv("FLOWER_UNAUTHENTICATED_API", "1")
    monkeypatch.setenv("FLOWER_ADDRESS", "flower.example")
    monkeypatch.setenv("DARKREACH_FLOWER_PASSWORD", "short")
    assert ids(exposure.flower()) == ["E005", "E006", "E007"]
    settings.PRIVATE_NETWORK = True
    assert ids(exposure.flower()) == ["E005", "E007"]


def test_the_command_itself_fails(home: Path) -> None:
    """As an operator runs it: exit status 1, the mistakes named, no traceback."""
    wrong = {"REDIS_URL": "redis://192.0.2.1:6379/0", "DARKREACH_ALLOWED_HOSTS": "*"}
    done = manage(home, "check", "--deploy", **wrong)
    assert done.returncode == 1
    for wanted in ("darkreach.E001", "darkreach.E002", "darkreach.E008"):
        assert wanted in done.stderr
    assert "Traceback" not in done.stderr
    assert manage(home, "check", "--deploy").returncode == 0


def test_flower_refuses_an_address_that_strangers_reach(home: Path) -> None:
    done = manage(home, "flower", "--address", "0.0.0.0")
    assert done.returncode == 1
    assert "ask for no password" in done.stderr

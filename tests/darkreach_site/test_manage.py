"""manage.py says what a person can mend in one line."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from tests.darkreach_site.processes import manage


@pytest.mark.parametrize(
    ("command", "more", "words"),
    [
        (["audit"], {}, "no such table"),
        (["audit"], {"DARKREACH_HOME": "/proc/1/nowhere"}, "/proc/1/nowhere cannot be"),
        (["audit"], {"DATABASE_URL": "nonsense"}, "DATABASE_URL is no address"),
        pytest.param(
            ["audit"],
            {"DATABASE_URL": "postgresql://a:b@127.0.0.1:1/c"},
            "127.0.0.1",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_is_missing_is_said_in_one_line(
    home: Path, command: list[str], more: dict[str, str], words: str
) -> None:
    done = manage(home, *command, **more)
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_traceback_shows_where_it_came_up(home: Path) -> None:
    done = manage(home, "audit", "--traceback")
    assert done.returncode == 1
    assert "Traceback" in done.stderr and "no such table" in done.stderr


def test_interrupting_while_it_loads_is_no_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def loading() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("manage.run", loading)
    with pytest.raises(SystemExit) as end:
        importlib.import_module("manage").main()
    assert end.value.code == 130
    assert capsys.readouterr().err == "manage.py: interrupted\n"

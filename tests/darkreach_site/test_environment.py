"""Settings come from the environment, and nonsense stops the process by name."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from darkreach_site import environment


def test_a_missing_variable_gives_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DARKREACH_X", raising=False)
    assert environment.env_int("DARKREACH_X", 7) == 7
    assert environment.env_bool("DARKREACH_X", True) is True
    assert environment.env_list("DARKREACH_X", ["a"]) == ["a"]
    monkeypatch.setenv("DARKREACH_X", "  ")
    assert environment.env_text("DARKREACH_X", "d") == "d"


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("Yes", True), ("off", False), ("FALSE", False)]
)
def test_truth_has_several_words(
    monkeypatch: pytest.MonkeyPatch, text: str, value: bool
) -> None:
    monkeypatch.setenv("DARKREACH_X", text)
    assert environment.env_bool("DARKREACH_X", not value) is value


@pytest.mark.parametrize("text", ["ten", "1.5", "0", "99"])
def test_a_number_outside_its_bounds_is_an_error(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("DARKREACH_X", text)
    with pytest.raises(ImproperlyConfigured, match="DARKREACH_X"):
        environment.env_int("DARKREACH_X", 5, least=1, most=10)


def test_an_unknown_word_is_an_error_that_lists_the_right_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DARKREACH_X", "maybe")
    with pytest.raises(ImproperlyConfigured, match="true or false"):
        environment.env_bool("DARKREACH_X", False)
    with pytest.raises(ImproperlyConfigured, match="one of a, b"):
        environment.env_choice("DARKREACH_X", ("a", "b"), "a")


def test_a_secret_may_stand_in_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text("s3cret\n")
    monkeypatch.setenv("DARKREACH_X_FILE", str(file))
    assert environment.env_secret("DARKREACH_X") == "s3cret"
    monkeypatch.setenv("DARKREACH_X", "other")
    with pytest.raises(ImproperlyConfigured, match="both set"):
        environment.env_secret("DARKREACH_X")


def test_a_secret_file_that_is_empty_or_missing_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    monkeypatch.setenv("DARKREACH_X_FILE", str(file))
    with pytest.raises(ImproperlyConfigured, match="No such file"):
        environment.env_secret("DARKREACH_X")
    file.write_text("\n")
    with pytest.raises(ImproperlyConfigured, match="empty"):
        environment.env_secret("DARKREACH_X")


def test_a_generated_secret_is_private_and_stays(tmp_path: Path) -> None:
    file = tmp_path / "home" / "secret_key"
    first = environment.generated_secret(file)
    assert len(first) >= 50
    assert environment.generated_secret(file) == first
    assert file.stat().st_mode & 0o077 == 0
    assert list(file.parent.iterdir()) == [file]


def test_many_that_generate_at_once_agree(tmp_path: Path) -> None:
    file = tmp_path / "secret_key"
    found: list[str] = []
    threads = [
        threading.Thread(
            target=lambda: found.append(environment.generated_secret(file))
        )
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 16
    assert len(set(found)) == 1


@pytest.mark.parametrize(
    ("given", "library", "broker"),
    [
        ("redis://h:1/2", "redis://h:1/2", "redis://h:1/2"),
        (
            "unix:///a/b.sock?db=3",
            "unix:///a/b.sock?db=3",
            "redis+socket:///a/b.sock?virtual_host=3",
        ),
        (
            "redis+socket:///a/b.sock",
            "unix:///a/b.sock?db=0",
            "redis+socket:///a/b.sock?virtual_host=0",
        ),
    ],
)
def test_the_bell_is_spelled_for_both_libraries(
    given: str, library: str, broker: str
) -> None:
    assert environment.bell_addresses(given) == (library, broker)


def test_another_kind_of_broker_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="redis://"):
        environment.bell_addresses("amqp://localhost")

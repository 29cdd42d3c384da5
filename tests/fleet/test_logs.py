"""Every line of the log names worker, search and block, for people and for programs."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from fleet import logs


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(logs, "_about", {})
    yield


def record(**more: object) -> logging.LogRecord:
    return logging.LogRecord(
        "fleet", logging.ERROR, "x.py", 1, "it %s", ("failed",), None, **more
    )


def test_a_line_says_what_it_is_about_only_while_it_is() -> None:
    logs.always(worker="0123456789abcdef")
    with logs.about(search=3, block=44):
        said = logs.Line().format(record())
    assert said.endswith("ERROR fleet: it failed [worker=01234567 search=3 block=44]")
    assert logs.Line().format(record()).endswith("[worker=01234567]")


def test_json_is_one_object_a_line_with_whole_ids_and_the_traceback() -> None:
    logs.always(worker="0123456789abcdef")
    broken = record()
    try:
        raise ValueError("no luck")
    except ValueError as error:
        broken.exc_info = (ValueError, error, error.__traceback__)
    with logs.about(search=3, block=44):
        said = logs.formatter("json").format(broken)
    assert "\n" not in said
    found = json.loads(said)
    assert (found["search"], found["block"]) == (3, 44)
    assert found["worker"] == "0123456789abcdef"
    assert (found["level"], found["message"]) == ("ERROR", "it failed")
    assert "no luck" in found["traceback"]

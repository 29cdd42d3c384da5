"""The files of known answers that come with the program."""

from __future__ import annotations

import csv
import json
from importlib import resources
from typing import Any

_FOLDER = resources.files("darkreach") / "vectors"


def table(name: str, full: bool) -> list[dict[str, Any]]:
    """The rows of NAME.csv, and with `full` those of NAME_more.csv."""
    rows: list[dict[str, Any]] = []
    for file in [name, f"{name}_more"] if full else [name]:
        text = (_FOLDER / f"{file}.csv").read_text("utf-8")
        rows += csv.DictReader(text.splitlines())
    return rows


def listed(name: str) -> list[dict[str, Any]]:
    """The rows of NAME.json."""
    rows: list[dict[str, Any]] = json.loads(
        (_FOLDER / f"{name}.json").read_text("utf-8")
    )
    return rows

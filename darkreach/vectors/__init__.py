"""The known answers that come with the program, and how they are read.

README.md beside them says where they come from. Reading them loads nothing that
computes: pages show them too.
"""

from __future__ import annotations

import csv
import json
from importlib import resources
from typing import Any

_FOLDER = resources.files("darkreach") / "vectors"
_FORMS = _FOLDER / "forms"


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


def words() -> list[str]:
    """The words of the forms that have a file of vectors; nothing lists them."""
    names = (each.name for each in _FORMS.iterdir())
    return sorted(n.removesuffix(".json") for n in names if n.endswith(".json"))


def of_form(word: str) -> dict[str, Any]:
    """The vectors of a form: docs/adding-a-form.md says what they are."""
    found: dict[str, Any] = json.loads((_FORMS / f"{word}.json").read_text("utf-8"))
    return found


def of_forms(what: str) -> list[dict[str, Any]]:
    """The rows of that name of all forms, each with its form."""
    return [
        {"form": word, **row} for word in words() for row in of_form(word).get(what, [])
    ]


def primes(full: bool) -> list[dict[str, Any]]:
    """Primes of all forms, with the kind of their certificate; with `full` more."""
    return [
        {"form": word, "expression": expression, "certificate": kind}
        for word in words()
        for name in (["primes", "more_primes"] if full else ["primes"])
        for kind, expressions in of_form(word).get(name, {}).items()
        for expression in expressions
    ]

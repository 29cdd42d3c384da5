"""Known answers, computed again on this machine: `darkreach selftest`.

The vectors (darkreach/vectors/, provenance in its README.md) are residues, primes,
composites that fool weak tests, factors, and certificates good and forged. Whoever
fails one of them must not compute for a search.
"""

from __future__ import annotations

import csv
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from importlib import resources
from typing import Any

from darkreach import forms
from darkreach.residues import res64_prst
from darkreach.stages import prove, prp, verify

_FOLDER = resources.files("darkreach") / "vectors"


@dataclass(frozen=True)
class Vector:
    """One known answer; `holds` computes it again."""

    group: str
    name: str
    holds: Callable[[], bool]


@dataclass
class Report:
    """What came out: how many vectors of each group, and which failed."""

    counts: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    seconds: float = 0.0


def run(progress: Callable[[int, int], None] = lambda done, total: None) -> Report:
    """Compute all vectors again. An exception in one counts as its failure."""
    report = Report()
    begin = time.perf_counter()
    every = list(vectors())
    for done, vector in enumerate(every, 1):
        report.counts[vector.group] += 1
        trouble = _trouble(vector)
        if trouble:
            report.failed.append(f"{vector.group} {vector.name}: {trouble}")
        progress(done, len(every))
    report.seconds = time.perf_counter() - begin
    return report


def vectors() -> Iterator[Vector]:
    """All known answers that come with the program."""
    for group, rows, name, holds in (
        ("residue", _table("residues.csv"), "expression", _residue),
        ("prime", _table("primes.csv"), "expression", _prime),
        ("composite", _table("composites.csv"), "expression", _composite),
        ("factor", _table("factors.csv"), "factor", _factor),
        ("certificate", _certificates(), "name", _certificate),
    ):
        for row in rows:
            yield Vector(group, row[name], partial(holds, row))


def _table(name: str) -> list[dict[str, Any]]:
    text = (_FOLDER / name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def _certificates() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(
        (_FOLDER / "certificates.json").read_text("utf-8")
    )
    return rows


def _trouble(vector: Vector) -> str:
    try:
        return "" if vector.holds() else "wrong answer"
    except Exception as exception:
        return f"{type(exception).__name__}: {exception}"


def _outcome(program: Any, stage: str, expression: str) -> dict[str, Any]:
    candidates = [{"index": 0, "members": [expression]}]
    run = program.start({"stage": stage, "candidates": candidates})
    while program.step(run) < 1.0:
        pass
    outcome: dict[str, Any] = program.result(run)["results"][0]["members"][0]
    return outcome


def _residue(row: dict[str, Any]) -> bool:
    outcome = _outcome(prp, "prp", row["expression"])
    same = str(outcome["residue_type"]) == row["type"]
    same = same and str(outcome["base"]) == row["base"]
    return same and bool(res64_prst(outcome) == row["res64_prst"])


def _prime(row: dict[str, Any]) -> bool:
    """Tested, proven by the expected kind of certificate, and verified."""
    expression = row["expression"]
    tested = _outcome(prp, "prp", expression)
    proven = _outcome(prove, "prove", expression)
    if tested["verdict"] == "composite" or proven["verdict"] != "prime":
        return False
    certificate = proven["certificate"]
    valid: bool = verify.check(expression, certificate)["valid"]
    return valid and certificate["kind"] == row["certificate"]


def _composite(row: dict[str, Any]) -> bool:
    """Never called prime; and when called composite, with something that shows it."""
    tested = _outcome(prp, "prp", row["expression"])
    proven = _outcome(prove, "prove", row["expression"])
    shown = proven["factor"] is not None or proven["res64"] not in (None, f"{1:016X}")
    verdicts = (tested["verdict"], proven["verdict"])
    return verdicts == (row["verdict"], "composite") and shown


def _factor(row: dict[str, Any]) -> bool:
    remainder: int = forms.number(row["expression"]).mod(int(row["factor"]))
    return remainder == 0


def _certificate(row: dict[str, Any]) -> bool:
    answer = verify.check(row["expression"], row["certificate"])
    valid: bool = row["valid"]
    return bool(answer["valid"]) == valid

"""The shape of the source tree: small modules, plain names, nothing left open."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("darkreach", "searches", "fleet", "verification", "darkreach_site")
#: Lines.
LONGEST_MODULE, MEDIAN_MODULE = 500, 150
VAGUE = {"utils", "helpers", "common", "misc"}
#: Spelled in halves, so that this file does not hold them.
OPEN_ENDS = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")


def modules(*folders: str) -> Iterator[Path]:
    """The Python modules below these folders, but for generated migrations."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    too_long = {
        shown(path): lines(path)
        for path in modules(*PACKAGES, "tests")
        if lines(path) > LONGEST_MODULE
    }
    assert not too_long


@pytest.mark.parametrize("folder", PACKAGES)
def test_most_modules_of_a_package_are_short(folder: str) -> None:
    assert median(lines(path) for path in modules(folder)) <= MEDIAN_MODULE


def test_every_module_is_named_after_what_it_is_about() -> None:
    vague = [shown(p) for p in modules(*PACKAGES, "tests") if VAGUE & names(p)]
    assert not vague


def names(path: Path) -> set[str]:
    """The names of a module and of its folders."""
    return {*path.relative_to(ROOT).with_suffix("").parts}


def test_packages_speak_through_their_doors_and_never_print() -> None:
    printing = [
        f"{shown(path)}:{node.lineno}"
        for path in modules(*PACKAGES)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert not printing


def test_nothing_is_left_for_later() -> None:
    left = [
        f"{shown(path)}:{number}"
        for path in modules(*PACKAGES, "tests")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if OPEN_ENDS.search(line)
    ]
    assert not left

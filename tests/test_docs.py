"""The docs stay true: links resolve, commands, variables and modules exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from darkreach import cli
from darkreach.forms.shapes import forms

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
SUBJECTS = sorted(DOCS.glob("*.md"))
RECORDS = sorted((DOCS / "adr").glob("*.md"))
PACKAGES = ("darkreach", "searches", "fleet", "verification", "darkreach_site")
LONGEST_README, LONGEST_RECORD = 120, 60

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TREE = re.compile(r"^```tree\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
#: What may stand before a command: a prompt, variables, a folder, the interpreter.
_BEFORE = r"^(?:\$ )?(?:[A-Z_]+=\S* )*(?:\S*/)?(?:python )?"
_VARIABLE = re.compile(r"\bDARKREACH_[A-Z0-9_]*[A-Z0-9]\b")


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def commands(page: str) -> Iterator[str]:
    """What a page shows as something to type, or says in code within a sentence."""
    for block in _FENCE.findall(page):
        yield from block.splitlines()
    yield from _SPAN.findall(_FENCE.sub("", page))


def named(pattern: str) -> set[str]:
    """The first words after a program, wherever a page has it as a command."""
    compiled = re.compile(_BEFORE + pattern)
    return {
        match.group(1)
        for path in PAGES
        for line in commands(text(path))
        if (match := compiled.match(line))
    }


def anchors(path: Path) -> set[str]:
    """The anchors of the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", text(path)), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in headings
    }


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_relative_link_resolves(path: Path) -> None:
    for link in _LINK.findall(_FENCE.sub("", text(path))):
        if "://" in link:
            continue
        target, _, anchor = link.partition("#")
        file = (path.parent / target).resolve() if target else path
        assert file.exists(), link
        if anchor:
            assert anchor in anchors(file), link


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text(ROOT / "Makefile"), re.MULTILINE))
    found = named(r"make ([a-z-]+)")
    assert found
    assert found <= targets


def test_every_command_of_manage_py_that_is_named_exists() -> None:
    from django.core.management import get_commands

    found = named(r"manage\.py ([a-z_-]+)")
    assert found
    assert found <= set(get_commands())


def test_every_subcommand_of_darkreach_that_is_named_exists() -> None:
    found = named(r"darkreach ([a-z0-9_]+)")
    assert found
    assert found <= {command.NAME for command in cli.COMMANDS}


def test_every_variable_is_documented_and_every_documented_one_exists() -> None:
    read = {
        variable.removesuffix("_FILE")
        for package in ("darkreach", "darkreach_site")
        for path in (ROOT / package).rglob("*.py")
        for variable in _VARIABLE.findall(text(path))
    }
    rows = re.findall(r"^\| `(\w+)`", text(DOCS / "operations.md"), re.MULTILINE)
    documented = {row for row in rows if row.startswith("DARKREACH_")}
    assert documented == read


def test_no_page_names_a_variable_that_does_not_exist() -> None:
    documented = set(_VARIABLE.findall(text(DOCS / "operations.md")))
    for path in PAGES:
        named_here = {v.removesuffix("_FILE") for v in _VARIABLE.findall(text(path))}
        assert named_here <= documented, name(path)


def test_the_readme_is_read_in_minutes() -> None:
    assert len(text(ROOT / "README.md").splitlines()) <= LONGEST_README


@pytest.mark.parametrize("path", SUBJECTS, ids=name)
def test_every_page_ends_with_its_pitfalls_and_what_to_do(path: Path) -> None:
    headings = re.findall(r"^## (.+)$", text(path), re.MULTILINE)
    assert headings[-2:] == ["Pitfalls", "You want to…"]
    assert "| You want to… | Do |" in text(path).split("## You want to…")[1]


@pytest.mark.parametrize("path", RECORDS, ids=name)
def test_every_decision_is_short_and_says_context_decision_consequences(
    path: Path,
) -> None:
    headings = re.findall(r"^## (.+)$", text(path), re.MULTILINE)
    assert headings == ["Context", "Decision", "Consequences"]
    assert len(text(path).splitlines()) <= LONGEST_RECORD
    assert text(path).startswith(f"# {int(path.name[:4])}. ")


def test_every_decision_has_a_number_of_its_own() -> None:
    assert [int(path.name[:4]) for path in RECORDS] == [*range(1, len(RECORDS) + 1)]


def places_in_trees() -> set[str]:
    """The files and folders that the trees of lay-of-the-land.md name."""
    found = set()
    for tree in _TREE.findall(text(DOCS / "lay-of-the-land.md")):
        parents: list[str] = []
        for line in tree.splitlines():
            depth = (len(line) - len(line.lstrip())) // 2
            entry = line.split()[0]
            parents[depth:] = [entry.rstrip("/")]
            found.add("/".join(parents))
    return found


def test_every_place_in_the_lay_of_the_land_exists() -> None:
    missing = {place for place in places_in_trees() if not (ROOT / place).exists()}
    assert not missing


def test_every_module_has_its_line_in_the_lay_of_the_land() -> None:
    places = places_in_trees()
    summed_up = ("migrations", "commands", "templatetags")
    # A form comes without a change elsewhere; what it is stands in its file.
    of_forms = {f"{form.__module__.replace('.', '/')}.py" for form in forms()}
    lacking = [
        name(path)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if path.name not in ("__init__.py", "apps.py")
        and not (package != "darkreach" and path.parent.name in summed_up)
        and name(path) not in places
        and name(path) not in of_forms
    ]
    assert not lacking

"""Nobody but its own files knows a form: what is outside of darkreach/forms asks."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from darkreach.forms.shapes import forms
from darkreach.forms.tags import every_tag
from tests.test_tree import PACKAGES, modules, shown

#: Where a form is carried out by a module of its own, that no other module imports.
OWN = {"darkreach/order/palindromes.py"}
#: Words that mean something else there.
OTHERS = {
    # A kind of certificate.
    "proth": {
        "darkreach/certificates/conclusions.py",
        "darkreach/certificates/minus_side.py",
        "darkreach/certificates/proth.py",
        "darkreach/certificates/theorems.py",
        "darkreach/certificates/verify.py",
        "darkreach_site/pages/selectors/evidence.py",
        "darkreach_site/pages/selectors/primes.py",
        "darkreach_site/pages/snippets.py",
        "darkreach_site/api/schemas.py",  # examples, and a kind
    },
    # A chain of squarings.
    "chain": {"darkreach/derivation.py", "darkreach/stages/certify.py"},
    # Orders with columns of k, b and n.
    "kbn": {"darkreach/order/orders.py"},
    # What the ledger has for rows from before there were words.
    "free": {"searches/models.py", "verification/models.py"},
}
WORDS = {*(form.word for form in forms()), *every_tag()}
FILES = {form.__module__ for form in forms()}


def outside() -> list[Path]:
    found = modules(*PACKAGES)
    return [path for path in found if not shown(path).startswith("darkreach/forms/")]


def named_by(path: Path) -> Iterator[str]:
    """Words and files of forms in a module, but in its docstrings."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Constant(str(text)) if text in WORDS:
                if shown(path) not in OTHERS.get(text, ()):
                    yield text
            case ast.Import(names=names):
                yield from (each.name for each in names if each.name in FILES)
            case ast.ImportFrom(module=module, names=names):
                every = {module, *(f"{module}.{each.name}" for each in names)}
                yield from sorted(every & FILES)


def test_no_other_module_names_a_form() -> None:
    found = {shown(path): [*named_by(path)] for path in outside()}
    assert {path: names for path, names in found.items() if names}.keys() == OWN


def test_what_is_excepted_is_still_so() -> None:
    there = {shown(path): path.read_text(encoding="utf-8") for path in outside()}
    for word, paths in OTHERS.items():
        assert all(f'"{word}"' in there[path] for path in paths), word


def test_modules_of_a_form_are_its_own() -> None:
    names = {path.removesuffix(".py").replace("/", ".") for path in OWN}
    for path in outside():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.module not in names, path

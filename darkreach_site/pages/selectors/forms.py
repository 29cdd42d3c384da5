"""The forms: what is known of each, and how the hunt for it goes here."""

from __future__ import annotations

import inspect
import sys
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import Count
from django.http import Http404

from darkreach.forms import shapes
from darkreach.vectors import of_form
from darkreach_site.pages.selectors.expectation import band
from darkreach_site.pages.selectors.totals import totals
from searches.kinds import FORMS
from searches.models import Search
from verification import embargo

_FILE = Path(__file__).parent.parent / "forms.toml"
_SHOWN = 20


@dataclass(frozen=True)
class Form:
    """A form as people know it."""

    word: str
    title: str
    formula: str
    where: str
    why: str
    test: str
    proof: str
    oeis: str = ""
    record: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Hunt:
    """How the hunt for a form goes here. expected: primes among the tested numbers of
    its searches, in a band; found: those of them that are prime or probably so."""

    form: Form
    searches: int = 0
    settled: int = 0
    open: int = 0
    primes: int = 0
    found: int = 0
    expected: float = 0.0

    @property
    def band(self) -> tuple[int, int]:
        return band(self.expected)


@cache
def _known() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def as_of() -> str:
    """When the records were last looked up."""
    return str(_known()["as_of"])


def one(word: str) -> Form:
    """The form of that word, or 404."""
    if word not in FORMS:
        raise Http404("no such form")
    if word in _known():
        return Form(word, **_known()[word])
    return _unpresented(next(form for form in shapes.forms() if form.word == word))


@cache
def _unpresented(form: type[shapes.Form]) -> Form:
    """A form that nobody has written a page for says what its file and its vectors
    say."""
    vectors = of_form(form.word)
    sources = (row["oeis"] for row in vectors.get("published", ()) if "oeis" in row)
    module = sys.modules[form.__module__]
    what, why = (inspect.getdoc(each) or form.name for each in (form, module))
    return Form(
        form.word,
        title=form.name,
        formula=what.splitlines()[0].rstrip("."),
        where="",
        why=why,
        test="probable-prime test with error check",
        proof=", ".join(kind for kind in vectors["primes"] if kind != "small"),
        oeis=next(sources, ""),
    )


def hunts() -> list[Hunt]:
    """All forms in their order."""
    known, hidden = totals().forms, _hidden()
    return [_hunt(one(word), known.get(word, {}), hidden) for word in FORMS]


def hunt(form: Form) -> Hunt:
    """One form."""
    return _hunt(form, totals().forms.get(form.word, {}), _hidden())


def _hidden() -> dict[str, int]:
    """The primes under embargo, by form."""
    rows = embargo.hidden().values_list("form").annotate(Count("id")).order_by()
    return dict(rows)


def _hunt(form: Form, counted: dict[str, Any], embargoed: dict[str, int]) -> Hunt:
    hidden = embargoed.get(form.word, 0)
    return Hunt(
        form=form,
        searches=counted.get("searches", 0),
        settled=counted.get("settled", 0),
        open=counted.get("open", 0),
        primes=max(0, counted.get("primes", 0) - hidden),
        found=max(0, counted.get("found", 0) - hidden),
        expected=counted.get("expected", 0.0),
    )


def searches(form: Form) -> list[Search]:
    """Its newest searches."""
    return list(Search.objects.filter(form=form.word).order_by("-id")[:_SHOWN])

"""What is said of each form is there, and what can be computed of it is right."""

from __future__ import annotations

import pytest

from darkreach.expression import evaluate, parse
from darkreach.expression.magnitude import length, magnitude
from darkreach_site.pages.selectors import forms
from searches.kinds import FORMS


@pytest.mark.parametrize("word", FORMS)
def test_a_form_has_a_text_and_its_record_the_digits_that_are_said(word: str) -> None:
    form = forms.one(word)
    assert all((form.title, form.formula, form.why, form.test, form.proof))
    if form.record:
        (node,) = parse(form.record["expression"])
        # Next to a power of ten only the number itself can tell.
        digits = length(magnitude(node, {}), 10) or len(evaluate(node, {}).digits())
        assert digits == form.record["digits"]

"""What a file of a form may not claim is refused, with the name of the file."""

from __future__ import annotations

from typing import Any

import pytest

from darkreach.errors import DarkreachError
from darkreach.forms.shapes import forms, ranked
from verification.models import Prime, PrimeTag


def file_with(**claims: Any) -> type:
    """A form as it would stand in a file strange.py."""
    good = {"name": "strange", "word": "strange", "rank": 500, "tags": ()}
    return type(
        "Strange", (), good | claims | {"__module__": "darkreach.forms.strange"}
    )


def test_a_form_that_claims_nothing_of_others_is_taken() -> None:
    assert ranked([*forms(), file_with()])[-2].word == "strange"


@pytest.mark.parametrize(
    ("claims", "complaint"),
    [
        ({"word": "a-word-of-twenty-five-cha"}, "at most 24"),
        ({"word": "two words"}, "no word of a form"),
        ({"word": "Strange"}, "no word of a form"),
        ({"word": "strange-"}, "no word of a form"),
        ({"tags": ("strange", "x" * 25)}, "at most 24"),
        ({"word": "factorial"}, "taken by darkreach/forms/factorials.py"),
        ({"rank": 40}, "taken by darkreach/forms/factorials.py"),
    ],
)
def test_what_it_may_not_claim_is_refused(
    claims: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(DarkreachError, match=complaint) as caught:
        ranked([*forms(), file_with(**claims)])
    assert str(caught.value).startswith("darkreach/forms/strange.py: ")


@pytest.mark.parametrize("name", ["name", "rank", "tags"])
def test_a_form_that_does_not_say_what_it_is_is_refused(name: str) -> None:
    form = file_with()
    delattr(form, name)
    with pytest.raises(DarkreachError, match=f"strange.py: want its {name}"):
        ranked([form])


def test_the_longest_word_fits_the_ledger() -> None:
    good = {"word": "a-word-of-24-characters1"}
    assert ranked([file_with(**good)])
    for model, column in ((Prime, "form"), (PrimeTag, "name")):
        assert model._meta.get_field(column).max_length == len(good["word"])

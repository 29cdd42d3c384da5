"""Repunits, Wagstaff numbers and their like are parts of k*b^n+-1."""

from __future__ import annotations

import pytest

from darkreach import forms
from darkreach.forms.divided import divided

PARTS = {
    "(2^1009+1)/3": ("2^1009+1", 3),
    "(1+2^1009)/3": ("2^1009+1", 3),
    "(10^1031-1)/9": ("10^1031-1", 9),
    "R(1031)": ("10^1031-1", 9),
    "(100^1031-1)/99": ("10^2062-1", 99),
    "(3^1009-1)/2": ("3^1009-1", 2),
    "(7*3^1000+1)/4": ("7*3^1000+1", 4),
    "(3^1024+1)/2": ("3^1024+1", 2),
    "2^1009-1": None,
    "3*2^1009+1": None,
    "1009!+1": None,
    "(10^1031+10^515-2)/9": None,
    "(7*10^1031-7)/9": None,
    "(10^1031+17)/9": None,
    # What a divisor costs must not matter.
    "(2^211+1)/3": ("2^211+1", 3),
    "(2^101+1)/3": None,
    "(2^1010-1)/(2^505-1)": None,
}


@pytest.mark.parametrize(("text", "expected"), PARTS.items())
def test_a_part_knows_its_multiple(text: str, expected: tuple[str, int] | None) -> None:
    number = forms.number(text)
    part = divided(number)
    if expected is None:
        assert part is None
        return
    assert part is not None
    assert (part.multiple.expression, part.divisor) == expected
    assert part.multiple.value() == part.divisor * number.value()

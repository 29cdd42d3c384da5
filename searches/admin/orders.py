"""The form by which an operator orders a search."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from darkreach.errors import OrderError
from darkreach.expression import parse
from darkreach.forms.shapes import ordered_by
from darkreach.order import Order
from searches import levels, states
from searches.models import Search
from searches.planning import MOST_B1, MOST_B2, Placed, place_order

_LONGEST = 10_000


def read_ranges(text: str) -> dict[str, str]:
    """{"n": "1:2000", "k": "3,5,7"} from "n=1:2000, k=3,5,7"; OrderError if unreadable.

    A comma separates values, and also variables: a part with an equals sign begins one.
    """
    ranges: dict[str, str] = {}
    name = ""
    for part in text.replace("\n", ",").replace(";", ",").split(","):
        left, equals, right = (piece.strip() for piece in part.partition("="))
        if equals:
            name = left
            if name in ranges:
                raise OrderError(f"{name} has two ranges, want one")
            ranges[name] = right
        elif left and name:
            ranges[name] += f",{left}"
        elif left:
            raise OrderError(f"{left!r} belongs to no variable, want for example n=1:9")
    return ranges


class OrderForm(forms.Form):
    """Reads and checks an order; nothing is written before `place`."""

    expression = forms.CharField(
        max_length=_LONGEST,
        help_text="For example k*2^n+1; several joined by commas must all be prime.",
        widget=forms.TextInput(attrs={"class": "vTextField", "autofocus": True}),
    )
    ranges = forms.CharField(
        max_length=_LONGEST,
        required=False,
        help_text="For example n=1:2000, k=3,5,7 or n=1:999:2 for odd n only.",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    priority = forms.IntegerField(
        min_value=0, max_value=9, initial=5, help_text="9 is served first."
    )
    sieve_limit = forms.IntegerField(
        min_value=2,
        max_value=2**50 - 1,
        required=False,
        label="sieve depth",
        help_text="Sieve by the primes up to here; empty: as long as it pays.",
    )
    pm1_b1 = forms.IntegerField(
        min_value=2, max_value=MOST_B1, required=False, label="P-1 bound B1"
    )
    pm1_b2 = forms.IntegerField(
        min_value=2,
        max_value=MOST_B2,
        required=False,
        label="P-1 bound B2",
        help_text="Both or neither; empty: P-1 only where it pays.",
    )
    hardware_class = forms.ChoiceField(
        choices=[("", "any"), *states.choices(states.HARDWARE_CLASSES)], required=False
    )
    evidence = forms.ChoiceField(
        choices=[(level, text) for level, text in levels.PRICES.items()],
        initial=lambda: settings.EVIDENCE_LEVEL,
        required=False,
        label="evidence",
        help_text="What a composite of this search rests on, and what that costs.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._check_bounds(cleaned)
        if "expression" in cleaned and "ranges" in cleaned:
            self.order = self._read_order(cleaned["expression"], cleaned["ranges"])
        return cleaned

    def _check_bounds(self, cleaned: dict[str, Any]) -> None:
        low, high = cleaned.get("pm1_b1"), cleaned.get("pm1_b2")
        if (low is None) != (high is None):
            self.add_error("pm1_b2", "want both bounds or neither")
        elif low is not None and low > high:
            self.add_error("pm1_b2", f"B2 = {high} is below B1 = {low}")

    def _read_order(self, expression: str, ranges: str) -> Order | None:
        """The order, or None with an error at the field that is to blame."""
        field = "expression"
        try:
            if ordered_by(expression) is None:
                parse(expression)
            field = "ranges"
            return Order.parse(expression, read_ranges(ranges))
        except OrderError as error:
            self.add_error(field, str(error))
            return None

    def place(self, by: str) -> Placed:
        """The new search, or the one that this order made before, as it is."""
        assert self.order is not None
        existing = Search.objects.filter(key=self.order.key).first()
        if existing is not None:
            return Placed(existing, created=False)
        given = self.cleaned_data
        bounds = (given["pm1_b1"], given["pm1_b2"]) if given["pm1_b1"] else None
        return place_order(
            self.order,
            priority=given["priority"],
            sieve_limit=given["sieve_limit"],
            pm1=bounds,
            hardware_class=given["hardware_class"],
            evidence=given["evidence"] or None,
            created_by=by,
        )

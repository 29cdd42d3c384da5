"""The depth of the sieve and the bounds of P-1 are shown with their reasons."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from searches.models import Search

# Pages read with SQL of their own, on both databases.
pytestmark = pytest.mark.ledger

MEASURED = {
    "depth": 5_000_000,
    "numbers": 900,
    "prime_seconds": 1e-6,
    "factors": 412,
    "measured": True,
    "cost": 0.82,
    "low": 0.75,
    "high": 0.91,
    "saves": 12.5,
    "target": 70_000_000,
    "test_measured": True,
    "ended": False,
    "reason": "removing a candidate costs less than it saves",
}


def decided(search: Search, **changes: Any) -> None:
    figures = {**MEASURED, **changes}
    Search.objects.filter(pk=search.pk).update(
        sieve_automatic=True, sieve_limit=10_000_000, sieve_figures=figures
    )


def text_of(client: Client, search: Search) -> str:
    page = client.get(f"/searches/{search.pk}").content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def admin_text(client: Client, search: Search) -> str:
    page = client.get(f"/admin/searches/search/{search.pk}/change/").content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_measured_decision_shows_its_figures_and_its_band(
    client: Client, running: Search
) -> None:
    decided(running)
    page = text_of(client, running)
    assert "to be sieved by the primes up to 10000000" in page
    assert "820 ms, measured on 412 removals (750 ms to 910 ms)" in page
    assert "12.5 s, from measured tests" in page
    assert "at p = 70000000" in page
    assert "goes on: removing a candidate costs less than it saves" in page


def test_a_decision_by_the_formula_says_so(client: Client, running: Search) -> None:
    decided(
        running, measured=False, factors=37, low=0.0, high=None, test_measured=False
    )
    page = text_of(client, running)
    assert "by the formula: 37 removals were measured, 100 are needed" in page
    assert "from estimated tests" in page


def test_the_end_of_the_sieve_says_why(client: Client, hunted: Search) -> None:
    page = text_of(client, hunted)
    assert "automatic" in page
    assert f"sieved by the primes up to {hunted.sieve_limit}" in page
    assert f"ended: {hunted.sieve_figures['reason']}" in page


def test_before_the_first_pass_nothing_is_decided(
    client: Client, running: Search
) -> None:
    assert "undecided: the first pass" in text_of(client, running)


def test_a_fixed_depth_says_who_fixed_it(client: Client, running: Search) -> None:
    Search.objects.filter(pk=running.pk).update(sieve_automatic=False)
    assert "fixed by the operator" in text_of(client, running)


def test_operators_see_the_same_figures(operator: Client, running: Search) -> None:
    decided(running)
    page = admin_text(operator, running)
    assert "820 ms (750 ms to 910 ms), measured: 412 removals" in page
    assert "12.5 s, measured" in page
    assert "goes on: removing a candidate costs less than it saves" in page


def test_the_reason_against_p_minus_1_is_shown(
    client: Client, operator: Client, hunted: Search
) -> None:
    assert "skipped: a number of" in text_of(client, hunted)
    assert "skipped: a number of" in admin_text(operator, hunted)


def test_the_bounds_that_were_chosen_are_shown_with_their_reason(
    client: Client, operator: Client, running: Search
) -> None:
    note = "chosen: finds a factor of 8.3 % of the numbers"
    Search.objects.update(pm1_b1=7700, pm1_b2=150_000, pm1_note=note)
    assert f"B1 = 7700, B2 = 150000, {note}" in text_of(client, running)
    assert f"B1 = 7700, B2 = 150000, {note}" in admin_text(operator, running)


def test_an_imported_search_says_where_its_numbers_come_from(
    client: Client, running: Search
) -> None:
    Search.objects.update(source="<b>.abc, sieved to 99", unlisted=1234)
    page = client.get(f"/searches/{running.pk}").content.decode()
    assert "&lt;b&gt;.abc, sieved to 99" in page
    plain = text_of(client, running)
    assert "1234 others of this order are not in it" in plain
    assert "import_sieve FILE" in plain

"""Ordering a search in the admin: checked, audited, never twice."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from darkreach_site.ledger import ensure_operator
from searches.admin.orders import read_ranges
from searches.models import Block, Search

# Pages read with SQL of their own, on both databases.
pytestmark = pytest.mark.ledger

ADD = "/admin/searches/search/add/"
GOOD = {"expression": "k*2^n+1", "ranges": "n=1:100, k=3,5,7", "priority": 7}


def order(client: Client, **changes: Any) -> Any:
    return client.post(ADD, {**GOOD, **changes}, follow=True)


def test_the_first_operator_can_log_in(client: Client, db: None) -> None:
    made = ensure_operator()
    assert made is not None
    name, password = made
    page = client.post(
        "/admin/login/?next=/admin/",
        {"username": name, "password": password},
        follow=True,
    )
    assert page.status_code == 200
    assert "Site administration" not in page.content.decode()
    assert "darkreach" in page.content.decode()


def test_an_order_becomes_a_search_with_blocks(operator: Client) -> None:
    page = order(operator, sieve_limit=5000, hardware_class="cpu")
    search = Search.objects.get()
    assert search.title in page.content.decode()
    assert (search.size, search.priority, search.sieve_limit) == (300, 7, 5000)
    assert (search.hardware_class, search.created_by) == ("cpu", "admin")
    assert Block.objects.filter(search=search, queue="sieve.cpu").exists()


def test_an_order_is_audited(operator: Client) -> None:
    order(operator)
    entry = LogEntry.objects.get()
    assert entry.is_addition()
    assert entry.user.get_username() == "admin"
    assert entry.object_id == str(Search.objects.get().pk)


def test_bounds_of_p_minus_1_are_taken_over(operator: Client) -> None:
    order(operator, pm1_b1=1000, pm1_b2=20000)
    search = Search.objects.get()
    assert (search.pm1_b1, search.pm1_b2) == (1000, 20000)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"expression": "9**9**9"}, "expression"),
        ({"expression": "k*2^n+"}, "expression"),
        ({"expression": "k*2^3^n+7"}, "expression"),
        ({"expression": "("}, "expression"),
        ({"expression": "1" * 20_000}, "expression"),
        ({"expression": ""}, "expression"),
        ({"ranges": "n=1:100"}, "ranges"),
        ({"ranges": "n=100:1, k=3"}, "ranges"),
        ({"ranges": "n=1:100, k=3, z=1:2"}, "ranges"),
        ({"ranges": "n=1:100000000, k=1:100"}, "ranges"),
        ({"ranges": "1:100"}, "ranges"),
        ({"ranges": "n=1:9, n=2:9, k=3"}, "ranges"),
        ({"priority": 10}, "priority"),
        ({"priority": "high"}, "priority"),
        ({"sieve_limit": 1}, "sieve_limit"),
        ({"pm1_b1": 1000}, "pm1_b2"),
        ({"pm1_b1": 1000, "pm1_b2": 100}, "pm1_b2"),
        ({"hardware_class": "quantum"}, "hardware_class"),
    ],
)
def test_a_bad_order_is_refused_at_its_field_and_changes_nothing(
    operator: Client, changes: dict[str, Any], field: str
) -> None:
    page = order(operator, **changes)
    assert page.status_code == 200
    assert list(page.context["form"].errors) == [field]
    assert "Nothing was ordered" in page.content.decode()
    assert not Search.objects.exists()
    assert not LogEntry.objects.exists()


def test_the_same_order_again_leads_to_the_search_that_exists(operator: Client) -> None:
    order(operator)
    page = order(operator, expression="1+2^n*k", ranges="k=7,5,3,n=1:100", priority=1)
    search = Search.objects.get()
    said = page.content.decode()
    assert "Nothing was added" in said
    assert f"/admin/searches/search/{search.pk}/change/" in said
    assert search.priority == 7


@pytest.mark.parametrize("state", ["paused", "cancelled", "finished"])
def test_a_repeated_order_does_not_resume_anything(
    operator: Client, state: str
) -> None:
    order(operator)
    Search.objects.update(state=state)
    assert f"which is {state}" in order(operator).content.decode()
    assert Search.objects.get().state == state


def test_normalisations_are_said(operator: Client) -> None:
    page = order(operator, expression="12*2^n+1", ranges="n=1:9")
    assert "3*2^" in page.content.decode()


def test_only_who_may_add_searches_may_order(
    client: Client, django_user_model: Any
) -> None:
    user = django_user_model.objects.create_user("looker", is_staff=True)
    client.force_login(user)
    assert client.post(ADD, GOOD).status_code == 403
    assert not Search.objects.exists()


def test_ranges_are_read_as_people_write_them() -> None:
    assert read_ranges(" n = 1:9 , k=3, 5,7 ") == {"n": "1:9", "k": "3,5,7"}
    assert read_ranges("n=1:9:2\nk=3;b=2") == {"n": "1:9:2", "k": "3", "b": "2"}
    assert read_ranges("") == {}

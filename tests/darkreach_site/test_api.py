"""The public API: lists in parts, filters, ETags, limits, errors."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client

from darkreach_site.api import cursors, limits
from fleet import bell as the_bell
from fleet import relay
from searches.models import Candidate, Search
from verification.models import Prime

ROOT = "/api/v1/"


@pytest.fixture(autouse=True)
def fresh_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_counter", limits._Counter())
    monkeypatch.setattr(settings, "API_RATE", 10_000)


def get(client: Client, place: str, status: int = 200) -> Any:
    cache.clear()
    answer = client.get(ROOT + place)
    assert answer.status_code == status, answer.content
    kind = "application/json" if status == 200 else "application/problem+json"
    assert answer.headers["Content-Type"].startswith(kind)
    return answer.json()


def everything(client: Client, place: str, name: str = "cursor") -> list[Any]:
    """All items of a list, two at a time."""
    items: list[Any] = []
    page = get(client, place)
    while True:
        assert len(page["items"]) <= 2
        items += page["items"]
        if page["next"] is None:
            return items
        page = get(client, f"{place}&{name}={page['next']}")


def test_primes_come_in_parts_and_none_is_skipped_or_repeated(
    client: Client, hunted: Search
) -> None:
    for sort, order in (("digits", ("-digits", "id")), ("date", ("-found_at", "-id"))):
        items = everything(client, f"primes?limit=2&sort={sort}")
        wanted = Prime.objects.order_by(*order).values_list("expression", flat=True)
        assert [item["expression"] for item in items] == list(wanted)
    assert len(items) > 10


def test_primes_are_filtered(client: Client, hunted: Search) -> None:
    items = everything(client, "primes?limit=2&min_digits=2&max_digits=10")
    digits = [item["digits"] for item in items]
    assert digits and min(digits) >= 2 and max(digits) <= 10
    assert everything(client, "primes?limit=2&form=proth") == everything(
        client, "primes?limit=2"
    )
    assert get(client, "primes?form=riesel")["items"] == []
    twins = everything(client, "primes?limit=2&tag=twin")
    assert twins and all("twin" in item["tags"] for item in twins)
    assert get(client, "primes?found_before=2001-01-01T00:00:00Z")["items"] == []
    assert get(client, f"primes?search={hunted.pk + 1}")["items"] == []


def test_a_prime_comes_with_its_evidence(client: Client, hunted: Search) -> None:
    found = get(client, "primes/3x2_189+1")
    assert found["digits"] == 58
    assert found["timeline"][0]["stage"] == "sieve"
    assert len(found["verified_by"]) >= 2
    # In any spelling of the number.
    assert get(client, "primes/6x2_188+1")["label"] == "3x2_189+1"
    assert client.get(found["certificate_url"]).json()["kind"] == "proth"


def test_candidates_come_in_the_order_of_the_search_and_by_state(
    client: Client, hunted: Search
) -> None:
    items = everything(client, f"candidates?search={hunted.pk}&limit=2")
    rows = Candidate.objects.filter(search=hunted).order_by("index")
    assert [item["index"] for item in items] == [row.index for row in rows]
    items = everything(client, f"candidates?search={hunted.pk}&limit=2&state=composite")
    assert [i["index"] for i in items] == [
        row.index for row in rows.filter(state="composite").order_by("bits", "id")
    ]


def test_a_number_tells_all_that_is_known(client: Client, hunted: Search) -> None:
    row = Candidate.objects.filter(state="composite").first()
    assert row is not None
    label = row.expression.replace("*", "x").replace("^", "_")
    found = get(client, f"candidates/{label}")
    assert found["prime"] is None
    assert len(found["residues"][0]["res64"]) == 16
    assert found["candidates"][0]["state"] == "composite"
    assert get(client, "candidates/3x2_189+1")["prime"]["digits"] == 58


def test_searches_stats_and_events(
    client: Client, hunted: Search, bell: object
) -> None:
    (line,) = get(client, "searches")["items"]
    assert line["state"] == "finished" and line["settled"] == line["candidates"] == 200
    one = get(client, f"searches/{hunted.pk}")
    assert one["spec"]["expression"] == "3*2^n+1"
    assert get(client, "searches?state=running")["items"] == []
    relay.publish()
    count = get(client, "stats")["sequence"]
    events = everything(client, "events?limit=2", name="after")
    assert [event["sequence"] for event in events] == list(range(1, count + 1))
    assert {event["kind"] for event in events} >= {"search.placed", "prime.found"}


def test_a_prime_under_embargo_is_nowhere(
    client: Client, hunted: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "EMBARGO_HOURS", 24)
    assert get(client, "primes")["items"] == []
    get(client, "primes/3x2_189+1", 404)
    found = get(client, "candidates/3x2_189+1")
    assert found["prime"] is None and found["residues"] == []
    assert found["candidates"][0]["state"] == "open"
    place = f"candidates?search={hunted.pk}&limit=200"
    assert "prime" not in {item["state"] for item in get(client, place)["items"]}
    assert get(client, f"{place}&state=prime")["items"] == []


def test_who_has_an_answer_gets_304(client: Client, hunted: Search) -> None:
    first = client.get(ROOT + "primes")
    again = client.get(ROOT + "primes", headers={"If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert again.content == b""
    assert "max-age" in first["Cache-Control"]


def test_answers_are_remembered_for_a_moment(
    client: Client, hunted: Search, django_assert_num_queries: Any
) -> None:
    client.get(ROOT + "primes?limit=5")
    with django_assert_num_queries(0):
        client.get(ROOT + "primes?limit=5")


@pytest.mark.parametrize(
    "place",
    [
        *("primes", "primes/3x2_189+1", "searches", "stats", "events"),
        *("candidates?search=1", "candidates/3x2_189+1"),
    ],
)
def test_no_answer_takes_many_queries(
    client: Client, hunted: Search, place: str, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        client.get(ROOT + place)


def test_an_address_that_asks_too_often_is_told_when_to_come_back(
    client: Client, db: None, bell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "API_RATE", 3)
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    answers = [client.get(ROOT + "stats") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0]["RateLimit-Remaining"] == "2"
    last = answers[-1]
    assert last.json()["code"] == "too-many-requests"
    assert last["Retry-After"] == last["RateLimit-Reset"] == "20"
    assert bell.keys("darkreach:rate:*") == [b"darkreach:rate:127.0.0.1:16666"]
    monkeypatch.setattr(time, "time", lambda: 1_000_020.0)
    assert client.get(ROOT + "stats").status_code == 200


def test_without_the_bell_each_process_counts_by_itself(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "API_RATE", 2)
    monkeypatch.setattr(settings, "BELL_URL", "redis://127.0.0.1:1/0")
    the_bell.client.cache_clear()
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    codes = [client.get(ROOT + "events").status_code for _ in range(3)]
    the_bell.client.cache_clear()
    assert codes == [200, 200, 429]


def test_only_the_address_that_our_proxy_saw_counts(
    rf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "1.1.1.1, 2.2.2.2"}
    assert limits.address(rf.get("/", **asked)) == "10.0.0.1"
    monkeypatch.setattr(settings, "BEHIND_PROXY", True)
    assert limits.address(rf.get("/", **asked)) == "2.2.2.2"
    same_site = {
        limits.address(rf.get("/", HTTP_X_FORWARDED_FOR=f"2001:db8:1:2::{each}"))
        for each in (1, "ffff:1")
    }
    assert same_site == {"2001:db8:1:2::/64"}


def forged(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "place",
    [
        "primes?cursor=x",
        f"primes?cursor={forged('date', '2026-01-01T00:00:00+00:00', 1)}",
        f"primes?cursor={forged('digits', 1)}",
        f"primes?cursor={forged('digits', 2**70, 1)}",
        f"primes?cursor={forged('digits', True, 1)}",
        f"primes?sort=date&cursor={forged('date', 'now', 1)}",
        "primes?cursor=" + "[" * 150,
        "primes?limit=0",
        "primes?limit=201",
        "primes?tag=x' OR 1=1 --",
        "primes?sort=-found_at; DROP TABLE x",
        "primes?sort=certificate__data",
        "primes?search=1e9",
        "primes?min_digits=" + "9" * 400,
        "primes?found_from=yesterday",
        "primes?found_from=0.0",
        "primes?found_from=1784000000",
        "primes?found_from=0001-01-01T00:00:00%2B23:59",
        "primes?found_before=9999-12-31T23:59:59-23:59",
        "candidates",
        "candidates?search=1&state=open' --",
        "searches/-1",
        "events?after=-1",
    ],
)
def test_what_cannot_be_understood_is_refused(
    client: Client, db: None, place: str
) -> None:
    problem = get(client, place, 422)
    assert problem["code"] == "invalid" and problem["status"] == 422


def test_names_that_no_list_knows_reach_no_query(
    client: Client, hunted: Search
) -> None:
    plain = get(client, "primes")
    for name in ("key", "certificate__data__a", "search__spec__contains", "_connector"):
        assert get(client, f"primes?{name}=1") == plain


@pytest.mark.parametrize("label", ["9_9_9_9", "9_(9_9)", "3~zz", "1/0", "9!!!", "%00"])
def test_numbers_that_nobody_could_write_out_are_not_looked_up(
    client: Client, db: None, label: str
) -> None:
    began = time.monotonic()
    get(client, f"primes/{label}", 404)
    get(client, f"candidates/{label}", 404)
    assert time.monotonic() - began < 2


def test_errors_have_one_shape(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert get(client, "nothing", 404)["code"] == "not-found"
    assert get(client, "primes?x=" + "y" * 5000, 422)["code"] == "invalid"
    assert get(client, "primes?limit=1&limit=2", 422)["code"] == "invalid"

    def away(*_: object, **__: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("darkreach_site.live.ledger.events_after", away)
    assert get(client, "events", 503)["detail"].startswith("the database")


def test_cursors_say_where_a_page_ended() -> None:
    text = cursors.encode("digits", [12, 3])
    assert cursors.decode(text, "digits", (int, int)) == [12, 3]

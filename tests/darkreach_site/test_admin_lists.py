"""The operators' lists: complete, read-only, and cheap on large tables."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fleet.models import Lease, Worker
from searches.admin import lists
from searches.models import Block, Search
from verification.models import Certificate, Prime, Residue

# Pages read with SQL of their own, on both databases.
pytestmark = pytest.mark.ledger

NOW = datetime(2026, 1, 2, tzinfo=UTC)
LISTS = [
    "searches/search",
    "searches/block",
    "searches/candidate",
    "searches/factor",
    "fleet/worker",
    "fleet/lease",
    "verification/residue",
    "verification/certificate",
    "verification/certificatecheck",
    "verification/prime",
    "verification/reliability",
]
EVIDENCE = [name for name in LISTS if name != "searches/search"]
MOST_QUERIES = 14


@pytest.fixture
def worker(running: Search) -> Worker:
    """A worker with a lease on the first block of the running search."""
    worker = Worker.objects.create(
        id=uuid.uuid4().hex,
        hostname="<b>node</b>",
        pid=4711,
        queues=["sieve", "prp"],
        slots=2,
        started_at=NOW,
        seen_at=NOW,
    )
    lease = uuid.uuid4().hex
    Block.objects.filter(search=running).update(
        state="leased", lease_id=lease, worker=worker, epoch=1, progress=0.4
    )
    block = Block.objects.get(search=running)
    Lease.objects.create(id=lease, block=block, epoch=1, worker=worker, granted_at=NOW)
    return worker


def test_every_list_and_every_row_can_be_seen(operator: Client, hunted: Search) -> None:
    for name in LISTS:
        with CaptureQueriesContext(connection) as queries:
            page = operator.get(f"/admin/{name}/")
        assert page.status_code == 200, name
        assert len(queries) <= MOST_QUERIES, name
        for row in page.context["cl"].result_list[:1]:
            change = operator.get(f"/admin/{name}/{row.pk}/change/")
            assert change.status_code == 200, name


def test_no_list_counts_or_compares_a_whole_table(
    operator: Client, hunted: Search
) -> None:
    for name in LISTS:
        with CaptureQueriesContext(connection) as queries:
            operator.get(f"/admin/{name}/")
            operator.get(f"/admin/{name}/?q=12345")
        table = name.replace("/", "_")
        for query in (each["sql"] for each in queries if table in each["sql"]):
            assert "DISTINCT" not in query
            assert "LIKE" not in query
            assert "COUNT(" not in query or f"LIMIT {lists.COUNTED + 1}" in query


def test_evidence_is_neither_added_nor_changed_nor_deleted(
    operator: Client, hunted: Search
) -> None:
    for name in EVIDENCE:
        row = apps.get_model(name.replace("/", ".")).objects.first()
        pk = row.pk if row else 1
        change = f"/admin/{name}/{pk}/change/"
        assert operator.get(f"/admin/{name}/add/").status_code == 403
        assert operator.post(change, {}).status_code == 403
        assert operator.post(f"/admin/{name}/{pk}/delete/").status_code == 403
        if row is not None:
            assert 'name="_save"' not in operator.get(change).content.decode()
        page = operator.get(f"/admin/{name}/").content.decode()
        assert "delete_selected" not in page


def test_a_search_cannot_be_deleted(operator: Client, running: Search) -> None:
    address = f"/admin/searches/search/{running.pk}/delete/"
    assert operator.post(address, {"post": "yes"}).status_code == 403
    assert Search.objects.exists()


def test_a_search_shows_its_funnel_and_leads_to_its_blocks(
    operator: Client, hunted: Search
) -> None:
    address = f"/admin/searches/search/{hunted.pk}/change/"
    page = operator.get(address).content.decode()
    assert '<th scope="row">candidates</th><td>200</td>' in page
    assert f"/admin/searches/block/?search__id__exact={hunted.pk}" in page
    assert f"/searches/{hunted.pk}" in page
    blocks = operator.get(f"/admin/searches/block/?search__id__exact={hunted.pk}")
    assert len(blocks.context["cl"].result_list) == Block.objects.count()


def test_numbers_are_found_by_any_spelling(operator: Client, hunted: Search) -> None:
    for name in ("searches/candidate", "verification/residue", "verification/prime"):
        page = operator.get(f"/admin/{name}/", {"q": "6*2^188+1"})
        found = {row.expression for row in page.context["cl"].result_list}
        assert found == {"3*2^189+1"}
        page = operator.get(f"/admin/{name}/", {"q": "3*2^190+7; DROP TABLE"})
        assert not len(page.context["cl"].result_list)


@pytest.mark.parametrize("term", ["9" * 40, "-1", "x", "'", "1.5", "٣"])
def test_an_odd_search_term_finds_nothing(
    operator: Client, running: Search, term: str
) -> None:
    for name in LISTS:
        page = operator.get(f"/admin/{name}/", {"q": term})
        assert page.status_code == 200, name
        assert not len(page.context["cl"].result_list), name


def test_blocks_show_owner_and_progress(operator: Client, worker: Worker) -> None:
    page = operator.get("/admin/searches/block/?state__exact=leased").content.decode()
    assert '<progress max="1" value="0.400"' in page
    assert "&lt;b&gt;node&lt;/b&gt;:4711" in page
    assert "<b>node" not in page


def test_a_silent_bell_is_said_and_not_mistaken_for_dead_workers(
    operator: Client, worker: Worker, no_bell: None
) -> None:
    page = operator.get("/admin/fleet/worker/").content.decode()
    assert "The bell does not answer" in page
    assert "bell does not answer</td>" in page
    row = operator.get(f"/admin/fleet/worker/{worker.pk}/change/").content.decode()
    assert row.count("<label>Queues:</label>") == 1
    assert "bell does not answer" in row


@pytest.mark.parametrize("alive", [True, False])
def test_workers_are_alive_when_the_bell_heard_them(
    operator: Client, worker: Worker, alive: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = [{"worker": worker.pk}] if alive else []
    monkeypatch.setattr("fleet.bell.live_workers", lambda: heard)
    page = operator.get("/admin/fleet/worker/")
    (row,) = page.context["cl"].result_list
    assert row.heard is alive
    block = Block.objects.get()
    assert f'/admin/searches/block/{block.pk}/change/">{block.pk}</a> (40 %)' in (
        page.content.decode()
    )


def test_a_count_stops_at_its_cap(
    running: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "COUNTED", 3)
    for count, wanted in ((2, 3), (1, 4), (5, 4)):
        Block.objects.bulk_create(
            Block(search=running, stage="prp", queue="prp", created_at=NOW)
            for _ in range(count)
        )
        rows = Block.objects.order_by("id")
        assert lists.EstimatedPaginator(rows, 2).count == wanted


def test_a_whole_table_beyond_the_cap_is_estimated_where_that_is_possible(
    running: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "COUNTED", 3)
    Block.objects.bulk_create(
        Block(search=running, stage="prp", queue="prp", created_at=NOW)
        for _ in range(49)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE searches_block")
    wanted = 50 if connection.vendor == "postgresql" else 4
    assert lists.EstimatedPaginator(Block.objects.order_by("id"), 2).count == wanted


def test_large_columns_are_not_read_for_a_list(
    operator: Client, hunted: Search
) -> None:
    big: list[tuple[type[Any], str]] = [
        (Certificate, '"verification_certificate"."data"'),
        (Prime, '"verification_certificate"."data"'),
        (Residue, '"res2048"'),
    ]
    for model, column in big:
        with CaptureQueriesContext(connection) as queries:
            operator.get(f"/admin/verification/{model._meta.model_name}/")
        assert not [q for q in queries if column in q["sql"]]


def test_every_list_keeps_the_rules_of_large_tables() -> None:
    ours = ("searches", "fleet", "verification")
    for model, page in admin.site._registry.items():
        if model._meta.app_label in ours:
            assert isinstance(page, lists.LedgerAdmin)
            assert page.show_full_result_count is False
            assert page.date_hierarchy is None


def test_the_admin_may_load_its_own_files_only(operator: Client) -> None:
    policy = operator.get("/admin/").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'")
    assert "unsafe" not in policy

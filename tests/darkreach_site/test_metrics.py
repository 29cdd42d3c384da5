"""/metrics: what Prometheus reads, who may read it, what it says in an outage."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from fleet import bell as bell_door
from fleet import metrics, schedule
from searches.clock import ledger_now
from tests import hunts

pytestmark = pytest.mark.django_db(transaction=True)
DASHBOARD = Path(__file__).parents[2] / "docs/grafana/darkreach.json"


def scraped(**headers: str) -> dict[tuple[str, str], float]:
    """Values by name and joined labels."""
    answer = Client().get("/metrics", headers=headers)
    assert answer.status_code == 200
    return {
        (sample.name, ",".join(in_order(sample.labels))): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def in_order(labels: dict[str, str]) -> list[str]:
    """The values of labels, sorted by name but for the upper end of a bucket."""
    names = sorted(labels, key=lambda name: (name == "le", name))
    return [labels[name] for name in names]


def test_a_hunt_shows_in_every_number(
    bell: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What other tests did in this process is not in these numbers.
    monkeypatch.setattr(metrics, "gathered", metrics.Gathered())
    hunts.placed("7*2^n+1", n="1:50")
    waiting = scraped()
    assert waiting["darkreach_blocks_ready", "sieve"] == 1
    assert waiting["darkreach_oldest_ready_seconds", "sieve"] >= 0
    hunts.drain()
    # Whatever else the schedule has did not run since an hour ago.
    now = ledger_now()
    for moment in (now - timedelta(hours=1), now):
        schedule.begin("dispatch", moment, moment)
    bell_door.heartbeat(
        {"worker": "a", "hostname": "h", "queues": ["prp"], "slots": 3, "doing": []}
    )
    bell.delete("prp")
    bell.lpush("prp", "ring")
    metrics.gathered.send(now=True)
    found = scraped()
    assert found["darkreach_up", "database"] == found["darkreach_up", "bell"] == 1
    assert found["darkreach_queue_length", "prp"] == 1
    assert found["darkreach_slots", "all"] == 3
    assert found["darkreach_results_total", "prp,accepted"] >= 1
    assert found["darkreach_verdicts_total", "prp,composite"] >= 1
    assert found["darkreach_schedule_healthy", "dispatch"] == 1
    assert found["darkreach_schedule_healthy", "reclaim"] == 0
    assert found["darkreach_block_seconds_bucket", "7*2^n+1,sieve,+Inf"] == 1
    assert found["darkreach_block_seconds_count", "7*2^n+1,sieve"] == 1


def test_histograms_are_cumulative_and_kept_while_the_bell_is_away(
    bell: redis.Redis, settings: Any
) -> None:
    gathered = metrics.Gathered()
    for value in (0.0005, 0.02, 9.0):
        gathered.observe("claim_seconds", value, "sieve")
    good = settings.BELL_URL
    settings.BELL_URL = "redis://127.0.0.1:1/0"
    bell_door.client.cache_clear()
    gathered.send(now=True)
    settings.BELL_URL = good
    bell_door.client.cache_clear()
    gathered.send(now=True)
    gathered.send(now=True)
    found = scraped()
    name = "darkreach_claim_seconds_bucket"
    counts = [found[name, f"sieve,{end}"] for end in ("0.001", "0.025", "2.5", "+Inf")]
    assert counts == [1, 2, 2, 3]
    assert found["darkreach_claim_seconds_sum", "sieve"] == pytest.approx(9.0205)


def test_strangers_and_proxies_are_refused() -> None:
    client = Client()
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.1").status_code == 403
    proxied = {"X-Forwarded-For": "127.0.0.1"}
    assert client.get("/metrics", headers=proxied).status_code == 403


def test_with_a_token_only_the_token_counts(bell: redis.Redis, settings: Any) -> None:
    settings.METRICS_TOKEN = "secret"
    assert Client().get("/metrics").status_code == 403
    wrong = {"Authorization": "Bearer secre\u0074s"}
    assert Client().get("/metrics", headers=wrong).status_code == 403
    assert scraped(Authorization="Bearer secret")["darkreach_up", "bell"] == 1


def test_a_scrape_without_the_bell_says_so(settings: Any) -> None:
    settings.BELL_URL = "redis://127.0.0.1:1/0"
    bell_door.client.cache_clear()
    try:
        found = scraped()
    finally:
        bell_door.client.cache_clear()
    assert (found["darkreach_up", "bell"], found["darkreach_up", "database"]) == (0, 1)
    assert ("darkreach_workers", "") not in found


def test_the_dashboard_asks_for_numbers_that_exist(bell: redis.Redis) -> None:
    text = Client().get("/metrics").content.decode()
    exposed = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    panels = json.loads(DASHBOARD.read_text())["panels"]
    asked = {
        name
        for panel in panels
        for target in panel["targets"]
        for name in re.findall(r"darkreach_\w+", target["expr"])
    }
    assert len(asked) > 10
    assert {name.removesuffix("_bucket") for name in asked} <= exposed

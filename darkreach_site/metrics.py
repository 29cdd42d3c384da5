"""/metrics: the fleet in numbers, for Prometheus.

Gauges are asked of ledger and bell at each scrape, counters and histograms come from
the bell (`fleet.metrics`). Whatever does not answer in time is left out, and
`darkreach_up` says so. Only this host may ask, or whoever has the token.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Iterator

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from darkreach_site.health import LONGEST_WAIT
from fleet import bell, metrics, schedule
from searches import states
from searches.clock import ledger_now
from searches.models import Block

_LOOPBACK = ("127.0.0.1", "::1")
#: Name in the bell: name here, what it means, labels.
_COUNTERS = {
    "results": ("Results handed in.", ["kind", "status"]),
    "verdicts": ("Numbers by what results say of them.", ["stage", "verdict"]),
    "reclaims": ("Leases taken back.", []),
}
_HISTOGRAMS = {
    "claim_seconds": ("Time of one claim.", ["queue"]),
    "block_seconds": ("Computing time of accepted blocks.", ["stage", "form"]),
}


class Found(Collector):
    """What one scrape found, handed to the exposition."""

    def __init__(self, found: list[Metric]) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        yield from self._found


def from_ledger() -> list[Metric]:
    """Blocks and the schedule. Raises when the ledger is away."""
    try:
        return [*_blocks(), *_schedule()]
    finally:
        connection.close()


def _blocks() -> Iterator[Metric]:
    now = ledger_now()
    ready = _gauge("blocks_ready", "Blocks that wait for a worker.", "queue")
    oldest = _gauge("oldest_ready_seconds", "Age of the oldest ready block.", "queue")
    waiting = Block.objects.filter(state="ready", search__state="running")
    by_queue = waiting.values("queue").annotate(n=Count("id"), t=Min("created_at"))
    for row in by_queue.order_by():
        ready.add_metric([row["queue"]], row["n"])
        oldest.add_metric([row["queue"]], (now - row["t"]).total_seconds())
    leased = _gauge("blocks_leased", "Blocks that somebody computes.", "stage")
    running = Block.objects.filter(state="leased").values("stage")
    for row in running.annotate(n=Count("id")).order_by():
        leased.add_metric([row["stage"]], row["n"])
    dead = _gauge("blocks_dead", "Blocks in quarantine, of running searches.")
    # By search and stage, so that the index of the pipeline serves it.
    quarantined = Block.objects.filter(
        state="quarantined", stage__in=states.STAGES, search__state="running"
    )
    dead.add_metric([], quarantined.count())
    yield from (ready, oldest, leased, dead)


def _schedule() -> Iterator[Metric]:
    now = ledger_now()
    lag = _gauge("schedule_lag_seconds", "Time since the last run.", "task")
    healthy = _gauge("schedule_healthy", "Ran within twice its interval.", "task")
    for standing in schedule.standings(now):
        healthy.add_metric([standing.task], float(standing.healthy))
        if standing.last is not None:
            late = (now - standing.last.started_at).total_seconds()
            lag.add_metric([standing.task], late)
    yield from (lag, healthy)


def from_bell() -> list[Metric]:
    """Queues, live workers, and what they counted. Raises when the bell is away."""
    queues = _gauge("queue_length", "Rings that wait.", "queue")
    for queue, length in bell.lengths(settings.QUEUES).items():
        queues.add_metric([queue], length)
    fleet = bell.present()
    workers = _gauge("workers", "Live workers.")
    workers.add_metric([], len(fleet))
    slots = _gauge(
        "slots", "Blocks that live workers can do, and do, at once.", "state"
    )
    slots.add_metric(["all"], sum(int(worker.slots) for worker in fleet))
    slots.add_metric(["busy"], sum(int(worker.busy) for worker in fleet))
    age = _gauge("heartbeat_age_seconds", "The oldest heartbeat of a live worker.")
    age.add_metric([], bell.oldest_heartbeat(fleet))
    counted = metrics.read()
    return [queues, workers, slots, age, *_counters(counted), *_histograms(counted)]


def _counters(counted: dict[str, dict[metrics.Labels, float]]) -> Iterator[Metric]:
    for name, (meaning, labels) in _COUNTERS.items():
        family = CounterMetricFamily(f"darkreach_{name}", meaning, labels=labels)
        for values, count in sorted(counted.get(name, {}).items()):
            family.add_metric(list(values), count)
        yield family


def _histograms(counted: dict[str, dict[metrics.Labels, float]]) -> Iterator[Metric]:
    for name, (meaning, labels) in _HISTOGRAMS.items():
        family = HistogramMetricFamily(f"darkreach_{name}", meaning, labels=labels)
        found = counted.get(name, {})
        for values, total in sorted(counted.get(f"{name}_sum", {}).items()):
            below, buckets = 0.0, []
            for end in (*map(str, metrics.BUCKETS[name]), "+Inf"):
                below += found.get((*values, end), 0.0)
                buckets.append((end, below))
            family.add_metric(list(values), buckets, total)
        yield family


def _gauge(name: str, meaning: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"darkreach_{name}", meaning, labels=labels)


SOURCES: dict[str, Callable[[], list[Metric]]] = {
    "database": from_ledger,
    "bell": from_bell,
}


async def _ask(source: Callable[[], list[Metric]]) -> list[Metric] | None:
    try:
        return await asyncio.wait_for(
            sync_to_async(source, thread_sensitive=False)(), LONGEST_WAIT
        )
    except Exception:  # away, frozen, not migrated: the scrape goes on without it
        return None


async def scrape(request: HttpRequest) -> HttpResponse:
    """The exposition, within two seconds whatever is away."""
    if not allowed(request):
        return HttpResponse("forbidden\n", status=403, content_type="text/plain")
    answers = await asyncio.gather(*(_ask(source) for source in SOURCES.values()))
    up = _gauge("up", "Does this part answer?", "part")
    found: list[Metric] = [up]
    for part, answer in zip(SOURCES, answers, strict=True):
        up.add_metric([part], float(answer is not None))
        found += answer or []
    registry = CollectorRegistry()
    registry.register(Found(found))
    return HttpResponse(
        generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4
    )


def allowed(request: HttpRequest) -> bool:
    """With a token set, whoever shows it; else this host, not through a proxy."""
    if settings.METRICS_TOKEN:
        shown = request.headers.get("Authorization", "")
        wanted = f"Bearer {settings.METRICS_TOKEN}"
        return hmac.compare_digest(shown.encode(), wanted.encode())
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    local = request.META.get("REMOTE_ADDR") in _LOOPBACK
    return local and not forwarded and settings.SECURE_PROXY_SSL_HEADER is None

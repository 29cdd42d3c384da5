"""What workers count and time: kept in the bell, read by /metrics.

Each process gathers in its memory and adds to one hash of the bell every few seconds,
best effort. A bell that forgot everything makes the counters start at zero, as after a
restart; whoever reads counters knows how to handle that.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections import Counter, defaultdict
from typing import Any

from darkreach import arrays
from fleet import bell
from searches.models import Block

log = logging.getLogger(__name__)

_KEY = "darkreach:metrics"
#: Seconds between two additions to the bell.
_EVERY = 5.0
#: Characters of an order's expression in a label.
_LONGEST_FORM = 60
#: Upper ends of the histograms, seconds.
CLAIM = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
BLOCK = (0.1, 1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0, 14400.0)
BUCKETS = {"claim_seconds": CLAIM, "block_seconds": BLOCK}

Labels = tuple[str, ...]


class Gathered:
    """Counts of this process that the bell does not have yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, float] = defaultdict(float)
        self._process = os.getpid()
        self._sent_at = time.monotonic()

    def count(self, name: str, *labels: str, by: float = 1.0) -> None:
        """Add to a counter."""
        with self._lock:
            self._mine()[_field(name, labels)] += by

    def observe(self, name: str, value: float, *labels: str) -> None:
        """Add a value to a histogram of BUCKETS."""
        bucket = next((str(end) for end in BUCKETS[name] if value <= end), "+Inf")
        with self._lock:
            counts = self._mine()
            counts[_field(name, (*labels, bucket))] += 1
            counts[_field(name + "_sum", labels)] += value

    def _mine(self) -> dict[str, float]:
        """What a forked process inherits is its parent's to send."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._counts.clear()
        return self._counts

    def send(self, now: bool = False) -> None:
        """Hand them to the bell if it is time; what it does not take is kept."""
        if not now and time.monotonic() - self._sent_at < _EVERY:
            return
        self._sent_at = time.monotonic()
        with self._lock:
            counts = dict(self._mine())
            self._counts.clear()
        if not counts:
            return
        try:
            pipe = bell.client().pipeline(transaction=False)
            for field, value in counts.items():
                pipe.hincrbyfloat(_KEY, field, value)
            pipe.execute()
        except bell.FAILURES as error:
            log.info("counts wait: %s", error)
            with self._lock:
                for field, value in counts.items():
                    self._counts[field] += value


def _field(name: str, labels: Labels) -> str:
    return json.dumps([name, *labels])


def read() -> dict[str, dict[Labels, float]]:
    """All counts by name and labels. Raises redis.RedisError when the bell is away."""
    found: dict[str, dict[Labels, float]] = defaultdict(dict)
    stored: Any = bell.client().hgetall(_KEY)
    for field, value in stored.items():
        name, *labels = json.loads(field)
        found[name][tuple(labels)] = float(value)
    return dict(found)


gathered = Gathered()


def note_result(block: Block, result: dict[str, Any]) -> None:
    """Computing time and verdicts of an accepted result."""
    if block.purpose != "first":
        return
    form = str(block.search.spec.get("expression", ""))[:_LONGEST_FORM]
    seconds = float(result.get("seconds", 0.0))
    gathered.observe("block_seconds", seconds, block.stage, form)
    for verdict, count in _verdicts(block.stage, result).items():
        gathered.count("verdicts", block.stage, verdict, by=count)


def _verdicts(stage: str, result: dict[str, Any]) -> dict[str, int]:
    if stage == "sieve":
        return {"factored": len(arrays.unpack(result["indices"]))}
    if stage == "pm1":
        found = sum(item["factor"] is not None for item in result["results"])
        return {"factored": found, "no factor": len(result["results"]) - found}
    members = [one for item in result["results"] for one in item["members"] if one]
    return dict(Counter(str(one["verdict"]) for one in members))

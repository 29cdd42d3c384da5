"""The sieve stage: remove the candidates that have a prime factor in a range of p.

task    {"stage": "sieve", "order": spec, "first": i, "count": m, "alive": packed
        indices or null, "p_min": p, "p_max": P}; null means every position of the span
        but duplicates and positions that hold no candidate.
result  {"indices", "factors", "members": packed, "seconds", "software"}: each removed
        index once, ascending, with its smallest prime factor in the range and the
        member it divides. A prime that equals the number removes nothing.

The result does not depend on how the range of p or the span is cut into tasks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from darkreach import arrays, checkpoint
from darkreach.errors import CheckpointError, OrderError
from darkreach.order import Order
from darkreach.sieve.engine import Removed, Sieve
from darkreach.sieve.modmul import P_LIMIT
from darkreach.sieve.terms import Rows, read_terms
from darkreach.software import description

#: Seconds that one window of primes should take, and its length in integers.
WINDOW_SECONDS = 0.2
SHORTEST_WINDOW, LONGEST_WINDOW = 2**4, 2**25


@dataclass
class Run:
    """A sieve task under way."""

    task: dict[str, Any]
    title: str
    sieve: Sieve
    next: int  # every prime below has been sieved with
    removed: list[Removed] = field(default_factory=list)
    seconds: float = 0.0
    window: int = 0

    def __post_init__(self) -> None:
        # The first one is careful: small primes cost more, and there are more of them.
        primes = WINDOW_SECONDS * 1e9 / (self.sieve.cost + 100)
        self.window = int(min(max(primes, SHORTEST_WINDOW), 2**12))

    @property
    def finished(self) -> bool:
        return self.next > self.task["p_max"] or self.sieve.exhausted

    @property
    def current(self) -> str:
        return f"{self.title}, p = {self.next}"


def start(task: dict[str, Any], saved: bytes | None = None) -> Run:
    """A run of this task. OrderError if its bounds are not understood."""
    if task["p_max"] >= P_LIMIT:
        raise OrderError(f"a sieve goes to p < 2^62 at most, not to {task['p_max']}")
    order = Order.from_spec(task["order"])
    alive = _alive(order, task)
    removed: list[Removed] = []
    position, seconds = max(task["p_min"], 2), 0.0
    if saved is not None:
        payload = checkpoint.unpack(saved, "sieve", checkpoint.fingerprint(task))
        removed, position, seconds = _restored(payload, alive)
        alive = np.setdiff1d(alive, removed[0].index, assume_unique=True)
    terms = read_terms(order, task["first"], task["count"], alive)
    return Run(task, order.title, Sieve(terms), position, removed, seconds)


def step(run: Run, seconds: float = 1.0) -> float:
    """Sieve for about so many seconds."""
    began = perf_counter()
    last = run.task["p_max"]
    while not run.finished:
        window_began = perf_counter()
        high = min(run.next + run.window - 1, last)
        removed = run.sieve.window(run.next, high)
        run.next = high + 1
        if removed.index.size:
            run.removed.append(removed)
        _fit_window(run, perf_counter() - window_began)
        if perf_counter() - began >= seconds:
            break
    run.seconds += perf_counter() - began
    if run.finished:
        return 1.0
    first = run.task["p_min"]
    done: float = (run.next - first) / (last + 1 - first)
    return min(done, 0.9999)


def state(run: Run) -> bytes:
    """A checkpoint: the next p and what has been removed so far."""
    payload = {
        "next": f"{run.next:x}",
        "seconds": run.seconds,
        **_packed(_joined(run.removed)),
    }
    return checkpoint.pack("sieve", checkpoint.fingerprint(run.task), payload)


def result(run: Run) -> dict[str, Any]:
    """What was removed, ascending by index. ValueError before the end."""
    if not run.finished:
        raise ValueError("this run is not finished")
    removed = _joined(run.removed)
    order = np.argsort(removed.index)
    in_order = Removed(
        removed.index[order], removed.factor[order], removed.member[order]
    )
    return {
        **_packed(in_order),
        "seconds": run.seconds,
        "software": description("numba sieve, 64-bit Montgomery"),
    }


def _alive(order: Order, task: dict[str, Any]) -> Rows:
    """The indices to sieve, ascending."""
    first, count = task["first"], task["count"]
    if first < 0 or count < 0 or first + count > order.size:
        raise OrderError(f"positions {first} to {first + count - 1} are not all there")
    if task["alive"] is not None:
        alive: Rows = np.unique(arrays.unpack(task["alive"]))
        if alive.size and not first <= alive[0] <= alive[-1] < first + count:
            raise OrderError("a candidate to sieve lies outside the span of its task")
        return alive
    wanted = np.ones(count, dtype=bool)
    for left_out in (order.duplicates, order.not_candidates):
        inside = left_out[(left_out >= first) & (left_out < first + count)]
        wanted[inside - first] = False
    return np.flatnonzero(wanted).astype(np.int64) + np.int64(first)


def _fit_window(run: Run, took: float) -> None:
    """Lengthen or shorten the next window towards WINDOW_SECONDS."""
    change = min(max(WINDOW_SECONDS / max(took, 1e-6), 0.25), 4.0)
    run.window = int(min(max(run.window * change, SHORTEST_WINDOW), LONGEST_WINDOW))


def _joined(parts: list[Removed]) -> Removed:
    if not parts:
        empty = np.empty(0, dtype=np.int64)
        return Removed(empty, empty, empty)
    return Removed(
        np.concatenate([p.index for p in parts]),
        np.concatenate([p.factor for p in parts]),
        np.concatenate([p.member for p in parts]),
    )


def _packed(removed: Removed) -> dict[str, str]:
    return {
        "indices": arrays.pack(removed.index),
        "factors": arrays.pack(removed.factor),
        "members": arrays.pack(removed.member),
    }


def _restored(payload: dict[str, Any], alive: Rows) -> tuple[list[Removed], int, float]:
    """The removed candidates, the next p and the seconds spent, of a checkpoint."""
    removed = Removed(
        arrays.unpack(payload["indices"]),
        arrays.unpack(payload["factors"]),
        arrays.unpack(payload["members"]),
    )
    if not np.isin(removed.index, alive).all():
        raise CheckpointError("this checkpoint removes candidates that are not there")
    return [removed], int(payload["next"], 16), payload["seconds"]

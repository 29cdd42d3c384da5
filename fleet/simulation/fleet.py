"""Simulated hosts at work: they claim, renew, fail, come back and hand in.

Two kinds of failure matter to the ledger. A crashed host is silent; its lease runs out
and the block goes on from the last checkpoint elsewhere. A frozen one wakes up later
and hands in under a lease that may be gone: the fence must refuse it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from django.conf import settings

from fleet import leases
from fleet.leases import Grant
from fleet.simulation import ledger
from fleet.simulation.hosts import Host, Population
from fleet.simulation.report import Report
from fleet.simulation.timeline import Timeline

T = TypeVar("T")

#: Seconds between a ring and the claim of an idle worker.
_RING = 0.05
#: A block of two minutes or more keeps checkpoints.
_CHECKPOINTS_FROM = 120.0


@dataclass
class Job:
    """A block in the hands of a host."""

    grant: Grant
    host: Host
    began: float
    #: Seconds that the whole block takes here, and the part done by others before.
    takes: float
    before: float

    def done_at(self, now: float) -> float:
        """The part that is done, 0 to 1."""
        return min(1.0, self.before + (now - self.began) / self.takes)


class Simulation:
    """One run. `target` is the duration of a block on a host of speed 1, seconds."""

    def __init__(
        self, population: Population, report: Report, target: float, batch: int = 1
    ) -> None:
        self.population, self.report = population, report
        self.target, self.batch = target, batch
        self.timeline = Timeline()
        self.jobs: dict[str, Job] = {}
        self.queues: dict[str, list[Grant]] = {}
        self.saved: dict[int, float] = {}
        self.work: dict[int, float] = {}
        self.idle: set[str] = set()
        self.by_name = {host.name: host for host in population.hosts}
        #: Has a host found nothing to claim? From then on the end is near, and what
        #: hosts do with their time is no question of scheduling any more.
        self.dry = False

    def run(self, hours: float) -> None:
        """Fast-forward through so many hours, or until everything is done."""
        began = time.perf_counter()
        for host in self.population.hosts:
            self.timeline.after(self.population.joins_after(), self._start, host)
        self.timeline.every(settings.RECLAIM_EVERY, self._reclaim)
        self.timeline.every(settings.LEASE_RENEWAL, self._renew)
        self.timeline.run(3600 * hours, self._finished)
        self._close_books()
        self.report.real_seconds = time.perf_counter() - began

    def _finished(self) -> bool:
        return self.report.done >= self.report.blocks

    # --- hosts come and go

    def _start(self, host: Host) -> None:
        host.start += 1
        host.worker = self.population.identity()
        host.up, host.frozen, host.up_since = True, False, self.timeline.now
        ledger.register(host, self.timeline.now)
        fails = self.population.fails_after()
        self.timeline.after(fails, self._fail, host, host.start)
        self._claim(host)

    def _fail(self, host: Host, start: int) -> None:
        if not host.up or host.start != start:
            return
        kind = self.population.failure()
        mix = self.population.mix
        if kind == "freeze":
            self.report.freezes += 1
            host.frozen = True
            wakes = self.population.away_for(mix.frozen)
            self.timeline.after(wakes, self._wake, host, host.start)
            return
        if kind == "leave":
            self.report.leaves += 1
            self._hand_back(host)
        else:
            self.report.crashes += 1
            self._lose(host)
        self._count_up(host)
        host.up = False
        self.idle.discard(host.name)
        self.timeline.after(self.population.away_for(mix.away), self._start, host)

    def _wake(self, host: Host, start: int) -> None:
        if not host.up or host.start != start:
            return
        host.frozen = False
        self.timeline.after(self.population.fails_after(), self._fail, host, start)
        job = self.jobs.get(host.name)
        if job is None:
            self._claim(host)
        elif job.done_at(self.timeline.now) >= 1.0:
            self._finish(host, job)

    def _lose(self, host: Host) -> None:
        """A crash: what was done since the last checkpoint is lost."""
        job = self.jobs.pop(host.name, None)
        self.queues.pop(host.name, None)
        if job is not None:
            kept = self._checkpoint(job)
            lost = (job.done_at(self.timeline.now) - kept) * job.takes
            self.report.lost_seconds += lost
            host.useful_seconds += self.timeline.now - job.began - lost

    def _checkpoint(self, job: Job) -> float:
        """The part of the block that whoever gets it next need not do again."""
        if job.takes < _CHECKPOINTS_FROM:
            return job.before
        every = settings.CHECKPOINT_EVERY
        age = (self.timeline.now - job.began) // every * every
        kept = max(self.saved.get(job.grant.block, 0.0), job.before + age / job.takes)
        self.saved[job.grant.block] = min(kept, 1.0)
        return self.saved[job.grant.block]

    def _hand_back(self, host: Host) -> None:
        """Switched off in order: checkpoint, release, farewell."""
        job = self.jobs.pop(host.name, None)
        held = self.queues.pop(host.name, [])
        if job is not None:
            done = job.done_at(self.timeline.now)
            if leases.release(job.grant, now=self._moment()):
                self.saved[job.grant.block] = done
                host.useful_seconds += self.timeline.now - job.began
        for grant in held:
            leases.release(grant, now=self._moment())
        self._ring()

    # --- work

    def _claim(self, host: Host) -> None:
        if not host.up or host.frozen or host.name in self.jobs:
            return
        held = self.queues.pop(host.name, [])
        if not held:
            held = self._timed(
                self.report.claim_ms,
                partial(
                    leases.claim, host.worker, ledger.QUEUE, self.batch, self._moment()
                ),
            )
            self.report.claims += len(held)
        if not held:
            if not self.dry:
                self._weigh()
                self.dry = True
            self.idle.add(host.name)
            return
        self.idle.discard(host.name)
        if len(held) > 1:
            self.queues[host.name] = held[1:]
        self._begin(host, held[0])

    def _begin(self, host: Host, grant: Grant) -> None:
        if grant.block not in self.work:
            self.work[grant.block] = self.population.work(self.target)
        takes = self.work[grant.block] / host.speed
        before = self.saved.get(grant.block, 0.0)
        job = Job(grant, host, self.timeline.now, takes, before)
        self.jobs[host.name] = job
        self.timeline.after(takes * (1.0 - before), self._finish, host, job)

    def _finish(self, host: Host, job: Job) -> None:
        if self.jobs.get(host.name) is not job or host.frozen:
            return
        del self.jobs[host.name]
        spent = self.timeline.now - job.began
        if self._timed(
            self.report.close_ms,
            partial(ledger.close, job.grant, spent, self.timeline.now),
        ):
            self.report.done += 1
            host.useful_seconds += spent
            self.saved.pop(job.grant.block, None)
        else:
            self.report.refused_late += 1
            self.report.lost_seconds += spent
        self._claim(host)

    # --- the coordinator

    def _renew(self) -> None:
        """What every worker does three times within the life of a lease."""
        now = self.timeline.now
        held = []
        for job in self.jobs.values():
            if job.host.frozen:
                continue
            held.append((job.grant, job.done_at(now), job.takes))
            held += [(g, 0.0, job.takes) for g in self.queues.get(job.host.name, [])]
        if held:
            ledger.renew_all(held, now)

    def _reclaim(self) -> None:
        taken = leases.reclaim(now=self._moment())
        self.report.reclaims += len(taken)
        if taken:
            self._ring()

    def _ring(self) -> None:
        for name in sorted(self.idle):
            self.timeline.after(_RING, self._claim, self.by_name[name])

    # --- accounts

    def _count_up(self, host: Host) -> None:
        host.up_seconds += self.timeline.now - host.up_since

    def _weigh(self) -> None:
        """How the hosts used their time so far."""
        now = self.timeline.now
        up = useful = 0.0
        for host in self.population.hosts:
            up += host.up_seconds + (now - host.up_since if host.up else 0.0)
            useful += host.useful_seconds
            job = self.jobs.get(host.name)
            useful += now - job.began if job is not None else 0.0
        self.report.up_seconds, self.report.useful_seconds = up, useful

    def _close_books(self) -> None:
        if not self.dry:
            self._weigh()
        self.report.quarantined = ledger.quarantined()
        if self._finished():
            self.report.finished_after = self.timeline.now / 3600

    def _moment(self) -> datetime:
        return ledger.moment(self.timeline.now)

    def _timed(self, into: list[float], action: Callable[[], T]) -> T:
        began = time.perf_counter()
        answer = action()
        into.append(1000 * (time.perf_counter() - began))
        return answer

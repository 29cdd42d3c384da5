"""Several coordinators weigh at once, while results come in: nothing counts twice."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, connections

from fleet import identity, judges, leases, runner
from searches.models import Candidate, Search
from tests.audits import broken
from tests.hunts import advance_all, drain, placed
from verification import judging
from verification.models import Confirmation, Reliability

pytestmark = pytest.mark.django_db(transaction=True)


def together(*jobs: Callable[[], None]) -> None:
    """Run all of them in threads with connections of their own."""
    failures: list[BaseException] = []

    def guarded(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=guarded, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def twice_tested(level: str) -> Search:
    """A search whose tests are done twice, and not weighed since."""
    search = placed("k*2^n+1", k="3,5,7", n="1:300")
    Search.objects.update(evidence_level=level)
    drain()
    Candidate.objects.filter(search=search, state="composite").update(unweighed=True)
    return search


def test_a_confirmation_counts_once_whoever_weighs_it() -> None:
    search = twice_tested("double-checked")
    before = Confirmation.objects.count()
    good = Reliability.objects.get().good
    assert before > 50

    def weigh() -> None:
        while judging.weigh_search(search.pk):
            pass

    together(*[weigh] * 4)
    assert Confirmation.objects.count() == before
    assert Reliability.objects.get().good == pytest.approx(good)
    assert not Candidate.objects.filter(unweighed=True).exists()
    assert broken() == {}


def test_results_that_come_in_meanwhile_are_weighed_too() -> None:
    search = placed("k*2^n+1", k="3,5,7", n="1:300")
    Search.objects.update(evidence_level="double-checked")
    while not Candidate.objects.filter(unweighed=True).exists():
        for queue in ("sieve", "prp"):
            for grant in leases.claim(identity.register(), queue):
                runner.run_block(grant)
    if connection.vendor == "sqlite":
        rounds = 1  # one writer at a time: the order is all there is to vary
    else:
        rounds = 3
    over = threading.Event()

    def work() -> None:
        try:
            worker = identity.register()
            for _ in range(20 * rounds):
                for grant in leases.claim(worker, "prp"):
                    runner.run_block(grant)
        finally:
            over.set()

    def weigh() -> None:
        while not over.is_set():
            judges.sweep()

    together(work, *[weigh] * rounds)
    advance_all()
    drain()
    search.refresh_from_db()
    assert search.state == "finished"
    assert Reliability.objects.get().bad == 0
    assert broken() == {}

"""Workers take what suits them, and pass on rings for the rest."""

from __future__ import annotations

import resource
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings

from darkreach.arithmetic import threads
from fleet import abilities, allowance, bell, identity, leases, runner
from searches.models import Block, Search
from tests.hunts import placed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kbn() -> Search:
    return placed("3*2^n+1", n="1:100")


@pytest.fixture
def factorial() -> Search:
    return placed("n!+1", n="10:60")


def taken() -> list[int]:
    """The searches that this process would work for on the queue of the sieve."""
    worker = identity.register()
    grants = leases.claim(
        worker, "sieve", limit=10, unsuitable=abilities.unsuitable("sieve")
    )
    blocks = Block.objects.filter(pk__in=[grant.block for grant in grants])
    return sorted(blocks.values_list("search_id", flat=True))


def test_a_worker_without_preferences_takes_everything(
    kbn: Search, factorial: Search
) -> None:
    assert abilities.unsuitable("sieve") == []
    assert taken() == [kbn.pk, factorial.pk]


def test_a_worker_takes_only_its_forms(
    kbn: Search, factorial: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "FORMS", ["factorial"])
    assert taken() == [factorial.pk]


def test_a_worker_leaves_what_does_not_fit_into_its_memory(
    kbn: Search, factorial: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    Search.objects.filter(pk=kbn.pk).update(max_bits=40_000_000)
    monkeypatch.setattr(settings, "MAX_MEMORY", 512)
    assert abilities.unsuitable("pm1") == [kbn.pk]
    assert abilities.unsuitable("prp") == []
    assert abilities.unsuitable(settings.COORDINATOR_QUEUE) == []


@pytest.mark.parametrize(
    ("name", "value", "queues", "slots", "says"),
    [
        ("FORMS", ["kbn", "nonsense"], ["prp"], 1, "nonsense"),
        ("MAX_MEMORY", 1000, ["prp"], 2, "500 MB"),
        ("HARDWARE_CLASS", "cpu", ["prp.gpu"], 1, "class gpu"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: Any,
    queues: list[str],
    slots: int,
    says: str,
) -> None:
    monkeypatch.setattr(settings, name, value)
    with pytest.raises(abilities.Unfit, match=says):
        abilities.check(queues, slots)


def test_ordinary_queues_suit_every_host() -> None:
    abilities.check(["sieve", "prp.cpu", f"prp.{settings.HARDWARE_CLASS}"], 2)
    abilities.check([settings.COORDINATOR_QUEUE], 1)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(runner, "sleep", slept.append)
    return slept


def test_a_ring_for_somebody_else_is_passed_on(
    bell: Any, kbn: Search, monkeypatch: pytest.MonkeyPatch, quick: list[float]
) -> None:
    """The slot stays away from the bell meanwhile, or it might hear it again."""
    monkeypatch.setattr(settings, "FORMS", ["factorial"])
    bell.delete("sieve")
    assert runner.work("sieve") == 0
    assert bell.llen("sieve") == 1
    assert quick == [1.0]


def test_a_ring_ends_after_many_hops_or_when_nothing_waits(
    bell: Any, kbn: Search, monkeypatch: pytest.MonkeyPatch, quick: list[float]
) -> None:
    bell.delete("sieve")
    assert runner.work("prp") == 0
    monkeypatch.setattr(settings, "FORMS", ["factorial"])
    assert runner.work("sieve", hops=64) == 0
    assert bell.llen("sieve") == bell.llen("prp") == 0
    assert quick == []


def test_a_refused_block_rings_for_another_worker(
    bell: Any, kbn: Search, quick: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    from fleet.board import Board

    board = Board()
    monkeypatch.setattr(runner, "board", board)
    for block in Block.objects.filter(search=kbn):
        board.refuse(block.pk)
    bell.delete("sieve")
    assert runner.work("sieve") == 0
    assert bell.llen("sieve") == 1


def in_a_child(question: Callable[[], int]) -> int:
    """The answer of a forked process, which may do to itself what it likes."""
    import multiprocessing

    context = multiprocessing.get_context("fork")
    answers: Any = context.Queue()
    child = context.Process(target=lambda: answers.put(question()))
    child.start()
    answer = int(answers.get(timeout=30))
    child.join()
    return answer


def test_niceness_and_memory_are_the_kernels_business(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "NICE", 7)
    monkeypatch.setattr(settings, "MAX_MEMORY", 2048)

    def limits() -> int:
        import os

        allowance.apply(slots=2)
        return resource.getrlimit(resource.RLIMIT_DATA)[0] + os.nice(0)

    def greedy() -> int:
        allowance.apply(slots=2)
        try:
            return len(bytearray(1500 * 2**20))
        except MemoryError:
            return -1

    assert in_a_child(limits) == 1024 * 2**20 + 7
    assert in_a_child(greedy) == -1


def test_a_slot_has_the_threads_of_the_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def allowed() -> int:
        allowance.apply(slots=1)
        return threads.for_length(1 << 22)

    assert in_a_child(allowed) == 1
    monkeypatch.setattr(settings, "THREADS", 3)
    assert in_a_child(allowed) == 3


def test_a_share_of_the_processor_is_kept_by_pauses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("fleet.stopping.sleep", slept.append)
    monkeypatch.setattr(settings, "MAX_CPU", 25)
    throttle = allowance.Throttle()
    throttle._began -= 2.0
    throttle.pause()
    assert slept[0] == pytest.approx(6.0, rel=0.05)
    monkeypatch.setattr(settings, "MAX_CPU", 100)
    throttle.pause()
    assert len(slept) == 1


def test_the_bell_counts_hops(bell: Any) -> None:
    import json

    assert bell_module_pass("sieve", 3)
    message = json.loads(bell.rpop("sieve"))
    assert message["headers"]["kwargsrepr"].endswith("'hops': 4}")
    assert not bell_module_pass("sieve", 64)


def bell_module_pass(queue: str, hops: int) -> bool:
    return bell.pass_on(queue, hops)

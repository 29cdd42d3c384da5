"""A worker that lies idle while rings wait for it has lost the bell's connection."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from fleet.board import board
from fleet.ears import OF_COORDINATORS, PATIENCE, Ears


@pytest.fixture
def waiting(bell: redis.Redis) -> redis.Redis:
    bell.rpush("prp", "a ring")
    return bell


@pytest.fixture
def ears() -> Ears:
    return Ears(["prp", "sieve"])


@pytest.fixture(autouse=True)
def silent_board() -> Iterator[None]:
    board.clear()
    yield
    board.paused = False
    board.clear()


def deaf_after(ears: Ears, seconds: float) -> bool:
    return [ears.deaf(float(now)) for now in range(0, int(seconds) + 1, 5)][-1]


def test_rings_that_lie_there_and_never_arrive(
    waiting: redis.Redis, ears: Ears
) -> None:
    assert not deaf_after(ears, PATIENCE - 5)
    assert ears.deaf(PATIENCE)


def test_a_ring_that_arrives_is_a_sign_of_life(
    waiting: redis.Redis, ears: Ears
) -> None:
    deaf_after(ears, PATIENCE - 5)
    board.hear()
    assert not ears.deaf(PATIENCE)


def test_an_empty_queue_even_for_a_moment(waiting: redis.Redis, ears: Ears) -> None:
    deaf_after(ears, PATIENCE - 5)
    waiting.delete("prp")
    assert not ears.deaf(PATIENCE)
    waiting.rpush("prp", "a ring")
    assert not ears.deaf(PATIENCE + 5)


def test_who_works_or_is_paused_need_not_hear(waiting: redis.Redis, ears: Ears) -> None:
    board.show({"pid": 1, "block": 5})
    assert not deaf_after(ears, 2 * PATIENCE)
    board.clear()
    board.paused = True
    assert not deaf_after(ears, 2 * PATIENCE)


def test_a_coordinator_may_be_busy_for_long(waiting: redis.Redis) -> None:
    ears = Ears(["coordinator", "prp"])
    assert not deaf_after(ears, 2 * PATIENCE)
    assert deaf_after(ears, OF_COORDINATORS)

"""What Celery is told, and that it does what it was told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import redis
from django.conf import settings

from darkreach_site.celery import app, listen_patiently, ring_impatiently
from darkreach_site.celery_settings import CONSUMER_OPTIONS, RING_OPTIONS
from tests.darkreach_site.processes import ROOT, environment


def test_the_queues_are_a_closed_list() -> None:
    names = {queue.name for queue in app.conf.task_queues}
    assert names == set(settings.QUEUES)
    assert len(names) == 4 * 4 + 1
    assert app.conf.task_create_missing_queues is False


def test_messages_are_acknowledged_early_and_nothing_is_hoarded() -> None:
    assert app.conf.task_acks_late is False
    assert app.conf.worker_disable_prefetch is True
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.task_time_limit is None
    assert app.conf.task_soft_time_limit is None
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_ignore_result is True


def test_who_rings_is_impatient_and_who_listens_is_not() -> None:
    assert RING_OPTIONS["socket_timeout"] <= 1
    assert RING_OPTIONS["max_retries"] == 1
    assert CONSUMER_OPTIONS["socket_timeout"] == 10
    assert app.conf.broker_transport_options == RING_OPTIONS
    listen_patiently(conf=app.conf)
    assert app.conf.broker_transport_options == CONSUMER_OPTIONS
    ring_impatiently()
    assert app.conf.broker_transport_options == RING_OPTIONS


@pytest.mark.parametrize("queue", ["sieve", "prp.gpu", "coordinator"])
def test_a_ring_arrives_also_after_the_bell_forgot_everything(
    bell: redis.Redis, queue: str
) -> None:
    for _ in range(2):
        app.send_task("fleet.tasks.work", queue=queue, retry=False)
        assert bell.llen(queue) == 1
        bell.flushall()


def test_a_ring_on_an_undeclared_queue_is_an_error(bell: redis.Redis) -> None:
    with pytest.raises(Exception, match="misspelled"):
        app.send_task("fleet.tasks.work", queue="misspelled", retry=False)


def test_a_worker_that_asks_for_an_undeclared_queue_exits_at_once(home: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "celery", "-A", "darkreach_site"),
            *("worker", "-Q", "misspelled"),
        ],
        cwd=ROOT,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "misspelled" in done.stderr + done.stdout

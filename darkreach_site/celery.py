"""The Celery application: `celery -A darkreach_site worker -Q sieve` starts from here.

A worker's consumer and everybody who rings need different patience. The consumer holds
a blocking read, so its socket may be quiet for seconds; a ring is best effort and gives
up within two. Ringing is the default, and a worker's main process changes over at its
start.
"""

from __future__ import annotations

import logging
import os
from typing import Any

from celery import Celery
from celery.signals import (
    after_setup_logger,
    after_setup_task_logger,
    celeryd_init,
    worker_process_init,
    worker_ready,
    worker_shutting_down,
)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "darkreach_site.settings")

app = Celery("darkreach_site")
app.config_from_object("darkreach_site.celery_settings")
app.autodiscover_tasks()


@celeryd_init.connect
def listen_patiently(conf: Any = None, **_: Any) -> None:
    """The worker's main process consumes."""
    from darkreach_site.celery_settings import CONSUMER_OPTIONS

    conf.broker_transport_options = dict(CONSUMER_OPTIONS)


@worker_process_init.connect
def ring_impatiently(**_: Any) -> None:
    """A child that runs tasks only rings."""
    from darkreach_site.celery_settings import RING_OPTIONS

    app.conf.broker_transport_options = dict(RING_OPTIONS)


@after_setup_logger.connect
@after_setup_task_logger.connect
def write_as_everybody(logger: logging.Logger, **_: Any) -> None:
    """With the ids of worker, search and block."""
    from django.conf import settings

    from fleet import logs

    for handler in logger.handlers:
        handler.setFormatter(logs.formatter(settings.LOG_FORMAT))


_couriers: list[Any] = []


@worker_ready.connect
def deliver_events(sender: Any = None, **_: Any) -> None:
    """A coordinator sends what webhooks want."""
    from django.conf import settings

    if settings.COORDINATOR_QUEUE in sender.app.amqp.queues.consume_from:
        from darkreach_site.webhooks.courier import Courier

        courier = Courier()
        _couriers.append(courier)
        courier.start()


@worker_shutting_down.connect
def deliver_no_more(**_: Any) -> None:
    """What is being sent is finished, or sent again by another one."""
    for courier in _couriers:
        courier.stop()

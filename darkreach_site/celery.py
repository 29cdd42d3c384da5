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

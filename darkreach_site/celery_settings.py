"""What Celery is told. A message only rings the bell; the ledger holds the truth.

So messages are acknowledged early, results are not stored, nothing is prefetched, and
the lease in the ledger, not a time limit here, decides about a block that went silent.
"""

from __future__ import annotations

import socket
import ssl

from django.conf import settings
from kombu import Queue

broker_url = settings.BROKER_URL
if broker_url.startswith("rediss://"):
    broker_use_ssl = {"ssl_cert_reqs": ssl.CERT_REQUIRED}

task_serializer = result_serializer = event_serializer = "json"
accept_content = ["json"]
enable_utc = True
timezone = "UTC"

task_ignore_result = True
result_expires = 3600
task_acks_late = False
task_publish_retry = False

# Direct queues without exchanges of our own: a ring still arrives after FLUSHALL.
task_queues = [Queue(name, routing_key=name) for name in settings.QUEUES]
task_default_queue = settings.COORDINATOR_QUEUE
task_create_missing_queues = False

worker_disable_prefetch = True
worker_prefetch_multiplier = 1
worker_max_tasks_per_child = 200
worker_send_task_events = False
# Importing compiled kernels on a busy machine takes longer than the default of 4 s.
worker_proc_alive_timeout = 60.0

broker_connection_retry_on_startup = True
broker_connection_max_retries = None
# A bell that became read-only answers with errors of this kind: no reason to end.
broker_channel_error_retry = True

KEEPALIVE = {
    getattr(socket, name): seconds
    for name, seconds in (
        ("TCP_KEEPIDLE", 10),
        ("TCP_KEEPINTVL", 5),
        ("TCP_KEEPCNT", 3),
    )
    if hasattr(socket, name)
}
CONSUMER_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "health_check_interval": 10,
    "socket_timeout": 10,
    "socket_connect_timeout": 3,
    "socket_keepalive": True,
    # A bell that vanished without a word is noticed within half a minute.
    "socket_keepalive_options": KEEPALIVE,
    "retry_on_timeout": True,
}
#: At most 2 s on a frozen bell; the dispatcher rings again anyway.
RING_OPTIONS = {
    **CONSUMER_OPTIONS,
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    "retry_on_timeout": False,
    "max_retries": 1,
    "interval_start": 0,
}
broker_transport_options = dict(RING_OPTIONS)

# The schedule is settings.SCHEDULE; its slots are rows of the ledger, so beat needs no
# file.
beat_scheduler = "fleet.beat:Scheduler"

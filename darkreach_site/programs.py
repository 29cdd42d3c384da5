"""The programs that make a running platform, as command lines."""

from __future__ import annotations

import os
import sys

from django.conf import settings

LOOPBACK = "127.0.0.1"


def slots() -> int:
    """How many blocks this machine computes at a time: its usable cores."""
    return int(settings.HARDWARE.cores)


def environment() -> dict[str, str]:
    """What every child is told, so that all of them speak of the same home."""
    return {
        "DARKREACH_HOME": str(settings.HOME),
        "DJANGO_SETTINGS_MODULE": "darkreach_site.settings",
        "PYTHONUNBUFFERED": "1",
        # They would load the whole site, admin included, at each worker's start.
        "CELERY_SKIP_CHECKS": "1",
        "PYTHONPATH": os.pathsep.join(
            part
            for part in (str(settings.BASE_DIR), os.environ.get("PYTHONPATH"))
            if part
        ),
    }


def _celery(*arguments: str) -> list[str]:
    level = settings.LOGGING["root"]["level"]
    program = [sys.executable, "-m", "celery", "--quiet", "--app", "darkreach_site"]
    return [*program, *arguments, f"--loglevel={level}"]


def worker(name: str, queues: tuple[str, ...], slots: int) -> list[str]:
    """A worker on some queues. Its chatter with other workers is of no use here."""
    return _celery(
        "worker",
        "--queues",
        ",".join(queues),
        "--concurrency",
        str(slots),
        # Two platforms may share one host and one bell.
        "--hostname",
        f"{name}-{os.getpid()}@%h",
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
    )


def coordinator() -> list[str]:
    """The worker of the housekeeping tasks."""
    return worker("coordinator", (settings.COORDINATOR_QUEUE,), 1)


def coordinator_with_beat() -> list[str]:
    """The same with the scheduler as one of its processes: a hunt starts faster."""
    return [*coordinator(), "--beat"]


def fleet(slots: int) -> list[str]:
    """The worker of all stages on this machine, those for its hardware among them."""
    classes = {"cpu", settings.HARDWARE_CLASS}
    queues = [
        f"{stage}.{name}" for name in sorted(classes) for stage in settings.STAGES
    ]
    return worker("worker", (*settings.STAGES, *queues), slots)


def beat() -> list[str]:
    """The scheduler, which keeps time in its memory and nothing on disk."""
    return _celery("beat", "--pidfile", "")


def web(port: int, host: str = LOOPBACK) -> list[str]:
    """The site."""
    return [
        *(sys.executable, "-m", "uvicorn", "darkreach_site.asgi:application"),
        *("--host", host, "--port", str(port)),
        *("--lifespan", "off", "--log-level", "warning", "--no-access-log"),
        *("--timeout-graceful-shutdown", "5"),
    ]


def flower(address: str, port: int) -> list[str]:
    """The view of queues and workers; its password comes by FLOWER_BASIC_AUTH."""
    return _celery("flower", f"--address={address}", f"--port={port}")

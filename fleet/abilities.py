"""Which searches the workers of this host may take: forms, memory, hardware class.

A claim leaves out what does not suit; a ring that was for somebody else is passed on.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from fleet import allowance, identity
from searches import kinds, needs
from searches.models import Search

#: MB that a slot needs to do anything at all.
LEAST_MEMORY = 512


class Unfit(Exception):
    """What this worker is told to do contradicts itself; the message says how."""


def check(queues: Iterable[str], slots: int) -> None:
    """Unfit if the settings of this host and these queues do not go together."""
    computing = [name for name in queues if name != settings.COORDINATOR_QUEUE]
    for name in computing:
        wanted = name.partition(".")[2]
        if wanted not in ("", "cpu", settings.HARDWARE_CLASS):
            raise Unfit(
                f"queue {name} is for hosts of the class {wanted}, and this one is "
                f"{settings.HARDWARE_CLASS} (DARKREACH_HARDWARE_CLASS)"
            )
    memory = allowance.memory_of_slot(slots)
    if computing and memory is not None and memory < LEAST_MEMORY:
        raise Unfit(
            f"DARKREACH_MAX_MEMORY_MB={settings.MAX_MEMORY} leaves {memory} MB to each "
            f"of {slots} slots; want at least {LEAST_MEMORY}"
        )
    unknown = set(settings.FORMS) - set(kinds.FORMS)
    if unknown:
        raise Unfit(
            f"DARKREACH_FORMS names {', '.join(sorted(unknown))}; there are "
            + ", ".join(kinds.FORMS)
        )


def unsuitable(queue: str) -> list[int]:
    """The running searches that this worker leaves to others on a queue."""
    memory = allowance.memory_of_slot(identity.current().slots)
    stage = queue.partition(".")[0]
    if stage == settings.COORDINATOR_QUEUE or not (settings.FORMS or memory):
        return []
    running = Search.objects.filter(state="running")
    return [search.pk for search in running if not _suits(search, stage, memory)]


def _suits(search: Search, stage: str, memory: int | None) -> bool:
    if memory is not None and needs.memory(search, stage) > memory:
        return False
    return not settings.FORMS or search.form in settings.FORMS

"""The tasks of the schedule that only the site can do."""

from __future__ import annotations

from darkreach_site import record_opinions
from darkreach_site.exports import nightly
from darkreach_site.webhooks import deliveries as sent
from fleet.tasks import scheduled


@scheduled(60)
def exports() -> None:
    """Make the nightly files, in a process of its own: they take their time."""
    nightly.start()


@scheduled(60)
def opinions() -> None:
    """Ask other programs about potential records, in a process of its own too."""
    record_opinions.start()


@scheduled(60)
def deliveries() -> None:
    """Forget what webhooks got long ago."""
    sent.forget_old()

"""The tasks of the schedule that only the site can do."""

from __future__ import annotations

from darkreach_site.exports import nightly
from fleet.tasks import scheduled


@scheduled(60)
def exports() -> None:
    """Make the nightly files, in a process of its own: they take their time."""
    nightly.start()

"""The audit as tests use it: what it finds broken, or nothing."""

from __future__ import annotations

from fleet import audit as leases
from verification import audit as evidence


def broken() -> dict[str, list[str]]:
    """The violations by invariant; {} when all hold."""
    found = {
        name: list(check())
        for name, check in {**evidence.CHECKS, **leases.CHECKS}.items()
    }
    return {name: lines for name, lines in found.items() if lines}

"""What computed a result: stored beside it, so that a bug found later tells exactly
what has to be done again.
"""

from __future__ import annotations

from darkreach import __version__ as __version__

PROGRAM = "darkreach"


def description(kernel: str) -> dict[str, str]:
    """The `software` field of a result."""
    return {"program": PROGRAM, "version": __version__, "kernel": kernel}

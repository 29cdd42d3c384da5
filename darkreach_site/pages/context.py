"""What every page shows."""

from __future__ import annotations

from django.http import HttpRequest

import darkreach


def site(request: HttpRequest) -> dict[str, str]:
    """The version, for the footer."""
    return {"version": darkreach.__version__}

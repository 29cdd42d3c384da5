"""The site as an ASGI application, for uvicorn or any other server."""

from __future__ import annotations

import os

# Before the settings load: a process that answers requests has little patience.
os.environ["DARKREACH_ROLE"] = "web"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "darkreach_site.settings")

from django.conf import settings
from django.core.asgi import get_asgi_application

from darkreach_site.bodies import limited

application = limited(get_asgi_application())

if not settings.LEDGER_IS_SQLITE:
    from darkreach_site import patience

    patience.limit_waits(settings.WEB_PATIENCE)

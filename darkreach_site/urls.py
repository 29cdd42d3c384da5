"""The addresses of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from darkreach_site import health, metrics
from darkreach_site.api.document import nothing_here
from darkreach_site.api.routes import api
from darkreach_site.exports import views as exports
from darkreach_site.live.stream import stream
from darkreach_site.logins import login

admin.autodiscover()

urlpatterns = [
    path("admin/login/", login),
    path("admin/", admin.site.urls),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
    path("health/schedule", health.scheduled, name="schedule"),
    path("api/v1/events/stream", stream, name="event_stream"),
    path("api/v1/", api.urls),
    path("api/<path:rest>", nothing_here),
    path("exports/", exports.index, name="exports"),
    path("exports/<path:name>", exports.download, name="export"),
    path("metrics", metrics.scrape, name="metrics"),
    path("", include("darkreach_site.pages.urls")),
]

handler500 = "darkreach_site.outage.error_page"

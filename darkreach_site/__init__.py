"""The site that joins the rooms: settings, the bell's queues, addresses, commands."""

from darkreach_site.celery import app as celery_app

__all__ = ["celery_app"]

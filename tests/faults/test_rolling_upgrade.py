"""F22, a part of it: messages of a later version are taken, results name theirs."""

from __future__ import annotations

from typing import Any

import pytest
import redis
from celery import current_app
from django.conf import settings

import darkreach
from tests.hunts import drain, placed
from verification.models import Certificate, Residue


def test_tasks_tolerate_words_of_a_later_version(
    transactional_db: None, bell: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    current_app.loader.import_default_modules()
    monkeypatch.setattr("darkreach_site.exports.nightly.start", lambda: None)
    later: dict[str, Any] = {"colour": "green", "nested": {"a": [1, 2]}}
    current_app.tasks["fleet.tasks.work"](queue="prp", **later)
    for name in settings.SCHEDULE:
        current_app.tasks[f"fleet.tasks.{name}"](**later)


def test_results_name_the_version_that_computed_them(
    transactional_db: None, bell: redis.Redis
) -> None:
    placed("3*2^n+1", n="1:60")
    drain()
    assert Residue.objects.exists() and Certificate.objects.exists()
    for row in (*Residue.objects.all(), *Certificate.objects.all()):
        assert row.software["version"] == darkreach.__version__

"""F22: programs of two versions work side by side on a ledger of the newer one."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import current_app
from django.conf import settings

import darkreach
from darkreach_site.children import Child
from fleet.models import Lease, Worker
from tests.darkreach_site.processes import ROOT
from tests.faults import storm
from tests.faults.platform import LONGEST_START, Platform
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


def git(*arguments: str, folder: Path = ROOT) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def older_program(folder: Path) -> Path:
    """This program as it was before the newest migration of the ledger."""
    added = ("log", "-1", "--diff-filter=A", "--format=%H")
    newest = git(*added, "--", "*/migrations/0*.py")
    archive = folder / "older.tar"
    git("archive", f"--output={archive}", f"{newest}^")
    target = folder / "older"
    target.mkdir()
    subprocess.run(["tar", "-xf", archive, "-C", target], check=True)
    return target


def done_by(worker: Child) -> int:
    assert worker.process is not None
    rows = Worker.objects.filter(pid=worker.process.pid)
    return Lease.objects.filter(worker__in=rows, ending="submitted").count()


@pytest.mark.timeout(400)
@pytest.mark.slow
def test_a_worker_of_the_version_before_goes_on_with_a_migrated_ledger(
    platform: Platform, tmp_path: Path
) -> None:
    """Needs the history of the repository."""
    (newer,) = platform.start(workers=1)
    older = platform.start_worker(program=older_program(tmp_path))
    platform.wait_until(lambda: platform.listening() >= 3, LONGEST_START)
    for search in storm.orders():
        platform.wait_until(lambda search=search: storm.finished(search), 60)
        storm.check(search, endings=())
        if done_by(older) and done_by(newer):
            break
    assert done_by(older) and done_by(newer), platform.logs()
    assert older.running and newer.running

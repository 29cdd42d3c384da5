"""Two hosts that share nothing but ledger and bell do one search together."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.models import Lease, Worker
from tests.faults import storm
from tests.faults.platform import LONGEST_START, Platform


@pytest.mark.quick_on("postgresql")
def test_workers_with_folders_of_their_own_share_one_search(
    platform: Platform, tmp_path: Path
) -> None:
    platform.start_bell()
    platform.start_coordinator()
    folders = [tmp_path / "one", tmp_path / "two"]
    workers = [platform.start_worker(home=folder) for folder in folders]
    platform.wait_until(lambda: platform.listening() >= 3, LONGEST_START)
    search = storm.place(storm.FEW)
    platform.wait_until(lambda: storm.finished(search), 90)
    for worker, folder in zip(workers, folders, strict=True):
        assert worker.process is not None
        (known,) = Worker.objects.filter(pid=worker.process.pid)
        done = Lease.objects.filter(worker=known, ending="submitted")
        assert done.filter(block__stage="prp").exists(), platform.logs()
        assert (folder / "spool.sqlite3").exists()
    storm.check(search, endings=())

"""The spool keeps finished results until they are answered, through any crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from darkreach.client.spool import Finished, Spool


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "spool.sqlite3"


def test_a_result_is_there_until_it_is_removed(path: Path) -> None:
    spool = Spool(path)
    spool.put("a", {"lease": "a"}, {"residue": "1"})
    spool.put("b", {"lease": "b"}, {"residue": "2"})
    spool.remove("a")
    spool.remove("a")
    assert spool.pending() == [Finished({"lease": "b"}, {"residue": "2"})]
    spool.close()


def test_putting_a_lease_twice_keeps_the_newer_result(path: Path) -> None:
    spool = Spool(path)
    spool.put("a", {}, {"residue": "1"})
    spool.put("a", {}, {"residue": "2"})
    assert [f.result for f in spool.pending()] == [{"residue": "2"}]
    spool.close()


def test_a_killed_process_leaves_its_result_behind(path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path;"
        "from darkreach.client.spool import Spool;"
        "Spool(Path(sys.argv[1])).put('a', {'block': 7}, {'residue': 'F' * 100000});"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], env=os.environ)
    assert done.returncode == -signal.SIGKILL
    spool = Spool(path)
    (kept,) = spool.pending()
    assert kept.grant == {"block": 7}
    assert len(kept.result["residue"]) == 100000
    spool.close()

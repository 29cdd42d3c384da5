"""A backup taken in the middle of a hunt: restored into an empty place, the audit is
clean and the hunt goes on to the same answer."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from fleet import identity, leases
from searches.models import Block, Candidate
from tests.darkreach_site.processes import manage
from tests.faults.platform import QUICK
from tests.hunts import drain, placed, work_once
from verification import results

pytestmark = pytest.mark.django_db(transaction=True)
ORDER = ("k*2^n+1", {"k": "3,5", "n": "1:300"})


def test_a_hunt_goes_on_from_its_backup(
    tmp_path: Path, home: Path, ledger_url: str, settings: Any
) -> None:
    # The lease in the backup runs out while the restored ledger is hunted.
    settings.LEASE_TTL = int(QUICK["DARKREACH_LEASE_TTL"])
    search = placed(ORDER[0], **ORDER[1])
    for queue in ("sieve", "prp", "prp"):
        assert work_once(queue)
    (held,) = leases.claim(identity.register(), "prp")
    file = tmp_path / "ledger.backup"
    call_command("backup", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if "backup" in path.name] == [
        file.name
    ]
    # Whatever happens later is not in it.
    leases.release(held)
    drain()
    wanted = {prime["expression"] for prime in results.primes(search)}
    assert len(wanted) > 10

    restored = manage(home, "restore", str(file), DATABASE_URL=ledger_url)
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "I1 cover: ok" in restored.stdout
    again = manage(home, "restore", str(file), DATABASE_URL=ledger_url)
    assert again.returncode != 0
    assert "empty database only" in again.stderr

    options = [f"--{name}={text}" for name, text in ORDER[1].items()]
    hunted = manage(
        home,
        *("hunt", ORDER[0], *options, "--json"),
        DATABASE_URL=ledger_url,
        **QUICK,
    )
    assert hunted.returncode == 0, hunted.stderr
    answer = json.loads(hunted.stdout)
    assert {prime["expression"] for prime in answer["primes"]} == wanted
    audited = manage(home, "audit", DATABASE_URL=ledger_url)
    assert audited.returncode == 0, audited.stdout


def test_what_cannot_be_done_is_said_and_changes_nothing(
    tmp_path: Path, home: Path, ledger_url: str
) -> None:
    placed("3*2^n+1", n="1:50")
    there = tmp_path / "there"
    there.write_text("mine")
    with pytest.raises(CommandError, match="exists"):
        call_command("backup", str(there))
    assert there.read_text() == "mine"
    with pytest.raises(CommandError, match="no folder"):
        call_command("backup", str(tmp_path / "nowhere" / "file"))
    with pytest.raises(CommandError, match="no backup"):
        call_command("restore", str(there))
    with pytest.raises(CommandError, match="No such file"):
        call_command("restore", str(tmp_path / "missing"))
    file = tmp_path / "good"
    call_command("backup", str(file))
    with pytest.raises(CommandError, match="empty database only"):
        call_command("restore", str(file))
    assert Block.objects.exists()
    assert not Candidate.objects.exists()

    data = file.read_bytes()
    torn = tmp_path / "torn"
    torn.write_bytes(data[: len(data) // 2])
    refused = manage(home, "restore", str(torn), DATABASE_URL=ledger_url)
    assert refused.returncode != 0
    assert "Traceback" not in refused.stderr

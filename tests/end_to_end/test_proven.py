"""Level `proven` with real workers: proofs made by the one, certified by others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.darkreach_site.processes import manage
from tests.end_to_end.test_acceptance import running

_COUNT = """
import json
from collections import Counter
from searches.models import Block, Candidate
from verification.models import Certification, ProofFile, TestProof
rows = Candidate.objects.filter(state="composite")
print(json.dumps({
    "levels": Counter(rows.values_list("evidence", flat=True)),
    "valid": Certification.objects.filter(valid=True).count(),
    "proofs": TestProof.objects.count(),
    "files": ProofFile.objects.count(),
    "claims": Block.objects.filter(purpose="certify", state="done").count(),
    "doubles": Block.objects.filter(purpose="double").count(),
}))
"""


@pytest.mark.timeout(600)
@pytest.mark.quick_on("sqlite")
def test_composites_of_fifty_thousand_bits_are_proven(
    home: Path, ledger_url: str
) -> None:
    """Numbers of this size get a test proof because it costs less than a second
    test; the workers of one host certify each other's."""
    line = ("hunt", "27*2^n+1", "--n", "50100:50125", "--evidence", "proven", "--json")
    with running(home, ledger_url):
        done = manage(home, *line, timeout=300, DATABASE_URL=ledger_url)
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        audit = manage(home, "audit", DATABASE_URL=ledger_url)
        assert audit.returncode == 0, audit.stdout
    counted = manage(home, "shell", "-v", "0", "-c", _COUNT, DATABASE_URL=ledger_url)
    found = json.loads(counted.stdout.splitlines()[-1])
    assert found["levels"] == {"proven": answer["composite"]}
    assert answer["composite"] >= 1
    assert found["valid"] == found["proofs"] == answer["composite"]
    assert (found["files"], found["doubles"]) == (0, 0)
    assert found["claims"] >= 1

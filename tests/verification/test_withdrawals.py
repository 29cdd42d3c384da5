"""What a kernel computed that turned out to be wrong is tested again, and no more."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from searches.models import Candidate, Search
from tests.audits import broken
from tests.hunts import advance_all, drain, placed
from verification import results
from verification.models import Refutation, Reliability, Residue

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def search() -> Search:
    found = placed("3*2^n+1", n="1:220")
    drain()
    return found


def test_only_what_it_touched_is_tested_again(search: Search) -> None:
    first = Residue.objects.filter(block__purpose="first")
    kernel = first[0].kernel
    wrong = set(Residue.objects.filter(kernel=kernel).values_list("id", flat=True))
    before = results.primes(search)
    call_command("requeue", "--kernel", kernel, "--version", first[0].version)
    refuted = Refutation.objects.filter(withdrawn=True)
    assert set(refuted.values_list("residue", flat=True)) == wrong
    assert Residue.objects.filter(refutation=None).exclude(kernel=kernel).exists()
    advance_all()
    search.refresh_from_db()
    assert search.state == "running"
    drain()
    search.refresh_from_db()
    assert search.state == "finished"
    again = Residue.objects.filter(refutation=None, kernel=kernel)
    rested = Candidate.objects.filter(search=search, state="composite")
    standing = Residue.objects.filter(refutation=None, verdict="composite")
    assert again.exists()
    assert set(standing.values_list("key", flat=True)) >= {c.key for c in rested}
    assert results.primes(search) == before
    assert not Reliability.objects.filter(bad__gt=0).exists()
    assert broken() == {}


def test_another_version_touches_nothing(search: Search) -> None:
    call_command("requeue", "--version", "0.0.1")
    assert not Refutation.objects.exists()
    assert not Candidate.objects.filter(unweighed=True).exists()


def test_it_says_first_what_it_would_do(
    search: Search, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("requeue", "--kernel", "gmpy2*", "--dry-run")
    assert "residues by gmpy2 powmod" in capsys.readouterr().out
    assert not Refutation.objects.exists()
    with pytest.raises(CommandError, match="--kernel"):
        call_command("requeue")

"""Potential records: other programs are asked, and what they say stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from darkreach.opinions import PROGRAMS
from darkreach_site import record_opinions, tasks
from tests.hunts import drain, placed
from verification import records
from verification.models import ListedPrime, OtherOpinion, Prime

pytestmark = pytest.mark.django_db(transaction=True)
RECORD = "3*2^353+1"


@pytest.fixture
def prime(settings: Any) -> Prime:
    """A prime of 107 digits where records begin at 100; 3*2^201+1 is too small."""
    settings.RECORD_DIGITS = 100
    placed("3*2^n+1", n="201,353")
    drain()
    assert Prime.objects.count() == 2
    return Prime.objects.get(expression=RECORD)


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other program is installed."""
    for program in PROGRAMS.values():
        monkeypatch.setenv(program.variable, "/nowhere")


def page() -> str:
    return Client().get(reverse("prime", args=[RECORD])).content.decode()


def test_other_programs_are_asked_about_a_potential_record(prime: Prime) -> None:
    assert records.waiting()
    call_command("ask_about_records")
    said = {row.program: row for row in OtherOpinion.objects.all()}
    assert {row.expression for row in said.values()} == {RECORD}
    row = said["pari"]
    assert (row.key, row.verdict) == (prime.key, "probable prime")
    assert row.data["command"] and RECORD in row.data["files"]["stdin"]
    assert not records.waiting()
    assert records.ask_all() == []
    assert "pari 2." in page()
    assert "none was asked yet" not in page()


def test_without_other_programs_the_page_says_so(prime: Prime, nobody: None) -> None:
    assert not records.waiting()
    tasks.opinions()
    assert not OtherOpinion.objects.exists()
    assert "none was asked yet" in page()


def test_a_listed_prime_is_no_record(prime: Prime) -> None:
    ListedPrime.objects.create(
        key=prime.key, description=RECORD, digits=prime.digits, source="t5k.org"
    )
    assert not records.waiting()
    assert "none was asked yet" not in page()


def test_a_program_that_gives_no_answer_is_asked_once(
    prime: Prime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = tmp_path / "gp"
    silent.write_text("#!/bin/sh\nexec sleep 60\n")
    silent.chmod(0o755)
    monkeypatch.setenv(PROGRAMS["pari"].variable, str(silent))
    assert records.ask_all(seconds=0.3) == [RECORD]
    row = OtherOpinion.objects.get(program="pari")
    assert row.verdict == "none"
    assert row.data["reason"].startswith("no answer after")
    assert not records.waiting()
    assert "no answer after" in page()


def test_one_process_of_a_host_asks(prime: Prime) -> None:
    with record_opinions.only_one() as ours:
        assert ours
        assert not record_opinions.start()
        call_command("ask_about_records")
    assert not OtherOpinion.objects.exists()

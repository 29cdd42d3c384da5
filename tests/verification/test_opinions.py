"""Opinions of other programs in the ledger."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from verification.models import OtherOpinion

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_opinion_is_kept_with_its_exact_command_line() -> None:
    out = StringIO()
    line = ("opinion", "3*2^2816+1", "--program", "pari", "--json")
    call_command(*line, stdout=out)
    (said,) = json.loads(out.getvalue())
    row = OtherOpinion.objects.get()
    assert (row.program, row.verdict) == ("pari", "probable prime")
    assert row.data == said
    assert row.data["command"]
    assert "3*2^2816+1" in row.data["files"]["stdin"]
    assert row.version.startswith("2.")


def test_who_calls_it_composite_is_heard(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("opinion", "3*2^2817+1", "--program", "pari")
    assert "composite" in capsys.readouterr().out
    assert OtherOpinion.objects.get().verdict == "composite"

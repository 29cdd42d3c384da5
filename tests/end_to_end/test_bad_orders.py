"""A bad order is one line and exit status 2; ledger and processes stay as they were."""

from __future__ import annotations

import time

import psutil
import pytest
from django.apps import apps

from darkreach_site.management.commands.hunt import Command
from tests.hunts import drain, placed

BAD = {
    "no number": ["k*2^n+", "--k", "3", "--n", "1:9"],
    "a tower": ["9^9^9^9^n+1", "--n", "1:9"],
    "python power": ["3*2**n+1", "--n", "1:9"],
    "unbalanced": ["3*2^n+1)", "--n", "1:9"],
    "nested too deep": ["(" * 5000 + "n" + ")" * 5000, "--n", "1:9"],
    "a megabyte": ["1+" * 500_000 + "n", "--n", "1:9"],
    "unknown letter": ["3*2^n+m", "--n", "1:9"],
    "a name": ["3*2^exponent+1", "--n", "1:9"],
    "code": ["__import__('os').system('true')", "--n", "1:9"],
    "line feed": ["3*2^n+1\nk", "--n", "1:9"],
    "nul": ["3*2^n+1\0", "--n", "1:9"],
    "other digits": ["٣*2^n+1", "--n", "1:9"],
    "empty expression": ["", "--n", "1:9"],
    "empty range": ["3*2^n+1", "--n", ""],
    "no end": ["3*2^n+1", "--n", "1:"],
    "reversed range": ["3*2^n+1", "--n", "9:1"],
    "step of nothing": ["3*2^n+1", "--n", "1:9:0"],
    "negative step": ["3*2^n+1", "--n", "9:1:-1"],
    "no integer": ["3*2^n+1", "--n", "1:9.5"],
    "an endless range": ["3*2^n+1", "--n", "1:" + "9" * 5000],
    "too many": ["k*2^n+1", "--k", "1:20001:2", "--n", "1:20000"],
    "too large": ["3*2^n+1", "--n", "1:1000000000"],
    "base one": ["3*b^n+1", "--b", "1", "--n", "1:9"],
    "base zero": ["3*b^n+1", "--b", "0,2", "--n", "1:9"],
    "always even": ["5*7^n-1", "--n", "1:9"],
    "k zero": ["k*2^n+1", "--k", "0:3", "--n", "1:9"],
    "unused range": ["3*2^n+1", "--n", "1:9", "--k", "3"],
    "missing range": ["k*2^n+1", "--n", "1:9"],
    "unknown option": ["3*2^n+1", "--n", "1:9", "--fast"],
    "abbreviated": ["3*2^n+1", "--n", "1:9", "--js"],
    "two expressions": ["3*2^n+1", "5*2^n+1", "--n", "1:9"],
    "no workers": ["3*2^n+1", "--n", "1:9", "--workers", "-1"],
}


def rows() -> dict[str, int]:
    """Rows by table."""
    return {model.__name__: model.objects.count() for model in apps.get_models()}


@pytest.mark.django_db(transaction=True)
def test_bad_orders_change_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    placed("3*2^n+1", n="1:50")
    drain()
    stored = rows()
    children = psutil.Process().children()
    for name, arguments in BAD.items():
        began = time.process_time()
        with pytest.raises(SystemExit) as end:
            Command().run_from_argv(["manage.py", "hunt", *arguments])
        seen = capsys.readouterr()
        assert time.process_time() - began < 2, name
        assert (end.value.code, seen.out) == (2, ""), name
        assert len(seen.err.splitlines()) == 1, name
        assert 10 < len(seen.err) < 500, name
        assert "Traceback" not in seen.err, name
    assert rows() == stored
    assert psutil.Process().children() == children

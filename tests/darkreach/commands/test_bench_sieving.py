"""The benchmark of the sieves prints rows with figures."""

from __future__ import annotations

import argparse
import json

import pytest

from darkreach.commands.bench import sieving


def test_a_row_has_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    sieving.add_arguments(parser)
    arguments = parser.parse_args(["--rounds", "1", "--form", "p#"])
    arguments.json = True
    assert sieving.run(arguments) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["form"], row["p"]) == ("p#+-1", 10**12)
    assert row["ns_per_prime"] > row["ns_per_multiplication"] > 0
    assert row["seconds"] > 0 and row["factors"] >= 0
    arguments.json = False
    sieving.run(arguments)
    printed = capsys.readouterr().out
    assert "p#+-1" in printed
    assert "multiplication: " in printed

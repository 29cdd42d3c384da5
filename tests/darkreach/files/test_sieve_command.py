"""`darkreach sieve` takes other programs' files and writes ours."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from darkreach.cli import main

ABC = "ABC 3*2^$a+1 // Sieved to 4\n3\n4\n5\n6\n7\n8\n12\n"


def test_a_sieve_writes_what_is_left_and_the_factors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left, found = tmp_path / "left.abc", tmp_path / "factors.txt"
    files = ["-o", str(left), "--factors", str(found)]
    assert main(["sieve", "3*2^n+1", "--n", "3:12", "--p", "2:11", *files]) == 0
    assert "10 candidates, 5 removed" in capsys.readouterr().out
    assert left.read_text().splitlines() == [
        "ABC 3*2^$a+1 // Sieved to 11",
        *(str(n) for n in (5, 6, 8, 9, 12)),
    ]
    assert "5 | 3*2^3+1" in found.read_text().splitlines()
    assert len(found.read_text().splitlines()) == 5


def test_a_foreign_file_is_sieved_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given, left = tmp_path / "given.abc", tmp_path / "left.npg"
    given.write_text(ABC)
    files = ["-i", str(given), "-o", str(left)]
    assert main(["sieve", "--p", "5:7", *files, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["candidates"] == 7
    assert answer["survivors"] == [5, 6, 8, 12]
    assert left.read_text() == "7:P:1:2:1\n3 5\n3 6\n3 8\n3 12\n"


def test_a_gap_in_the_primes_is_not_called_sieved(tmp_path: Path) -> None:
    given, left = tmp_path / "given.abc", tmp_path / "left.abcd"
    given.write_text(ABC)
    main(["sieve", "--p", "100:200", "-i", str(given), "-o", str(left)])
    assert left.read_text().startswith("ABCD 3*2^$a+1 [3] // Sieved to 4\n")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--p", "2:9"], "want an expression"),
        (["3*2^n+1", "--p", "2:9", "-i", "x.abc"], "brings its own expression"),
        (["3*2^n+1", "--n", "1:9", "--p", "2:9", "-o", "x.zip"], "'zip' is no format"),
        (["3*2^n+1", "--n", "1:9", "--p", "2:9", "--format", "abc"], "-o is missing"),
        (["--p", "2:9", "-i", "nowhere.abc"], "No such file"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(
    arguments: list[str],
    complaint: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["sieve", *arguments]) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_malformed_file_names_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = tmp_path / "bad.abc"
    given.write_text(ABC + "nine\n")
    assert main(["sieve", "--p", "2:9", "-i", str(given)]) == 2
    assert "line 9: 'nine'" in capsys.readouterr().err

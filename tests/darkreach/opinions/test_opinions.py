"""What other programs say: PARI/GP for real, the others as recorded."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import gmpy2
import pytest

from darkreach import cli, forms, opinions
from darkreach.opinions import pari, running
from darkreach.opinions.running import Order

RECORDED = json.loads(
    (Path(__file__).parents[2] / "vectors" / "other_programs.json").read_text()
)["cases"]


@pytest.mark.parametrize(
    "case", RECORDED, ids=lambda c: f"{c['program']} {c['number']}"
)
def test_what_was_recorded_is_understood(case: dict[str, Any]) -> None:
    program, number = opinions.PROGRAMS[case["program"]], forms.number(case["number"])
    said = program.read(case["output"], number, case["base"])
    assert said is not None
    assert [said.verdict, said.res64, said.residue_type, said.base] == case["says"]
    assert program.version(case["output"]) == case["version"]
    if said.residue_type == 1 and number.bits < 20_000:
        value = number.value()
        residue = int(gmpy2.powmod(said.base, value - 1, value)) % 2**64
        assert f"{residue:016X}" == said.res64


@pytest.mark.parametrize("name", opinions.PROGRAMS)
def test_output_that_is_cut_off_is_no_opinion(name: str) -> None:
    program, number = opinions.PROGRAMS[name], forms.number("3*2^123-1")
    for text in ("", "Segmentation fault\n", '{"worktype":"PRP-3"', "3*2^123-1 is "):
        assert program.read(text, number, 3) is None


def test_a_residue_of_a_proth_test_is_of_our_type() -> None:
    number = forms.number("3*2^2817+1")
    value = number.value()
    half = int(gmpy2.powmod(5, (value - 1) // 2, value))
    text = (
        "Starting Proth prime test of 3*2^2817+1\nUsing FFT length 256, a = 5\n"
        f"3*2^2817+1 is not prime.  RES64: {(half + 1) % 2**64:016X}.  OLD64: 0\n"
    )
    said = opinions.PROGRAMS["llr"].read(text, number, 3)
    assert said is not None
    assert (said.residue_type, said.base) == (2, 5)
    assert said.res64 == f"{half % 2**64:016X}"


def test_a_line_about_another_number_is_no_opinion_of_mprime() -> None:
    text = next(c["output"] for c in RECORDED if c["program"] == "mprime")
    read = opinions.PROGRAMS["mprime"].read
    assert read(text, forms.number("3*2^124-1"), 3) is None


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        ("3*2^2816+1", "probable prime"),
        ("3*2^2817+1", "composite"),
        ("2^1279-1", "probable prime"),
        ("150!-1", "composite"),
        ("13#+1", "composite"),
        ("11#+1", "probable prime"),
        ("20!2+1", "composite"),
        ("(2^127+1)/3", "probable prime"),
    ],
)
def test_pari_gives_its_opinion(expression: str, verdict: str) -> None:
    number = forms.number(expression)
    (opinion,) = opinions.opinions(number, ["pari"], seconds=60)
    assert opinion.verdict == verdict
    value, base = number.value(), opinion.base
    assert base is not None and base > 3
    residue = int(gmpy2.powmod(base, value - 1, value)) % 2**64
    assert opinion.res64 == f"{residue:016X}"
    assert opinion.version.startswith("2.")
    # Machines without the program find it in Python.
    assert opinion.command[0].endswith("gp") == (shutil.which("gp") is not None)
    assert (
        expression in opinion.files["stdin"] or "!" in expression or "#" in expression
    )


def test_pari_is_found_in_python_where_gp_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = replace(pari.PARI, executables=("gp-that-is-not-there",))
    opinion = running.ask(program, forms.number("3*2^2816+1"), seconds=60)
    assert (opinion.verdict, opinion.command[1]) == ("probable prime", "-c")
    assert opinion.version.startswith("2.")


def test_the_command_prints_opinions(capsys: pytest.CaptureFixture[str]) -> None:
    line = ["opinion", "3*2^2816+1", "--program", "pari", "--json"]
    assert cli.main(line) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["opinions"][0]["verdict"] == "probable prime"
    assert cli.main(["opinion", "3*2^2817+1", "--program", "pari"]) == 1
    assert "composite" in capsys.readouterr().out


def test_a_program_that_is_not_there_has_no_opinion(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DARKREACH_PFGW", "/nowhere/pfgw64")
    (opinion,) = opinions.opinions(forms.number("3*2^2816+1"), ["pfgw"])
    assert (opinion.verdict, opinion.reason) == ("none", "it is not installed")


def script(tmp_path: Path, text: str) -> str:
    path = tmp_path / "program"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_another_program_is_started_with_its_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script stands in its place and plays a recorded answer."""
    line = "503# -641 is composite: RES64: [D52471BF5F4DADE0] (0.0015s+0.0001s)"
    path = script(tmp_path, f'echo "$@"; pwd; echo "{line}"; touch left.ini; exit 1')
    monkeypatch.setenv("DARKREACH_PFGW", path)
    (opinion,) = opinions.opinions(forms.number("503#-641"), ["pfgw"], base=3)
    assert opinion.command == [path, "-f0", "-b3", "-q503#-641"]
    assert opinion.verdict == "composite"
    assert opinion.res64 == "D52471BF5F4DADE0"
    folder = opinion.output.splitlines()[1]
    assert not Path(folder).exists()
    assert opinion.contradicts(prime=True)


def test_a_program_that_goes_on_is_ended_with_all_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = tmp_path / "child"
    path = script(tmp_path, f"sleep 60 & echo $! > {marks}; sleep 60")
    monkeypatch.setenv("DARKREACH_PFGW", path)
    begin = time.monotonic()
    (opinion,) = opinions.opinions(forms.number("3*2^9+1"), ["pfgw"], seconds=1.0)
    assert time.monotonic() - begin < 20
    assert opinion.verdict == "none"
    assert "no answer after" in opinion.reason
    child = int(marks.read_text())
    for _ in range(100):
        if not alive(child):
            break
        time.sleep(0.05)
    assert not alive(child)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_mprime_is_ended_when_its_answer_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = next(c["output"] for c in RECORDED if c["program"] == "mprime").strip()
    path = script(
        tmp_path,
        f"cat prime.txt; echo '{line}' > r; mv r results.json.txt; sleep 60",
    )
    monkeypatch.setenv("DARKREACH_MPRIME", path)
    number = forms.number("3*2^123-1")
    (opinion,) = opinions.opinions(number, ["mprime"], base=3, seconds=30)
    assert opinion.verdict == "composite"
    assert opinion.seconds < 25
    assert opinion.files["worktodo.txt"] == "PRP=3,2,123,-1,99,0,3,1\n"


def test_a_number_that_a_program_does_not_know_is_not_asked() -> None:
    program = replace(
        opinions.PROGRAMS["llr"], executables=("true",), order=opinions.llr.LLR.order
    )
    opinion = running.ask(program, forms.number("100!+1"))
    assert "k*b^n" in opinion.reason
    long = replace(program, order=lambda number, base: Order(["1" * 200_000]))
    assert "too long" in running.ask(long, forms.number("100!+1")).reason

"""The command `darkreach`: answers on stdout, complaints on stderr, exit status."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from darkreach import __main__, __version__, cli
from darkreach.certificates import ecpp

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Run the command in this process: exit status, stdout, stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            status = cli.main(arguments)
        except SystemExit as leaving:
            status = int(leaving.code or 0)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def answer(call: Call, *arguments: str) -> dict[str, Any]:
    status, out, err = call(*arguments, "--json")
    assert (status, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


def test_a_prime_is_tested(call: Call) -> None:
    found = answer(call, "test", "3*2^201+1")
    assert found["verdict"] == "prime"
    assert (found["residue_type"], found["base"]) == (2, 5)
    assert found["res64"] == "0000000000000000"
    assert found["res64_prst"] == "0000000000000001"
    assert found["digits"] == 61
    assert found["kernel"] == "gmpy2 powmod"
    assert found["seconds"] >= 0


def test_composites_have_the_published_residues(call: Call) -> None:
    proth = answer(call, "test", "3*2^161+1")
    assert proth["verdict"] == "composite"
    assert proth["res64_prst"] == "018E6CDEF6DE6F51"
    assert proth["res64"] == "018E6CDEF6DE6F50"
    fermat = answer(call, "test", "3*2^123-1")
    assert (fermat["residue_type"], fermat["base"]) == (1, 3)
    assert fermat["res64"] == fermat["res64_prst"] == "08D0860E564B2A5A"


def test_any_number_can_be_tested(call: Call) -> None:
    assert answer(call, "test", "(2^127+1)/3")["verdict"] == "probable prime"
    assert answer(call, "test", "97")["verdict"] == "prime"
    assert answer(call, "test", "3*4^10+1")["expression"] == "3*2^20+1"


def test_the_answer_for_people_is_one_line(call: Call) -> None:
    status, out, err = call("test", "3*2^161+1")
    assert (status, err) == (0, "")
    assert out.startswith("3*2^161+1 is composite: 49 decimal digits, RES64 ")
    assert out.count("\n") == 1


def test_a_variable_p_and_the_primes_of_the_sieve_have_ranges_of_their_own(
    call: Call,
) -> None:
    found = answer(call, "sieve", "p#+1", "--p", "5:60", "--primes", "2:100")
    assert found["candidates"] == 15
    found_factors = {(p, number) for p, number in found["factors"]}
    expected = {(59, "13#+1"), (19, "17#+1"), (61, "41#+1"), (73, "53#+1")}
    assert found_factors == expected
    for wanting in (["--p", "5:60"], []):
        status, out, err = call("sieve", "p#+1", *wanting)
        assert (status, out) == (2, "") and "--primes" in err
    both = answer(call, "sieve", "3*2^n+1", "--n", "5:20", "--primes", "2:100")
    short = answer(call, "sieve", "3*2^n+1", "--n", "5:20", "--p", "2:1e2")
    assert both["survivors"] == short["survivors"] == [5, 6, 8, 12, 18, 20]


def test_a_sieve_lists_factors_and_survivors(call: Call) -> None:
    found = answer(call, "sieve", "3*2^n+1", "--n", "1:30", "--p", "2:30")
    assert found["candidates"] == 30
    removed = {expression: factor for factor, expression in found["factors"]}
    assert removed["3*2^3+1"] == 5
    assert removed["3*2^14+1"] == 13
    assert "3*2^1+1" not in removed  # 7 survives its own factor
    expected = [
        n
        for n in range(1, 31)
        if not any(
            (3 * 2**n + 1) % p == 0 and 3 * 2**n + 1 != p
            for p in (3, 5, 7, 11, 13, 17, 19, 23, 29)
        )
    ]
    assert found["survivors"] == expected


def test_survivors_of_two_variables_are_named(call: Call) -> None:
    arguments = ("sieve", "k*2^n+1", "--n", "5:6", "--k", "3:5:2", "--p", "2:4")
    found = answer(call, *arguments)
    assert {"k": 3, "n": 5} in found["survivors"]


@pytest.mark.parametrize("text", ["5", "7:3", "0:1", "a:b", "-5:7", "2:", "10:"])
def test_a_bad_range_of_primes_is_one_clear_line(call: Call, text: str) -> None:
    status, out, err = call("sieve", "3*2^n+1", "--n", "1:30", f"--p={text}")
    assert (status, out) == (2, "")
    assert err.startswith(f"darkreach: --p {text}")
    assert err.count("\n") == 1


def test_a_factor_is_found(call: Call) -> None:
    found = answer(call, "pm1", "2^67-1", "--b1", "1e4", "--b2", "100000")
    assert found["factor"] == "193707721"
    status, out, _ = call("pm1", "2^61-1", "--b1", "100", "--b2", "1000")
    assert status == 0
    assert "no factor found" in out


def test_a_proof_is_written_and_verified(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "prime.json"
    found = answer(call, "prove", "3*2^189+1", "-o", str(file))
    assert (found["verdict"], found["kind"]) == ("prime", "proth")
    assert found["file"] == str(file)
    checked = answer(call, "verify", str(file))
    assert checked["valid"]
    assert len(checked["verified_by"]) == 2


def test_a_proof_without_a_file_goes_to_stdout(call: Call, tmp_path: Path) -> None:
    status, out, _ = call("prove", "2^107-1")
    assert status == 0
    assert json.loads(out)["kind"] == "ll"
    (tmp_path / "prime.json").write_text(out)
    status, out, _ = call("verify", str(tmp_path / "prime.json"))
    assert status == 0
    assert out.startswith("2^107-1 is prime")
    assert answer(call, "prove", "2^107-1")["certificate"]["kind"] == "ll"


def test_a_composite_has_no_proof(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "prime.json"
    status, out, _ = call("prove", "2^67-1", "-o", str(file))
    assert status == 1
    assert "composite" in out
    assert not file.exists()


def test_what_no_proof_reaches_is_said_to_be_unproven(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ecpp, "LONGEST_BITS", 300)
    status, out, _ = call("prove", "(2^313+1)/3", "--json")
    assert status == 1
    found = json.loads(out)
    assert found["verdict"] == "unproven"
    assert "312 bits are too many for ECPP" in found["reason"]


def test_a_certificate_with_one_digit_changed_is_refused(
    call: Call, tmp_path: Path
) -> None:
    file = tmp_path / "prime.json"
    call("prove", "3*2^189+1", "-o", str(file))
    text = file.read_text()
    places = [place for place, sign in enumerate(text) if sign.isdigit()]
    for place in places:
        digit = str((int(text[place]) + 1) % 10)
        file.write_text(text[:place] + digit + text[place + 1 :])
        status, out, err = call("verify", str(file))
        assert status in (1, 2), (place, out)
        assert "is prime" not in out
        assert (out + err).count("\n") == 1


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", '{"a":1,"a":2}', "[" * 100_000, '{"N":' + "9" * 5000]
)
def test_a_file_that_is_no_certificate_is_bad_input(
    call: Call, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "prime.json"
    file.write_text(text)
    status, out, err = call("verify", str(file))
    assert (status, out) == (2, "")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("test", "3*2^"),
        ("test", "9**9**9"),
        ("test", "9^(9^9^9)"),
        ("test", "3*2^n+1"),
        ("test", "1"),
        ("test", "x" * 1_000_000),
        ("test",),
        ("test", "3", "--jso"),
        ("nonsense",),
        (),
        ("sieve", "3*2^n+1", "--n", "30:1", "--p", "2:100"),
        ("sieve", "3*2^n+1", "--p", "2:100"),
        ("sieve", "3*2^n+1", "--n", "1:30"),
        ("pm1", "2^67-1", "--b1", "1"),
        ("pm1", "2^67-1", "--b1", "many"),
        ("prove", "2^61-1", "-o", "/no/such/folder/prime.json"),
        ("verify", "/no/such/file.json"),
        ("verify", "/"),
    ],
)
def test_bad_input_is_one_clear_line(call: Call, arguments: tuple[str, ...]) -> None:
    status, out, err = call(*arguments)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert len(err) < 400


def test_version_and_help(call: Call) -> None:
    assert call("--version")[:2] == (0, f"darkreach {__version__}\n")
    status, out, _ = call("--help")
    assert status == 0
    assert "examples:" in out
    for command in cli.COMMANDS:
        assert f"{command.NAME} " in out
        status, shown, _ = call(command.NAME, "--help")
        assert status == 0
        # A sentence that goes on over the end of a line keeps its words apart.
        said = " ".join((command.__doc__ or "").split("\n\n")[0].split())
        assert said in " ".join(shown.split()), command.NAME


@pytest.mark.slow  # test_selftest.py asks the same of the library
def test_the_self_test_counts_its_vectors(call: Call) -> None:
    found = answer(call, "selftest")
    assert found["vectors"] >= 300
    assert found["failed"] == []


def test_interrupting_says_so_and_leaves_status_130() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "darkreach", "test", "3*2^400000+1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == ""
    assert err.strip() == "darkreach: interrupted"


def test_interrupting_while_the_program_loads_says_so_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Loading:
        def __getattr__(self, name: str) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr("darkreach.cli", Loading())
    assert __main__.main() == 130
    assert capsys.readouterr().err == "\ndarkreach: interrupted\n"


def test_a_closed_pipe_is_no_traceback() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.run(
        [sys.executable, "-m", "darkreach", "test", "97"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert process.returncode == 1
    assert process.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("opinion", "0"), "0 is less than 2"),
        (("opinion", "7", "--base", "0"), "0 is not a positive number"),
        (("opinion", "7", "--base", "9" * 5000), "argument --base"),
        (("pm1", "0"), "0 is less than 2"),
        (("bench", "sieve", "--rounds", "0"), "0 is not a positive number"),
        (("bench", "sieve", "--form", "zzz"), "'zzz'"),
        (("verify", "prime.json", "--max-bits", "0"), "0 is not a positive number"),
    ],
)
def test_absurd_values_are_refused_in_one_line(
    call: Call, arguments: tuple[str, ...], words: str
) -> None:
    status, out, err = call(*arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert len(err) < 500

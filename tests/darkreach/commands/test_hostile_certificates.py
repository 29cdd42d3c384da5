"""`darkreach verify` on files that were made to harm: one line, an exit status, and
little time and memory."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from darkreach import cli
from tests.darkreach.certificates.sealing import sealed

NUMBER = 3 * 2**189 + 1


def proth(**changes: Any) -> bytes:
    fields = {"k": 3, "b": 2, "n": 189, "c": 1, "a": 11}
    return json.dumps(sealed("proth", NUMBER, **fields | changes)).encode()


GOOD = proth()


def huge(bits: int) -> bytes:
    """A Mersenne number whose test would take months."""
    return json.dumps(sealed("ll", 2**bits - 1, expression=f"2^{bits}-1")).encode()


def with_expression(text: Any) -> bytes:
    return proth(expression=text)


#: Name, what is in the file, exit status, words of the one line.
FILES: list[tuple[str, bytes, int, str]] = [
    ("empty", b"", 2, "not a JSON file"),
    ("zeros", bytes(1000), 2, "not a JSON file"),
    ("no text", GOOD.replace(b"proth", b"pr\xff\xfeth"), 2, "it is no text"),
    ("a list", b"[1, 2]", 2, "a certificate is a JSON object"),
    ("null", b"null", 2, "a certificate is a JSON object"),
    ("deep lists", b"[" * 10**5 + b"]" * 10**5, 2, "nested too deep"),
    ("deep objects", b'{"a":' * 10**5, 2, "nested too deep"),
    ("a field twice", GOOD[:-1] + b', "a": 5}', 2, "a field occurs twice"),
    ("cut off", GOOD[:-40], 2, "not a JSON file"),
    ("a long number", GOOD.replace(b"11", b"9" * 10**6), 2, "limit (4300 digits)"),
    ("not a number", GOOD.replace(b'"a": 11', b'"a": NaN'), 1, "'a' is malformed"),
    ("infinity", GOOD.replace(b'"a": 11', b'"a": 1e999'), 1, "'a' is malformed"),
    ("a fraction", proth(a=11.0), 1, "'a' is malformed"),
    ("a truth", proth(a=True), 1, "'a' is malformed"),
    ("no expression", with_expression(None), 1, "expression is no text"),
    ("a tower", with_expression("9^9^9"), 1, "a tower of powers"),
    ("a huge power", with_expression("9^(9^9)"), 1, "more than 1000000 bits"),
    ("a huge tower", with_expression("9^(9^(9^9))"), 1, "more than 1000000 bits"),
    ("huge on the way", with_expression("3^9999999/3^9999999"), 1, "more than"),
    ("a huge factorial", with_expression("((9!)!)!"), 1, "more than 1000000 bits"),
    ("a huge primorial", with_expression("99999999#"), 1, "more than 1000000 bits"),
    ("a long expression", with_expression("9*" * 10**5 + "9"), 1, "is too long"),
    ("a huge exponent", proth(n=10**18), 1, "more than"),
    ("a huge number", huge(4_000_037), 1, "more than 1000000 bits"),
    (
        "many witnesses",
        json.dumps(
            sealed("n-1", NUMBER, witnesses=[{"q": 2, "a": 11}] * 10**4)
        ).encode(),
        1,
        "number of witnesses is out of range",
    ),
    (
        "many fields",
        b'{"a":1' + b"".join(b',"%d":1' % i for i in range(10**4)) + b"}",
        1,
        "",
    ),
    ("nothing but space", b" " * (20 * 2**20), 2, "too large for a certificate"),
]


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [row[1:] for row in FILES],
    ids=[row[0] for row in FILES],
)
def test_a_hostile_file_gets_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes,
    status: int,
    words: str,
) -> None:
    file = tmp_path / "prime.json"
    file.write_bytes(content)
    assert cli.main(["verify", str(file)]) == status
    shown = "".join(capsys.readouterr())
    assert words in shown
    assert shown.count("\n") == 1
    assert len(shown) < 400


def test_a_longer_number_can_be_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "prime.json"
    file.write_bytes(GOOD)
    assert cli.main(["verify", str(file), "--max-bits", "191"]) == 0
    assert cli.main(["verify", str(file), "--max-bits", "190"]) == 1
    assert "more than 190 bits" in capsys.readouterr().out


def test_folders_and_missing_files_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (tmp_path, tmp_path / "absent.json"):
        assert cli.main(["verify", str(path)]) == 2
        assert str(path) in capsys.readouterr().err


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))


#: Files as long as may be, or longer.
LONG = {
    "hundred megabytes": b" " * 10**8,
    "lists": b'{"a":[' + b"[]," * 5_500_000 + b"[]]}",
    "fields": b'{"x":1' + b"".join(b',"%d":1' % i for i in range(1_200_000)) + b"}",
    "witnesses": b'{"witnesses":[' + b'{"q":2,"a":3},' * 10**6 + b"{}]}",
    "numbers": b'{"steps":[' + (b"9" * 4299 + b",") * 3000 + b"1]}",
}


@pytest.mark.slow
@pytest.mark.parametrize("content", [*LONG.values(), *(row[1] for row in FILES)])
def test_a_hostile_file_takes_a_gigabyte_and_a_minute_at_most(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "prime.json"
    file.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-m", "darkreach.cli", "verify", str(file)],
        capture_output=True,
        text=True,
        preexec_fn=_bounded,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode in (1, 2), done
    assert (done.stdout + done.stderr).count("\n") == 1

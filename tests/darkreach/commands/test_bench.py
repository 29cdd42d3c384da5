"""`darkreach bench`: rows, a table, a picture, and what it refuses."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import gmpy2
import numpy as np
import pytest

from darkreach import cli
from darkreach.arithmetic import threads
from darkreach.commands.bench import plot, turns
from darkreach.commands.bench.font import GLYPHS, HEIGHT, WIDTH

FIELDS = [
    "expression",
    "bits",
    "kernel",
    "length",
    "width",
    "us_per_squaring",
    "gmpy2_us_per_bit",
    "ratio",
    "max_roundoff",
]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """One round is enough for the shape of an answer."""
    monkeypatch.setattr(turns, "ROUNDS", 1)


def pixels(data: bytes) -> np.ndarray:
    """The picture in a PNG file of 8-bit RGB without filters, by the standard."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    place, packed, size = 8, b"", (0, 0)
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        body = data[place + 8 : place + 8 + length]
        (check,) = struct.unpack(">I", data[place + 8 + length : place + 12 + length])
        assert check == zlib.crc32(kind + body)
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
            assert body[8:] == bytes([8, 2, 0, 0, 0])
        packed += body if kind == b"IDAT" else b""
        place += 12 + length
    rows = np.frombuffer(zlib.decompress(packed), np.uint8)
    rows = rows.reshape(size[1], 1 + 3 * size[0])
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(size[1], size[0], 3)


def test_a_row_has_what_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "--json", "--only", "3*2^1000+1", "--only", "97"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["expression"] for row in rows] == ["3*2^1000+1", "97"]
    assert all(list(row) == FIELDS for row in rows)
    assert [row["bits"] for row in rows] == [1002, 7]
    for row in rows:
        assert row["us_per_squaring"] > 0
        assert row["ratio"] == pytest.approx(
            row["gmpy2_us_per_bit"] / row["us_per_squaring"], rel=0.01
        )


def test_any_expression_makes_a_line_of_the_table(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["bench", "squaring", "--only", "100!+1"]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split()[:2] == ["number", "bits"]
    assert row.split()[:2] == ["100!+1", "525"]


def test_the_table_ends_at_the_size_that_was_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["bench", "--json", "--bits", "2100"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["expression"] for row in rows] == ["27*2^2003+1"]


def test_the_picture_shows_every_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "time.png"
    numbers = ["--only", "3*2^500+1", "--only", "3*2^3000-1"]
    assert cli.main(["bench", *numbers, "--plot", str(file)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    picture = pixels(file.read_bytes()).reshape(-1, 3)
    colours = {tuple(colour) for colour in np.unique(picture, axis=0).tolist()}
    assert set(plot._COLOURS[:2]) <= colours


def test_a_picture_of_one_point_has_axes_of_a_decade() -> None:
    picture = pixels(plot.draw({"one": [(1000.0, 1.0)]}, "bits", "us"))
    assert (picture == plot._COLOURS[0]).all(axis=2).sum() > 20


@pytest.mark.parametrize("text", ["3*2^n+1", "1", "what?"])
def test_what_is_no_number_is_refused(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["bench", "--only", text]) == 2
    assert capsys.readouterr().err.startswith("darkreach: ")


def test_every_sign_of_the_font_has_the_same_size() -> None:
    for rows in GLYPHS.values():
        assert [len(row) for row in rows] == [WIDTH] * HEIGHT


def test_the_number_of_steps_follows_their_time() -> None:
    done: list[int] = []
    count = turns.count_for(lambda steps: done.append(sum(range(steps))), 0.02)
    assert count > 1000
    assert done


def test_threads_are_asked_for_and_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "LENGTH_OF_ONE", 256)
    try:
        assert cli.main(["test", "27*2^20000+1", "--threads", "2", "--json"]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert answer["kernel"].endswith("2 threads")
        number = 27 * gmpy2.mpz(2) ** 20000 + 1
        residue = gmpy2.powmod(answer["base"], number // 2, number)
        assert answer["res64"] == f"{gmpy2.f_mod_2exp(residue, 64):016X}"
        assert cli.main(["test", "27*2^20000+1", "--threads", "0"]) == 2
        assert "threads" in capsys.readouterr().err
    finally:
        threads.allow(1)

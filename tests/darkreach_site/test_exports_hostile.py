"""Texts that a worker or a list may send do no harm in any exported file, and files of
others that are broken or huge are refused at once."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import re
import tarfile
import tracemalloc
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client

from darkreach.files import factors
from darkreach.files.lines import numbered
from darkreach.files.prime_lists import read_t5k
from darkreach_site.exports import nightly
from searches.models import Factor, Search
from tests.tampering import tampering
from verification.models import Certificate, ListedPrime, Prime, Residue

#: A formula, another line, a script, what ends lines in Unicode, quotes.
HOSTILE = "=cmd|' /C calc'!A0\r\n1 2\n<script>alert(1)</script>\u2028\x85,\"'&]]>"
BFILE_LINE = re.compile(r"((?:-?[1-9][0-9]*)|0) ((?:-?[1-9][0-9]*)|0)\n")


@pytest.fixture
def folder(
    hunted: Search, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: Client
) -> Path:
    """The nightly files of a ledger whose every free text is hostile."""
    monkeypatch.setattr(settings, "EXPORTS", str(tmp_path / "exports"))
    software = {"program": HOSTILE, "version": HOSTILE, "kernel": HOSTILE}
    with tampering():
        Residue.objects.update(software=software)
        Factor.objects.update(software=software, stage="pm1")
        Certificate.objects.update(software=software)
        Prime.objects.update(verified_by=[HOSTILE])
    Search.objects.update(title=HOSTILE, created_by=HOSTILE[:20])
    prime = Prime.objects.order_by("-digits")[0]
    ListedPrime.objects.create(
        key=prime.key,
        description=prime.expression,
        digits=prime.digits,
        who=HOSTILE[:20],
        comment=HOSTILE,
        source=HOSTILE[:60],
    )
    return nightly.make()


def test_tables_hold_no_formula_and_no_line_more(folder: Path) -> None:
    text = (folder / "primes.csv").read_bytes().decode("utf-8")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) == Prime.objects.count() + 1
    assert {len(row) for row in rows} == {6}
    assert not any(cell[:1] in ("=", "+", "-", "@") for row in rows for cell in row)
    assert text.count("\r\n") == len(rows)  # RFC 4180


def test_lists_keep_their_rules_byte_by_byte(folder: Path, hunted: Search) -> None:
    body = (folder / "all.txt").read_bytes()
    assert b"\r" not in body and body.endswith(b"\n") and body.isascii()
    listed = list(read_t5k(numbered(body.decode("ascii").splitlines())))
    assert len(listed) == Prime.objects.count() == body.count(b"\n") - 3
    for line in body.decode("ascii").splitlines()[3:]:
        assert re.fullmatch(r"[ \d]{5}[ n] \S+ +\d+ \S+ +\d{4}( .*)?", line), line
    values = (folder / f"b-{hunted.pk}.txt").read_bytes()
    assert b"\r" not in values and values.endswith(b"\n") and values.isascii()
    terms = [
        line
        for line in values.decode("ascii").splitlines(keepends=True)
        if not line.startswith("#")
    ]
    assert len(terms) > 5
    for number, line in enumerate(terms, 1):
        match = BFILE_LINE.fullmatch(line)
        assert match and int(match[1]) == number


def test_results_are_single_lines_as_prime95_writes_them(folder: Path) -> None:
    body = (folder / "results.json.txt").read_bytes()
    assert b"\r" not in body and body.endswith(b"\n") and body.isascii()
    lines = body.decode("ascii").splitlines()
    told = Residue.objects.filter(role="accepted", residue_type__isnull=False)
    # Second tests to another base stay in the ledger.
    tested = told.filter(variant=0).count()
    assert len(lines) == tested + Factor.objects.count()
    for text in lines:
        line = json.loads(text)
        assert line["program"]["name"] == HOSTILE  # as data, not as lines
        plain = {**line, "program": {}}
        written = text.replace(
            json.dumps(line["program"], separators=(", ", ":")), "{}"
        )
        assert json.dumps(plain, separators=(", ", ":")) == written


def test_factors_statistics_and_certificates_are_whole(
    folder: Path, hunted: Search
) -> None:
    text = (folder / f"factors-{hunted.pk}.txt").read_text("ascii")
    assert len(list(factors.read(numbered(text.splitlines())))) > 100
    ElementTree.fromstring((folder / "stats" / "tables.xml").read_text("utf-8"))
    for path in (folder / "stats").glob("*.gz"):
        ElementTree.fromstring(gzip.decompress(path.read_bytes()))
    with tarfile.open(folder / "certificates.tar.gz") as archive:
        names = archive.getnames()
    assert len(names) == Prime.objects.count() + 1
    assert all(re.fullmatch(r"[\w.+()^!#,x-]+", name) for name in names), names


def test_texts_and_pages_of_a_prime_escape_them(folder: Path, client: Client) -> None:
    text = client.get("/primes/3x2_189+1/t5k.txt").content.decode()
    lines = text.splitlines()
    assert len(lines) == 6 and not any(line.startswith("1 2") for line in lines)
    for place in ("/primes/3x2_189+1", "/searches/", "/exports/", "/primes/atom.xml"):
        answer = client.get(place)
        assert b"<script>alert" not in answer.content, place
    for place in ("/api/v1/searches", "/api/v1/primes/3x2_189+1"):
        answer = client.get(place)
        assert answer["Content-Type"].startswith("application/json")
        assert answer["X-Content-Type-Options"] == "nosniff"
        json.loads(answer.content)


def random_bytes(count: int) -> bytes:
    return random.Random(7).randbytes(count)


#: Files that are none, each with what importing it takes.
BROKEN = {
    "nothing": b"",
    "zeros": b"\0" * 100_000,
    "random": random_bytes(200_000),
    "one line": b"9" * 30_000_000,
    "deep": b"ABC " + b"(" * 16_000 + b"\n1\n",
    "tower": b"ABC $a^9^9^9^9+1\n9\n",
    "huge product": b"ABC2 $a*$b*$c+1\n" + b"".join(
        b"%c: from 1 to 1000000000\n" % name for name in b"abc"
    ),
    "huge digits": b"ABC $a*2^$b+1\n" + b"9" * 16_000 + b" 7\n",
    "utf-16": "ABC $a*2^$b+1\n3 7\n".encode("utf-16"),
    "half a header": b"ABC $a*2^",
    "npg": b"1:P:1:2:1\n3 99999999999999999999\n",
    "formula": b"=cmd|' /C calc'!A0\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize(
    "command",
    [["import_sieve"], ["import_sieve", "--factors"], ["import_known"]],
    ids=" ".join,
)
def test_broken_and_huge_files_are_refused_and_cost_little(
    kind: str, command: list[str], db: None, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(BROKEN[kind])
    name, *more = command
    tracemalloc.start()
    try:
        # A list of factors without a line is no error: nothing was read.
        if not (kind == "nothing" and more):
            with pytest.raises(CommandError):
                call_command(name, str(path), *more)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 50_000_000
    assert not Search.objects.exists()
    assert not (ListedPrime.objects.exists() or Factor.objects.exists())


def test_a_list_that_is_wrong_in_every_line_is_told_in_few(
    db: None, tmp_path: Path, capsys: Any
) -> None:
    lines = [f"{n:5}  9^9^9^9^9 {n} X1 1997 {'x' * 300}\n" for n in range(1, 2_000)]
    path = tmp_path / "all.txt"
    path.write_text("".join(lines))
    call_command("import_known", str(path))
    told = capsys.readouterr()
    assert told.out == "0 primes of all.txt\n"
    assert "1999 lines in all were left out" in told.err
    assert len(told.err) < 5_000

"""Files for others: each keeps the rules of its format and is read back."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import subprocess
import tarfile
import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from darkreach.certificates.verify import verify
from darkreach.expression.labels import label
from darkreach.files import factors
from darkreach.files.lines import numbered
from darkreach.files.prime_lists import read_bfile, read_t5k
from darkreach.forms import number
from darkreach.identity import number_key
from darkreach_site.exports import boinc, nightly, primes, sequences
from searches.models import Candidate, Search
from tests import hunts
from tests.tampering import tampering
from verification.models import ListedPrime, Prime, Residue


def export(capsys: Any, *arguments: str) -> str:
    call_command("export", *arguments)
    return str(capsys.readouterr().out)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "EXPORTS", str(tmp_path / "exports"))


def test_the_table_of_primes_comes_back(hunted: Search, capsys: Any) -> None:
    rows = primes.read_table(export(capsys, "primes"))
    found = {row["expression"]: row for row in rows}
    assert set(found) == set(Prime.objects.values_list("expression", flat=True))
    row = found["3*2^189+1"]
    assert (row["digits"], row["certificate"]) == ("58", "proth")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["found"])


def test_no_cell_of_a_table_is_a_formula(hunted: Search, capsys: Any) -> None:
    with tampering():
        Prime.objects.filter(expression="3*2^189+1").update(
            expression="=cmd|' /C calc'!A0"
        )
    cells = re.findall(r"^(.)", export(capsys, "primes"), re.MULTILINE)
    assert "=" not in cells and "'" in cells


def test_the_list_of_t5k_comes_back_with_equal_numbers(
    hunted: Search, capsys: Any
) -> None:
    text = export(capsys, "t5k")
    lines = numbered(text.splitlines())
    entries = [entry for _, entry in read_t5k(lines) if entry is not None]
    keys = {number_key(entry.description) for entry in entries}
    assert keys == set(Prime.objects.values_list("key", flat=True))
    assert [entry.rank for entry in entries] == list(range(1, len(entries) + 1))
    digits = [entry.digits for entry in entries]
    assert digits == sorted(digits, reverse=True)


def test_descriptions_are_normalised() -> None:
    assert primes.description("13438*16^98815+1") == "6719*2^395261+1"
    assert primes.description("3*2^1+1") == "7"


def test_the_submission_begins_with_the_description(
    hunted: Search, client: Client, capsys: Any
) -> None:
    text = export(capsys, "submission", "3*2^189+1")
    assert text.splitlines()[0] == "3*2^189+1"
    assert "58 digits" in text and "proth" in text
    assert client.get("/primes/3x2_189+1/t5k.txt").content.decode() == text


def test_a_b_file_holds_the_values_without_a_hole(hunted: Search, capsys: Any) -> None:
    text = export(capsys, "bfile", str(hunted.pk))
    values = [value for _, value in read_bfile(numbered(text.splitlines()))]
    # OEIS A002253.
    assert values == [1, 2, 5, 6, 8, 12, 18, 30, 36, 41, 66, 189]
    # The sequence ends where something is not settled.
    Candidate.objects.filter(search=hunted, expression="3*2^41+1").update(state="open")
    assert sequences.complete_until(hunted) == 40
    text = export(capsys, "bfile", str(hunted.pk))
    assert text.splitlines()[-1] == "9 36"
    assert "# complete from n = 1 to n = 40" in text


def test_a_b_file_ends_before_a_prime_under_embargo(
    hunted: Search, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "EMBARGO_HOURS", 24)
    text = export(capsys, "bfile", str(hunted.pk))
    assert not re.search("^[0-9]", text, re.MULTILINE)


def test_a_search_of_two_variables_is_no_sequence(db: None) -> None:
    search = hunts.placed("k*2^n+1", k="3,5", n="1:9")
    with pytest.raises(CommandError, match="one variable"):
        call_command("export", "bfile", str(search.pk))


#: The keys of Prime95 in their order; those that we never write are left out.
ORDER = ["status", "exponent", "k", "b", "n", "c", "worktype", "res64", "residue-type"]
ORDER += ["res2048", "b1", "b2", "factors", "program", "timestamp", "errors"]


def test_results_have_the_shape_of_mersenne_org(hunted: Search, capsys: Any) -> None:
    lines = export(capsys, "results").splitlines()
    settled = Residue.objects.filter(role="accepted", variant=0)
    assert len(lines) == settled.count() > 10
    for text in lines:
        line = json.loads(text)
        assert list(line) == [key for key in ORDER if key in line]
        assert line["status"] in ("P", "C")
        assert ("res64" in line) == ("residue-type" in line) == (line["status"] == "C")
        if line["status"] == "C":
            assert re.fullmatch(r"[0-9A-F]{16}", line["res64"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", line["timestamp"])
        assert re.fullmatch(r"PRP-\d+", line["worktype"])
        found = f"{line['k']}*{line['b']}^{line['n']}{line['c']:+d}"
        row = settled.get(key=number_key(found))
        assert line.get("res64", row.res64) == row.res64


def test_mersenne_numbers_go_by_their_exponent(db: None, capsys: Any) -> None:
    hunts.placed("2^p-1", p="89:130")
    hunts.drain()
    exponents = {
        json.loads(line)["exponent"]
        for line in export(capsys, "results").splitlines()
        if json.loads(line)["status"] == "P"
    }
    assert exponents == {89, 107, 127}


def test_factors_are_factors(hunted: Search, capsys: Any) -> None:
    text = export(capsys, "factors", str(hunted.pk))
    read = list(factors.read(numbered(text.splitlines())))
    assert len(read) > 100
    for line in read:
        assert number(line.number.expression).mod(line.factor) == 0


def test_the_archive_holds_certificates_that_verify(
    hunted: Search, tmp_path: Path, capsys: Any
) -> None:
    path = tmp_path / "certificates.tar.gz"
    call_command("export", "certificates", "-o", str(path))
    with tarfile.open(path) as archive:
        files = {
            entry.name: archive.extractfile(entry).read()  # type: ignore[union-attr]
            for entry in archive
        }
    sums = files.pop("SHA256SUMS").decode().splitlines()
    assert len(files) == len(sums) == Prime.objects.count()
    for line in sums:
        digest, name = line.split("  ")
        assert hashlib.sha256(files[name]).hexdigest() == digest
    assert verify(json.loads(files[f"{label('3*2^189+1')}.json"])).valid
    # As whoever downloads it checks it.
    folder = tmp_path / "unpacked"
    folder.mkdir()
    subprocess.run(["tar", "-xzf", str(path), "-C", str(folder)], check=True)
    check = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    subprocess.run(check, cwd=folder, check=True)


def test_boinc_statistics_are_whole_and_empty(db: None, tmp_path: Path) -> None:
    folder = tmp_path / "stats"
    call_command("export", "boinc", "-o", str(folder))
    assert {path.name for path in folder.iterdir()} == {
        *("tables.xml", "user.gz", "team.gz", "host.gz", "user_deleted.gz"),
        *("host_deleted.gz", "badge_user.gz", "badge_team.gz"),
    }
    tables = ElementTree.fromstring((folder / "tables.xml").read_text())
    names = [child.tag for child in tables]
    assert names[:4] == ["update_time", "nusers_total", "nteams_total", "nhosts_total"]
    assert tables.findtext("nusers_total") == "0"
    assert len(tables.findall("applications/application/name")) > 5
    for path in folder.glob("*.gz"):
        table = ElementTree.fromstring(gzip.decompress(path.read_bytes()))
        assert len(table) == 0 and table.tag == boinc.TABLES[path.stem][0]


def test_rows_of_boinc_keep_their_order_and_are_escaped(tmp_path: Path) -> None:
    hostile = "<script>&\x00\ud800"
    user = {
        **{"id": 1, "name": hostile, "create_time": 5, "total_credit": 2.5},
        **{"expavg_credit": 1e-7, "expavg_time": 6, "cpid": "ab", "url": hostile},
        "has_profile": True,
    }
    idle = {**user, "id": 2, "total_credit": 0.0}
    now = datetime(2026, 11, 21, tzinfo=UTC)
    rows = {"user": [user, idle], "host_deleted": [{"id": 3, "host_cpid": "cd"}]}
    boinc.write(tmp_path / "stats", now, ["a<b"], rows)
    text = gzip.decompress((tmp_path / "stats/user.gz").read_bytes()).decode()
    (row,) = ElementTree.fromstring(text)
    fields = boinc.TABLES["user"][2]
    assert [child.tag for child in row] == [name for name in fields if name in user]
    assert row.findtext("name") == "<script>&"
    tables = (tmp_path / "stats/tables.xml").read_text()
    assert "<total_credit>2.500000<" in tables and "a&lt;b" in tables
    assert "<nusers_total>1<" in tables
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<users>\n<user>\n')
    assert "\n <expavg_credit>0.000000</expavg_credit>\n" in text
    assert text.endswith("\n <has_profile/>\n</user>\n</users>\n")
    forgotten = gzip.decompress((tmp_path / "stats/host_deleted.gz").read_bytes())
    assert b"<host>\n <id>3</id>\n <host_cpid>cd</host_cpid>\n</host>" in forgotten
    with pytest.raises(KeyError, match="cpid"):
        boinc.rows_text(*boinc.TABLES["user"], [{**user, "cpid": None}])


def test_the_nightly_folder_is_exchanged_as_a_whole(
    hunted: Search, client: Client
) -> None:
    assert client.get("/exports/").status_code == 200
    assert client.get("/exports/primes.csv").status_code == 404
    first = nightly.make()
    assert nightly.current() == first
    second, third = nightly.make(), nightly.make()
    assert nightly.current() == third and second.exists() and not first.exists()
    cache.clear()
    page = client.get("/exports/").content.decode()
    for name, size, digest in nightly.listing():
        assert f"/exports/{name}" in page and digest in page
        answer = client.get(f"/exports/{name}")
        assert int(answer["Content-Length"]) == size
    names = {name for name, _, _ in nightly.listing()}
    assert {"primes.csv", "all.txt", "stats/tables.xml"} <= names
    assert {f"b-{hunted.pk}.txt", f"factors-{hunted.pk}.txt"} <= names


@pytest.mark.parametrize(
    "name",
    ["../secret_key", "%2e%2e/secret_key", "/etc/passwd", "stats", "", "SHA256SUMS/x"],
)
def test_only_files_of_the_listing_are_given(
    db: None, client: Client, name: str
) -> None:
    nightly.make()
    Path(settings.EXPORTS, "secret_key").write_text("x")
    answer = client.get(f"/exports/{name}")
    assert answer.status_code == 404 or name == ""


T5K = """\
 rank  description                     digits   who   year comment
    1  2^136279841-1                   41024320 MP1   2024 Mersenne 52??
    2  3*2^189+1                             58 X1    1997
    3  3*2^41+1                              99 X2    1997 false digits
    4  what(7)                                1 X3    1997
"""


def test_new_and_known_are_told_apart(
    hunted: Search, client: Client, tmp_path: Path, capsys: Any
) -> None:
    place = "/api/v1/primes/3x2_189+1"
    assert client.get(place).json()["new"] is None
    (tmp_path / "all.txt").write_text(T5K)
    call_command("import_known", str(tmp_path / "all.txt"))
    told = capsys.readouterr()
    assert told.out == "2 primes of all.txt\n"
    assert "line 4: 3*2^41+1 has 13 digits, not 99" in told.err
    assert "line 5" in told.err
    found = client.get(f"{place}?again").json()
    assert (found["new"], found["place"]) == (False, 2)
    assert found["listed"][0]["rank"] == 2
    assert client.get("/api/v1/primes/3x2_41+1").json()["new"] is True
    assert b"rank" in client.get("/primes/3x2_189+1").content
    assert b"new: in no list" in client.get("/primes/3x2_41+1").content
    known = client.get("/api/v1/primes?known=true").json()["items"]
    assert [item["expression"] for item in known] == ["3*2^189+1"]
    assert "3*2^41+1" in export(capsys, "t5k")
    marked = re.findall(r"^ *\d+n", export(capsys, "t5k"), re.MULTILINE)
    assert len(marked) == Prime.objects.count() - 1


def test_a_b_file_is_imported_with_its_expression_and_replaced(
    db: None, tmp_path: Path, capsys: Any
) -> None:
    path = tmp_path / "b002253.txt"
    path.write_text("1 1\n2 2\n3 5\n")
    call_command("import_known", str(path), "--of", "3*2^n+1")
    assert sorted(ListedPrime.objects.values_list("digits", flat=True)) == [1, 2, 2]
    path.write_text("1 1\n2 2\n")
    call_command("import_known", str(path), "--of", "3*2^n+1")
    assert ListedPrime.objects.count() == 2
    with pytest.raises(CommandError, match="no line"):
        call_command("import_known", str(path))


def test_what_is_not_there_is_refused(db: None) -> None:
    for arguments in (["bfile"], ["bfile", "99"], ["submission", "35"], ["boinc"]):
        with pytest.raises(CommandError):
            call_command("export", *arguments)

"""Certificates for other programs prove the same numbers there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cypari
import pytest

from darkreach import cli
from darkreach.certificates.exporting import export
from darkreach.errors import CertificateError
from tests.darkreach.certificates.mpu_checker import is_proof
from tests.darkreach.hunting import finish

#: A prime, the kind of its proof, the MPU theorem, and whether PARI has words for it.
PRIMES = [
    ("101", "small", "Small", True),
    ("3*2^353+1", "proth", "BLS5", True),
    ("27!+1", "n-1", "BLS5", True),
    ("2*3^320+1", "n-1", "Lucas", True),
    ("(10^16+666)*10^14+1", "n-1", "BLS5", True),
    ("(2^701+1)/3", "bls75", "BLS5", True),
    ("(10^23-1)/9", "n+1", "BLS15", False),
    ("(2^313+1)/3", "ecpp", "ECPP", True),
    ("3*2^103-1", "llr", "", False),
    ("2^127-1", "ll", "", False),
    ("2*3^131-1", "n+1", "", False),
    ("10^40+121", "bls75", "", False),
]


def certificate(text: str) -> dict[str, Any]:
    candidates = [{"index": 0, "members": [text]}]
    result = finish({"stage": "prove", "candidates": candidates})
    found: dict[str, Any] = result["results"][0]["members"][0]["certificate"]
    return found


@pytest.mark.parametrize(("text", "kind", "theorem", "pari"), PRIMES)
def test_other_programs_accept_what_they_have_words_for(
    text: str, kind: str, theorem: str, pari: bool
) -> None:
    own = certificate(text)
    assert own["kind"] == kind
    number = int(own["N"], 16)
    if theorem:
        written = export(own, "mpu")
        assert f"Type {theorem}\n" in written
        assert is_proof(written, number)
        assert not is_proof(written, number + 2)
        if theorem != "Small":
            small = written.replace(f"Type {theorem}", "Type Small")
            assert not is_proof(small, number)
    else:
        with pytest.raises(CertificateError, match="rests on N\\+1"):
            export(own, "mpu")
    if pari:
        line = export(own, "pari").strip()
        assert cypari.pari(f"primecertisvalid({line})") == 1
    else:
        with pytest.raises(CertificateError, match="rests on N\\+1"):
            export(own, "pari")


@pytest.mark.parametrize(
    ("text", "field"),
    [("3*2^353+1", "A[0]"), ("2*3^320+1", "A"), ("(2^313+1)/3", "X")],
)
def test_a_changed_number_is_no_proof_there_either(text: str, field: str) -> None:
    own = certificate(text)
    written = export(own, "mpu")
    lines = written.splitlines()
    line = next(line for line in lines if line.startswith(f"{field} "))
    other = 4 if field.startswith("A") else int(line.split()[1]) + 2
    changed = written.replace(line, f"{field} {other}")
    assert not is_proof(changed, int(own["N"], 16))


def test_t5k_gets_the_shorter_of_expression_and_digits() -> None:
    assert export(certificate("(10^19-1)/9"), "t5k") == "R(19)\n"
    assert export(certificate("3*2^353+1"), "t5k") == "3*2^353+1\n"
    assert export(certificate("2^2*2+3"), "t5k") == "11\n"


def test_the_command_writes_what_verify_would_accept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, target = tmp_path / "prime.json", tmp_path / "prime.txt"
    path.write_text(json.dumps(certificate("3*2^353+1")))
    assert cli.main(["certificate", str(path), "--format", "mpu"]) == 0
    written = export(certificate("3*2^353+1"), "mpu")
    assert capsys.readouterr().out.rstrip() == written.rstrip()
    command = ["certificate", str(path), "--format", "pari", "-o", str(target)]
    assert cli.main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["format"] == "pari"
    assert target.read_text() == export(certificate("3*2^353+1"), "pari")
    forged = certificate("3*2^353+1") | {"a": 2}
    path.write_text(json.dumps(forged))
    assert cli.main(["certificate", str(path), "--format", "mpu"]) == 1
    assert "refused" in capsys.readouterr().err
    path.write_text(json.dumps(certificate("3*2^103-1")))
    assert cli.main(["certificate", str(path), "--format", "mpu"]) == 1
    assert "no theorem" in capsys.readouterr().err

"""Known answers about single numbers: residues, primes, composites, factors,
certificates, test proofs."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import gmpy2

from darkreach import forms
from darkreach.arithmetic import Number
from darkreach.checks.verify import verify as check_proof
from darkreach.errors import ProofError
from darkreach.residues import res64_prst
from darkreach.selftest import paths
from darkreach.stages import pm1, prove, prp, verify
from darkreach.vectors import listed, primes, table

Known = tuple[str, str, Callable[[], bool]]

#: Numbers whose residue is computed with a test proof, and the levels of it.
PROVEN = (("3*2^1274-1", 3), ("15*2^1600+1", 4), ("2*3^1000-1", 3), ("400!+1", 3))
#: p, bounds and factor of 2^p-1 by P-1.
FACTORED = (
    (269, 4, 2141, 13822297),
    (569, 31, 1000, 55470673),
    (4133, 23, 2141, 11173615097),
)
#: Bases of the power that a number without a published residue goes through.
_BASES = (3, 5, 7, 11, 13, 17, 19, 23)


def known(full: bool) -> Iterator[Known]:
    """Group, name and check of every answer."""
    for group, rows, name, holds in (
        ("residue", table("residues", full), "expression", residue),
        ("prime", primes(full), "expression", prime),
        ("composite", table("composites", False), "expression", composite),
        ("factor", table("factors", full), "factor", factor),
        ("certificate", listed("certificates"), "name", certificate),
    ):
        for row in rows:
            yield group, row[name], partial(holds, row)
    for p, b1, b2, found in FACTORED:
        yield "p-1", f"2^{p}-1", partial(p_minus_1, p, b1, b2, found)
    for expression, levels in PROVEN:
        yield "test proof", expression, partial(test_proof, expression, levels)


def residue(row: dict[str, Any]) -> bool:
    """By the stage, and by every path."""
    outcome = _outcome(prp, "prp", row["expression"])
    kind, base = int(row["type"]), int(row["base"])
    same = outcome["residue_type"] == kind and outcome["base"] == base
    same = same and bool(res64_prst(outcome) == row["res64_prst"])
    number = forms.number(row["expression"])
    value = paths.power(number, base, (number.value() - 1) >> (kind - 1))
    return same and f"{int(gmpy2.f_mod_2exp(value, 64)):016X}" == outcome["res64"]


def prime(row: dict[str, Any]) -> bool:
    """Tested, proven by the expected kind of certificate, and verified."""
    expression = row["expression"]
    tested = _outcome(prp, "prp", expression)
    proven = _outcome(prove, "prove", expression)
    if tested["verdict"] == "composite" or proven["verdict"] != "prime":
        return False
    found = proven["certificate"]
    valid: bool = verify.check(expression, found)["valid"]
    passed = _fermat(forms.number(expression)) == 1
    return valid and found["kind"] == row["certificate"] and passed


def composite(row: dict[str, Any]) -> bool:
    """Never called prime; and when called composite, with something that shows it."""
    tested = _outcome(prp, "prp", row["expression"])
    proven = _outcome(prove, "prove", row["expression"])
    shown = proven["factor"] is not None or proven["res64"] not in (None, f"{1:016X}")
    verdicts = (tested["verdict"], proven["verdict"])
    _fermat(forms.number(row["expression"]))
    return verdicts == (row["verdict"], "composite") and shown


def factor(row: dict[str, Any]) -> bool:
    """It divides; and, being a prime, passes Fermat's test by every path."""
    remainder: int = forms.number(row["expression"]).mod(int(row["factor"]))
    return remainder == 0 and _fermat(forms.number(row["factor"])) == 1


def certificate(row: dict[str, Any]) -> bool:
    answer = verify.check(row["expression"], row["certificate"])
    valid: bool = row["valid"]
    # What paths give for the number of a good one is known.
    passed = _fermat(forms.number(row["expression"])) == 1
    return bool(answer["valid"]) == valid and (passed or not valid)


def p_minus_1(p: int, b1: int, b2: int, known_factor: int) -> bool:
    """The stage finds the factor, which passes by every path."""
    rows = [{"index": 0, "members": [f"2^{p}-1"]}]
    run = pm1.start({"stage": "pm1", "candidates": rows, "b1": b1, "b2": b2})
    while pm1.step(run) < 1.0:
        pass
    found = int(pm1.result(run)["results"][0]["factor"] or 1)
    _fermat(forms.number(f"2^{p}-1"))
    return found == known_factor and (2**p - 1) % found == 0


def test_proof(expression: str, levels: int) -> bool:
    """The proof of a residue holds, and no longer with another one in its place."""
    task = {"stage": "prp", "proof": levels, "candidates": _candidates(expression)}
    run = prp.start(task)
    while prp.step(run) < 1.0:
        pass
    outcome = prp.result(run)["results"][0]["members"][0]
    data = base64.b64decode(outcome["proof"]["file"])
    good = check_proof(data)
    bad = bytearray(data)
    bad[-1 - len(data) // 8] ^= 1
    number = forms.number(expression)
    exponent = (number.value() - 1) >> (outcome["residue_type"] - 1)
    value = paths.power(number, outcome["base"], exponent)
    same = f"{int(gmpy2.f_mod_2exp(value, 2048)):0512x}" == outcome["res2048"]
    return good.valid and good.res64 == outcome["res64"] and same and _refused(bad)


def _refused(data: bytearray) -> bool:
    try:
        return not check_proof(bytes(data)).valid
    except ProofError:
        return True


def _fermat(number: Number) -> Any:
    """a^(N-1) by every path, for a small a that does not divide N."""
    value = number.value()
    base = next((a for a in _BASES if gmpy2.gcd(a, value) == 1), None)
    return paths.power(number, base, value - 1) if base else 0


def _candidates(expression: str) -> list[dict[str, Any]]:
    return [{"index": 0, "members": [expression]}]


def _outcome(program: Any, stage: str, expression: str) -> dict[str, Any]:
    run = program.start({"stage": stage, "candidates": _candidates(expression)})
    while program.step(run) < 1.0:
        pass
    outcome: dict[str, Any] = program.result(run)["results"][0]["members"][0]
    return outcome

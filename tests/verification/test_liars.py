"""A fleet in which some lie: every prime is found, no wrong residue stays, and the
liars are found out (M1, M5)."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from django.db.models import Q

from searches import blocks
from searches.models import Block, Candidate, Search
from tests.audits import broken
from tests.fleet.fleets import Host, Lie, coordinator, work_out
from tests.hunts import advance_all, placed
from tests.oracle import prime_exponents
from verification import results
from verification.models import Reliability, Residue

pytestmark = pytest.mark.django_db(transaction=True)
DICE = random.Random(5)


def fake(number_bits: int) -> dict[str, str]:
    """A residue out of thin air."""
    text = f"{DICE.getrandbits(min(number_bits, 2048)):0512x}"
    return {"res2048": text, "res64": text[-16:].upper()}


def outcomes(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for item in result["results"] for one in item["members"] if one]


def changed(change: Any) -> Lie:
    """A lie about the outcomes of tests, and nothing else."""

    def lie(block: Block, result: dict[str, Any]) -> dict[str, Any]:
        if block.stage != "prp":
            return result
        result = copy.deepcopy(result)
        for outcome in outcomes(result):
            change(outcome)
        return result

    return lie


def random_residues(outcome: dict[str, Any]) -> None:
    if outcome["verdict"] == "composite" and outcome["res64"]:
        outcome.update(fake(64))


def copied_residues(outcome: dict[str, Any]) -> None:
    """Of some other number, as public pages show them."""
    other = Residue.objects.filter(verdict="composite").exclude(
        expression=outcome["expression"]
    )
    residue = other.order_by("?").first()
    if outcome["verdict"] == "composite" and outcome["res64"] and residue:
        outcome.update(res64=residue.res64, res2048=residue.res2048)


def no_primes_here(outcome: dict[str, Any]) -> None:
    if outcome["verdict"] != "composite" and outcome["res64"]:
        outcome.update(fake(64), verdict="composite")


def all_primes(outcome: dict[str, Any]) -> None:
    """Claims that composites of Proth's form are prime: the residue is N-1."""
    if outcome["verdict"] == "composite" and outcome["residue_type"] == 2:
        k, n = outcome["expression"].split("*2^")
        value = int(k) << int(n.removesuffix("+1"))
        text = f"{value % 2**2048:0512x}"
        outcome.update(verdict="prime", res2048=text, res64=text[-16:].upper())


LIES = {
    "random residues": random_residues,
    "copied residues": copied_residues,
    "no primes here": no_primes_here,
    "all primes": all_primes,
}


def wrong_residues() -> list[str]:
    """Residues that stand and are not the honest ones."""
    wrong = []
    for residue in Residue.objects.filter(refutation=None):
        k, n = residue.expression.split("*2^")
        value = (int(k) << int(n.removesuffix("+1"))) + 1
        exponent = (value - 1) // residue.residue_type
        honest = pow(residue.base, exponent, value)
        if honest % 2**64 != int(residue.res64, 16):
            wrong.append(f"{residue} by {residue.host}, {residue.role}")
    return wrong


def quarantined() -> set[str]:
    rows = Reliability.objects.filter(quarantined_at__isnull=False)
    return set(rows.values_list("host", flat=True))


def answers(search: Search) -> list[tuple[int, int]]:
    found = [prime["variables"] for prime in results.primes(search)]
    return sorted((one["k"], one["n"]) for one in found)


def primes(ks: tuple[int, ...], exponents: range) -> list[tuple[int, int]]:
    return [(k, n) for k in ks for n in prime_exponents(k, 2, 1, exponents)]


HIDE, INVENT = ("random residues", "no primes here"), ("copied residues", "all primes")
CASES = [
    pytest.param(HIDE, "single"),
    pytest.param(INVENT, "double-checked"),
    pytest.param(HIDE, "double-checked", marks=pytest.mark.slow),
    pytest.param(INVENT, "single", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("lies", "level"), CASES)
def test_two_liars_among_eight_change_nothing(
    lies: tuple[str, str], level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "_FEWEST_BLOCKS", 40)
    search = placed("k*2^n+1", k="3,5,7,9,15", n="65:300")
    Search.objects.update(evidence_level=level)
    honest = [Host(f"honest{i}") for i in range(6)]
    liars = [Host(f"liar{i}", changed(LIES[name])) for i, name in enumerate(lies)]
    advance_all()
    for liar in liars:
        while liar.lies < 2 and liar.work():
            pass
    work_out([*liars, *honest, coordinator()])
    assert all(liar.lies for liar in liars)
    search.refresh_from_db()
    assert search.state == "finished"
    assert answers(search) == primes((3, 5, 7, 9, 15), range(65, 301))
    assert wrong_residues() == []
    assert quarantined() == {"liar0", "liar1"}
    assert not Candidate.objects.filter(~Q(owed="") | Q(state="disputed")).exists()
    assert broken() == {}

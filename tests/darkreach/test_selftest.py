"""The self-test: enough vectors, all of them right, and a wrong one is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gmpy2
import numpy as np
import pytest

from darkreach import selftest
from darkreach.arithmetic.fft import engine as fft
from darkreach.arithmetic.gmp import Shift
from darkreach.forms import number
from darkreach.order import Order
from darkreach.selftest import Vector, answers, paths, sieves
from darkreach.vectors import of_forms, primes, table
from searches.kinds import FORMS, form_of

GROUPS = {
    *("residue", "prime", "composite", "factor", "certificate"),
    *("p-1", "test proof", "sieve", "transform"),
}


def test_more_than_300_known_answers_agree() -> None:
    seen: list[tuple[int, int]] = []
    report = selftest.run(lambda done, total: seen.append((done, total)))
    assert report.failed == []
    assert report.counts.total() >= 300
    assert set(report.counts) == GROUPS
    assert seen[-1] == (report.counts.total(), report.counts.total())


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_all_known_answers_agree() -> None:
    report = selftest.run(full=True)
    assert report.failed == []
    assert report.counts.total() >= 2000


def test_the_full_list_is_long_and_the_short_one_a_part_of_it() -> None:
    every = [(v.group, v.name) for v in selftest.vectors(full=True)]
    short = [(v.group, v.name) for v in selftest.vectors()]
    assert len(every) >= 2000
    assert set(short) < set(every)


def test_all_forms_are_sieved_and_proven() -> None:
    assert {row["form"] for row in of_forms("sieves")} == set(FORMS)
    assert {row["form"] for row in primes(False)} == set(FORMS)


@pytest.mark.parametrize("row", of_forms("sieves"), ids=lambda row: row["expression"])
def test_an_order_is_in_the_file_of_its_form(row: dict[str, Any]) -> None:
    assert form_of(Order.parse(row["expression"], row["ranges"])) == row["form"]


def test_the_parts_are_together_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def vectors(full: bool = False) -> Iterator[Vector]:
        del full
        return (Vector("factor", str(i), lambda: False) for i in range(10))

    monkeypatch.setattr(selftest, "vectors", vectors)
    reports = [selftest.run(part=part, parts=4) for part in range(4)]
    found = [line for report in reports for line in report.failed]
    assert sorted(found) == sorted(selftest.run().failed)


def test_a_wrong_answer_and_an_exception_are_failures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def vectors(full: bool = False) -> list[Vector]:
        del full
        return [
            Vector("residue", "right", lambda: True),
            Vector("residue", "wrong", lambda: False),
            Vector("factor", "raising", lambda: 1 // 0 == 0),
        ]

    monkeypatch.setattr(selftest, "vectors", vectors)
    report = selftest.run()
    assert report.counts == {"residue": 2, "factor": 1}
    assert len(report.failed) == 2
    assert "wrong answer" in report.failed[0]
    assert "ZeroDivisionError" in report.failed[1]
    assert selftest.run(stop=lambda: True).failed


def test_a_changed_residue_would_fail() -> None:
    row = table("residues", False)[0]
    assert answers.residue(row)
    assert not answers.residue(row | {"res64_prst": "0123456789ABCDEF"})
    assert not answers.residue(row | {"base": "5"})


EXPRESSIONS = [
    *("13", "2^89-1", "3*2^200+1", "3*2^2000-1", "2*3^700+1", "10^53-10^26-1"),
    *("118^8+1", "100!+1", "(2^101+1)/3", "12345678901*2^300+1"),
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_number_goes_through_two_lengths(expression: str) -> None:
    engines = list(paths.engines(number(expression)))
    assert len({each.length for each in engines}) == paths.LENGTHS
    value = number(expression).value()
    found = paths.power(number(expression), 3, value * 7)
    assert found == pow(3, int(value * 7), int(value))


@pytest.mark.parametrize("expression", ["3*2^2000-1", "100!+1"])
def test_a_transform_that_errs_is_noticed(
    expression: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = fft.Engine.store
    monkeypatch.setattr(fft.Engine, "store", lambda self, x: right(self, x) ^ 1)
    with pytest.raises(paths.PathsDiffer, match="differ"):
        paths.power(number(expression), 3, number(expression).value() - 1)


def test_arithmetic_with_gmp_that_errs_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right = Shift.reduce
    monkeypatch.setattr(Shift, "reduce", lambda self, x: right(self, x) ^ 1)
    with pytest.raises(paths.PathsDiffer, match="gmpy2"):
        paths.power(number("3*2^200+1"), 3, gmpy2.mpz(10) ** 60)


@pytest.mark.parametrize("row", of_forms("sieves"), ids=lambda row: row["expression"])
def test_what_sieves_leave_is_what_division_leaves(row: dict[str, Any]) -> None:
    order = Order.parse(row["expression"], row["ranges"])
    without = {*order.duplicates.tolist(), *order.not_candidates.tolist()}
    small = [p for p in range(2, row["p_max"] + 1) if gmpy2.is_prime(p)]
    product = gmpy2.primorial(row["p_max"])
    left = []
    for index in range(order.size):
        values = [each.value() for each in order.members(index)]
        suspect = [v for v in values if gmpy2.gcd(v, product) > 1]
        removed = any(v % p == 0 and v != p for v in suspect for p in small)
        if not removed and index not in without:
            left.append(index)
    assert (order.size, len(left)) == (row["positions"], row["left"])
    assert sieves.digest(np.array(left, dtype=np.int64)) == row["sha256"]

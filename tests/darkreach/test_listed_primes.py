"""Every prime of the published lists up to 3,000 bits: its form is recognised, it is
proven by the proof that belongs to the list, its certificate verified by two programs,
and PARI/GP has the same opinion; the numbers beside them are composite. The lists are
in the vectors of their form, darkreach/vectors/forms/."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cypari
import gmpy2
import pytest

from darkreach import forms, opinions
from darkreach.expression import parse, show
from darkreach.expression.substitute import substitute
from darkreach.order import Order
from darkreach.vectors import of_form, of_forms
from searches.kinds import form_of
from tests.darkreach.hunting import finish, primes, verified

Row = dict[str, Any]

#: Lists of the values of a variable; `proofs` are those that primes above 64 bits get.
LISTS = [row for row in of_forms("published") if "variable" in row]
(PALINDROMES,) = of_form("palindrome")["published"]

#: So many known primes of each list, at most so long, are proven quickly.
FEW, SHORT = 3, 500
MOST_BITS = 3000
#: PARI's own proof takes at most a second or so up to here.
PARI_PROVES_BITS = 500


def name(row: Row) -> str:
    return f"{row['form']} {row['expression']}"


def members(row: Row, value: int) -> list[str]:
    """The numbers of a list for one value of its variable."""
    assignment = {row["variable"]: value}
    return [show(substitute(node, assignment)) for node in parse(row["expression"])]


def bits(text: str) -> int:
    return forms.number(text).bits


def short(row: Row, values: list[int], most: int) -> list[int]:
    """The values whose numbers are at most so long, and none of them below 2."""
    return [
        value
        for value in values
        if all(2 <= bits(text) <= most for text in members(row, value))
    ]


def worked(stage: str, candidates: list[list[str]]) -> list[list[Row | None]]:
    rows = [{"index": i, "members": each} for i, each in enumerate(candidates)]
    results = finish({"stage": stage, "candidates": rows})["results"]
    return [row["members"] for row in results]


def recognised(row: Row) -> None:
    order = Order.parse(row["expression"], {row["variable"]: "2:9"})
    assert form_of(order) == row["form"]


def proven(row: Row, values: list[int]) -> list[Row]:
    """Proofs of all numbers of these values, each of the kind of its form."""
    outcomes = []
    for found in worked("prove", [members(row, value) for value in values]):
        for outcome in found:
            assert outcome is not None
            assert outcome["verdict"] == "prime", outcome
            kind = outcome["certificate"]["kind"]
            long = bits(outcome["expression"]) > 64
            assert kind in (row["proofs"] if long else ["small"]), outcome
            verified(outcome)
            outcomes.append(outcome)
    return outcomes


def beside(row: Row) -> Iterator[int]:
    """Values next to those of the list, between its first and where it ends."""
    listed = set(row["values"])
    for value in sorted(listed):
        for near in around(row, value):
            if min(listed) < near < row["complete_below"] and near not in listed:
                yield near


def around(row: Row, value: int) -> list[int]:
    """Two possible values on each side."""
    if row["variable"] == "p":
        found, up, down = [], value, value
        for _ in range(2):
            up = int(gmpy2.next_prime(up))
            down = int(gmpy2.prev_prime(down)) if down > 2 else down
            found += [up, down]
        return found
    step = row.get("step", 2 if row["variable"] == "b" else 1)
    return [value + step * far for far in (-2, -1, 1, 2)]


def composite(row: Row, values: list[int]) -> None:
    candidates = [members(row, value) for value in values]
    for texts, found in zip(candidates, worked("prp", candidates), strict=True):
        verdicts = [each["verdict"] for each in found if each is not None]
        assert "composite" in verdicts, texts


def agreed_by_pari(outcomes: list[Row], most: int) -> None:
    """PARI's residue and Baillie-PSW test of the longest ones, in a process of their
    own, and its proof of all that are short. Of the least numbers no base fits."""
    asked = 0
    for outcome in reversed(outcomes):
        number = forms.number(outcome["expression"])
        if number.bits > 3 and asked < most:
            (opinion,) = opinions.opinions(number, ["pari"], seconds=60)
            assert opinion.verdict == "probable prime", opinion
            asked += 1
        if number.bits <= PARI_PROVES_BITS:
            assert cypari.pari(f"isprime({number.value()})") == 1, outcome


@pytest.mark.parametrize("row", LISTS, ids=name)
def test_listed_primes_of_all_forms_are_proven(row: Row) -> None:
    recognised(row)
    values = short(row, row["values"], SHORT)
    outcomes = proven(row, values[-FEW:])
    agreed_by_pari(outcomes[-1:], 1)
    composite(row, short(row, list(beside(row)), SHORT)[-FEW:])


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("row", LISTS, ids=name)
def test_all_listed_primes_up_to_3000_bits_are_proven(row: Row) -> None:
    recognised(row)
    assert short(row, row["values"], MOST_BITS) == row["values"]
    outcomes = proven(row, row["values"])
    agreed_by_pari(outcomes, 8)
    others = sorted(set(beside(row)))
    composite(row, short(row, others, MOST_BITS))


def test_lists_of_one_sequence_agree() -> None:
    """The least b of b^(2^n)+1 in the lists by b."""
    by_expression = {row["expression"]: row for row in LISTS}
    for n, b in ((3, 2), (6, 102), (7, 120), (9, 46)):
        assert by_expression[f"b^(2^{n})+1"]["values"] == [b]
        values = by_expression[f"b^{2**n}+1"]["values"]
        assert min(value for value in values if value > 1) == b


@pytest.mark.slow
@pytest.mark.parametrize("n", range(1, 10))
def test_no_smaller_base_gives_a_generalized_fermat_prime(n: int) -> None:
    row = next(each for each in LISTS if each["expression"] == f"b^(2^{n})+1")
    (least,) = row["values"]
    composite(row, list(range(3, least)))


@pytest.mark.parametrize("digits", [3, pytest.param(5, marks=pytest.mark.slow)])
def test_palindromic_primes_are_those_listed(digits: int) -> None:
    order = Order.parse("palindrome", {"digits": f"1:{digits}"})
    found = primes(order)
    values = [int(order.members(index)[0].value()) for index in found]
    assert values == [v for v in PALINDROMES["values"] if v < 10**digits]
    assert {kind for kinds in found.values() for kind in kinds} == {"small"}
    assert cypari.pari(f"select(p->!isprime(p),{values})") == cypari.pari("[]")


#: OEIS A007508, A092816: p below 10, 100, ...; and how many of them are below 5, where
#: p is not of the form 6k-1.
COUNTS = {
    "6*k-1,6*k+1": (1, [2, 8, 35, 205, 1224]),
    "6*k-1,12*k-1": (2, [3, 10, 37, 190, 1171]),
}


@pytest.mark.parametrize("expression", COUNTS)
@pytest.mark.parametrize("digits", [3, pytest.param(5, marks=pytest.mark.slow)])
def test_counts_of_pairs_are_the_published_ones(expression: str, digits: int) -> None:
    others, counts = COUNTS[expression]
    order = Order.parse(expression, {"k": f"1:{10**digits // 6}"})
    found = sorted(order.assignment(index)["k"] for index in primes(order))
    for power, count in enumerate(counts[:digits], 1):
        below = [k for k in found if 6 * k - 1 < 10**power]
        assert len(below) + others == count

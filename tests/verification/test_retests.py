"""A probable prime of any form is tested again, to another base, on other arithmetic
and by another host, before anybody proves it."""

from __future__ import annotations

import copy
from typing import Any

import gmpy2
import pytest

from darkreach import forms
from darkreach.order import Order
from searches.models import Block, Search
from searches.planning import place_order
from tests.audits import broken
from tests.fleet.fleets import Host, coordinator, work_out
from tests.hunts import advance_all
from verification.models import Prime, Reliability, Residue

pytestmark = pytest.mark.django_db(transaction=True)

#: Of each form a composite without a factor below 1000, and a prime.
FORMS = [
    ("5*2^415+1", "3*2^353+1"),
    ("2^409-1", "2^521-1"),
    ("91!-1", "94!-1"),
    pytest.param("902^64+1", "960^128+1", marks=pytest.mark.slow),
    pytest.param("15*2^412-1", "3*2^827-1", marks=pytest.mark.slow),
    pytest.param("92!+1", "116!+1", marks=pytest.mark.slow),
    pytest.param("311#+1", "379#+1", marks=pytest.mark.slow),
    pytest.param("2*3^302+1", "2*3^1454+1", marks=pytest.mark.slow),
    pytest.param("(2^409+1)/3", "(2^701+1)/3", marks=pytest.mark.slow),
    pytest.param("(10^103-1)/9", "(10^317-1)/9", marks=pytest.mark.slow),
    pytest.param("10^123+7", "10^100+267", marks=pytest.mark.slow),
]


def searched(expression: str) -> Search:
    search = place_order(Order.parse(expression, {}), sieve_limit=100).search
    advance_all()
    return search


def claims_a_prime(block: Block, result: dict[str, Any]) -> dict[str, Any]:
    """The residue that a prime would have."""
    if block.stage != "prp" or block.purpose != "first":
        return result
    result = copy.deepcopy(result)
    for item in result["results"]:
        for outcome in item["members"]:
            value = forms.number(outcome["expression"]).value()
            passed = 1 if outcome["residue_type"] == 1 else value - 1
            low = f"{int(passed % 2**2048):0512x}"
            outcome.update(
                verdict="probable prime", res2048=low, res64=low[-16:].upper()
            )
    return result


@pytest.mark.parametrize(("composite", "prime"), FORMS)
def test_no_form_is_proven_on_the_word_of_one_test(composite: str, prime: str) -> None:
    """The first test of both is a liar's, who calls both probable primes."""
    assert not gmpy2.is_prime(forms.number(composite).value())
    assert gmpy2.is_prime(forms.number(prime).value())
    searches = [searched(text) for text in (composite, prime)]
    liar = Host("liar", claims_a_prime, queues=("prp", "pm1", "sieve"))
    others = [Host("one"), Host("two"), coordinator()]
    while liar.work():
        pass
    assert liar.lies
    work_out(others)
    assert list(Prime.objects.values_list("expression", flat=True)) == [
        forms.number(prime).expression
    ]
    assert not Block.objects.filter(search=searches[0], stage="prove").exists()
    assert not Residue.objects.filter(
        host="liar", expression=forms.number(composite).expression, refutation=None
    ).exists()
    assert Reliability.objects.get(host="liar").quarantined_at is not None
    tests = Residue.objects.filter(key=forms.number(prime).key).order_by("id")
    first, again = tests[:2]
    assert again.block.purpose == "retest"
    assert first.base != again.base
    assert first.kernel != again.kernel
    assert first.host != again.host
    proof = Block.objects.get(search=searches[1], stage="prove", purpose="first")
    assert proof.created_at >= again.created_at
    assert broken() == {}

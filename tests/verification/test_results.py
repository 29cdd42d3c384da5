"""What is told of a search: primes with their families, and what no proof reaches."""

from __future__ import annotations

import pytest

from darkreach.certificates import ecpp
from darkreach_site.answers import answer, shortcomings, table
from searches.models import Candidate
from tests.audits import broken
from tests.hunts import drain, placed
from verification import results
from verification.models import Prime, PrimeTag

pytestmark = pytest.mark.django_db(transaction=True)


def test_primes_are_stored_with_the_families_they_belong_to() -> None:
    search = placed("k*2^50+-1", k="927:1107:6")
    drain()
    found = results.primes(search)
    assert [prime["variables"]["k"] for prime in found] == [927, 1107]
    assert all({"twin", "proth", "riesel"} <= set(each["tags"]) for each in found)
    low, high = Prime.objects.filter(search=search).order_by("id")[:2]
    families = [set(prime.tags.values_list("name", flat=True)) for prime in (low, high)]
    assert sorted(map(sorted, families)) == [["proth", "twin"], ["riesel", "twin"]]
    assert PrimeTag.objects.filter(name="twin").count() == 4
    assert broken() == {}


def test_a_prime_without_a_proof_is_listed_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ecpp, "command", lambda: None)
    search = placed("(2^p+1)/3", p="305:320")
    drain()
    search.refresh_from_db()
    assert search.state == "finished"
    (left,) = results.probable_primes(search)
    assert left["variables"] == {"p": 313}
    assert "ECPP needs PARI" in left["reason"]
    assert left["residues"][0]["res64"] == f"{1:016X}"
    assert shortcomings(search) == []
    told = answer(search, "(2^p+1)/3", {"p": "305:320"})
    assert [each["expression"] for each in told["probable"]] == ["(2^313+1)/3"]
    assert "(2^313+1)/3 (94 digits) is a probable prime: " in table([told])
    assert broken() == {}


def test_refused_certificates_are_a_shortcoming() -> None:
    search = placed("3*2^n+1", n="1:8")
    drain()
    search.refresh_from_db()
    assert shortcomings(search) == []
    candidate = Candidate.objects.filter(search=search, state="prime").first()
    assert candidate is not None
    Candidate.objects.filter(pk=candidate.pk).update(
        state="probable", proof_given_up=True
    )
    assert shortcomings(search) == ["the certificates of 1 probable primes fail"]

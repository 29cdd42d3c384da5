"""Primes, for the lists and for the page of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.db.models.fields.json import KT
from django.http import Http404

from darkreach.errors import OrderError
from darkreach.expression import parse
from darkreach.expression.evaluate import size_bits
from darkreach.forms import recognise
from darkreach.identity import number_key
from searches.models import Candidate, Search
from searches.work import order_of
from verification import embargo
from verification.models import Certificate, OtherOpinion, Prime

#: Orders of the list, by the word in the address; each has an index, with and without a
#: form.
SORTS = {
    "digits": ("-digits", "id"),
    "date": ("-found_at", "-id"),
}
#: Larger numbers that are not k*b^n+1 or k*b^n-1 are not looked up: their key takes
#: long to compute, and none is hunted.
_LARGEST_BITS = 5_000_000


@dataclass(frozen=True)
class Wanted:
    """Which primes a list shows: everything that is None is not asked for."""

    form: str | None = None
    tag: str | None = None
    least: int | None = None
    most: int | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def any(self) -> bool:
        return self != Wanted()


def wanted(rows: Wanted) -> QuerySet[Prime]:
    """The public primes that are wanted, without the data of their certificates."""
    asked: dict[str, Any] = {
        "form": rows.form,
        "tags__name": rows.tag,
        "digits__gte": rows.least,
        "digits__lte": rows.most,
        "found_at__gte": rows.since,
        "found_at__lt": rows.until,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    return _light(embargo.public().filter(**given))


def newest(most: int) -> list[Prime]:
    """The primes found last."""
    return list(wanted(Wanted()).order_by(*SORTS["date"])[:most])


def largest_of(form: str, most: int) -> list[Prime]:
    """The largest primes of a form."""
    return list(wanted(Wanted(form=form)).order_by(*SORTS["digits"])[:most])


def _light(rows: QuerySet[Prime]) -> QuerySet[Prime]:
    return rows.select_related("certificate").defer("certificate__data")


def by_expression(expression: str) -> Prime:
    """The prime of that value, however it is written; 404 if there is none."""
    related = ("search", "certificate__candidate__search")
    rows = _light(embargo.public().select_related(*related))
    prime = rows.filter(key=key_of(expression)).first()
    if prime is None:
        raise Http404("no such prime")
    return prime


def key_of(expression: str) -> str:
    """The key of a number; 404 for what is none, or none that is hunted."""
    try:
        members = parse(expression)
        if recognise(members[0]) is None and size_bits(members[0], {}) > _LARGEST_BITS:
            raise Http404("no such prime")
        return number_key(expression)
    except OrderError:
        raise Http404("no such prime") from None


def opinions(prime: Prime) -> list[OtherOpinion]:
    """What other programs said about it, in the order in which they were asked."""
    return list(OtherOpinion.objects.filter(key=prime.key).order_by("id"))


def families(prime: Prime) -> list[str]:
    """The families that the prime belongs to."""
    return list(prime.tags.order_by("name").values_list("name", flat=True))


def certificate_data(prime: Prime) -> dict[str, Any]:
    """The certificate as it is downloaded."""
    rows = Certificate.objects.filter(pk=prime.certificate_id)
    data: dict[str, Any] = rows.values_list("data", flat=True).get()
    return data


def witness(prime: Prime) -> int | None:
    """The base of a Proth certificate, read without its megabytes of number."""
    if prime.certificate.kind != "proth":
        return None
    rows = Certificate.objects.filter(pk=prime.certificate_id)
    text = rows.values_list(KT("data__a"), flat=True).get()
    return int(text) if text else None


@dataclass(frozen=True)
class Found:
    """A candidate whose numbers are all prime, with their primes."""

    candidate: Candidate
    primes: list[Prime]


def of_search(search: Search) -> QuerySet[Candidate]:
    """The candidates of a search that are prime; the list sorts them by size."""
    return Candidate.objects.filter(search=search, state="prime")


def with_primes(search: Search, candidates: Sequence[Candidate]) -> list[Found]:
    """The public primes of these candidates, wherever they were proven first."""
    keys = _member_keys(search, candidates)
    asked = {key for members in keys.values() for key in members}
    known = {p.key: p for p in _light(embargo.public().filter(key__in=asked))}
    found = [
        Found(each, [known[key] for key in keys[each.pk] if key in known])
        for each in candidates
    ]
    return [each for each in found if each.primes]


def _member_keys(
    search: Search, candidates: Sequence[Candidate]
) -> dict[int, list[str]]:
    """A candidate of one number has its key; only those of several ask the order."""
    if not any("," in each.expression for each in candidates):
        return {each.pk: [each.key] for each in candidates}
    order = order_of(search)
    return {
        each.pk: [number.key for number in order.members(each.index)]
        for each in candidates
    }

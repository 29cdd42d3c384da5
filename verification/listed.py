"""Primes that other people list: by them 'new' and 'known' are told apart.

A listing is a claim, not evidence: it never becomes a Prime. What is stored is checked
as far as it costs nothing: the description is a number, with as many digits as listed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, QuerySet

from darkreach.errors import ExpressionError, OrderError
from darkreach.expression import parse, show, variables
from darkreach.expression.substitute import substitute
from darkreach.files.prime_lists import Listed
from darkreach.forms import number
from searches.batches import batches
from verification.models import ListedPrime, Prime

#: Refusals that are told one by one.
REASONS = 10
_LONGEST_REASON = 300


@dataclass
class Imported:
    """How many entries were stored, how many lines were not, and the reasons of the
    first of them."""

    stored: int = 0
    left_out: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)

    def refuse(self, line: int, reason: str) -> None:
        """A file of a gigabyte may be wrong in every line."""
        self.left_out += 1
        if len(self.refused) < REASONS:
            self.refused.append((line, reason[:_LONGEST_REASON]))


def store_t5k(entries: Iterable[tuple[int, Listed | None]], source: str) -> Imported:
    """The entries of a list of t5k.org, instead of what that source had before."""
    done = Imported()
    rows = (_row(line, entry, source, done) for line, entry in entries)
    return _replace(source, rows, done)


def store_bfile(
    terms: Iterable[tuple[int, int]], expression: str, source: str
) -> Imported:
    """The terms of a b-file as values of the one variable of an expression."""
    done = Imported()

    def rows() -> Iterable[ListedPrime | None]:
        for line, value in terms:
            yield _term(line, expression, value, source, done)

    return _replace(source, rows(), done)


def _replace(
    source: str, rows: Iterable[ListedPrime | None], done: Imported
) -> Imported:
    keys: set[str] = set()
    for piece in batches(row for row in rows if row is not None):
        fresh = {row.key: row for row in piece if row.key not in keys}
        keys |= set(fresh)
        ListedPrime.objects.bulk_create(
            fresh.values(),
            update_conflicts=True,
            unique_fields=["source", "key"],
            update_fields=["description", "digits", "rank", "who", "year", "comment"],
        )
    done.stored = len(keys)
    if keys:
        _forget_all_but(keys, source)
    return done


def _forget_all_but(keys: set[str], source: str) -> None:
    """Entries that the source does not have any more."""
    rows = ListedPrime.objects.filter(source=source).values_list("id", "key")
    for piece in batches([pk for pk, key in rows if key not in keys]):
        ListedPrime.objects.filter(pk__in=piece).delete()


def _row(
    line: int, entry: Listed | None, source: str, done: Imported
) -> ListedPrime | None:
    if entry is None:
        done.refuse(line, "want rank, description, digits, who, year, comment")
        return None
    try:
        one = number(entry.description)
        digits = one.digits
        key = one.key
    except (OrderError, ArithmeticError) as error:
        done.refuse(line, str(error))
        return None
    if digits != entry.digits:
        reason = f"{entry.description[:60]} has {digits} digits, not {entry.digits}"
        done.refuse(line, reason)
        return None
    return ListedPrime(
        key=key,
        description=entry.description,
        digits=digits,
        rank=entry.rank,
        who=entry.who[:20],
        year=entry.year,
        comment=entry.comment[:200],
        source=source,
    )


def _term(
    line: int, expression: str, value: int, source: str, done: Imported
) -> ListedPrime | None:
    try:
        text = _at(expression, value)
        one = number(text)
        return ListedPrime(
            key=one.key, description=text, digits=one.digits, source=source
        )
    except (OrderError, ArithmeticError, ValueError) as error:
        done.refuse(line, str(error))
        return None


def _at(expression: str, value: int) -> str:
    """The number of an expression of one variable for that value."""
    (node,) = parse(expression)
    letters = variables(node)
    if len(letters) != 1:
        raise ExpressionError("an expression of one variable is wanted")
    return show(substitute(node, {min(letters): value}))


def compared() -> bool:
    """Was any list imported? Without one nothing is called new."""
    return ListedPrime.objects.exists()


def known(primes: QuerySet[Prime], wanted: bool) -> QuerySet[Prime]:
    """Those that are in a list, or those that are in none."""
    listing = Exists(ListedPrime.objects.filter(key=OuterRef("key")))
    return primes.filter(listing) if wanted else primes.filter(~listing)


@dataclass(frozen=True)
class Standing:
    """What the lists say of a prime. place: where it stands, or would stand, by size
    in the longest list; None when no list was imported."""

    entries: list[ListedPrime]
    new: bool | None
    place: int | None


def standing(prime: Prime) -> Standing:
    """Whether a prime is known elsewhere, and how it compares."""
    if not compared():
        return Standing([], None, None)
    entries = list(ListedPrime.objects.filter(key=prime.key).order_by("source"))
    larger = ListedPrime.objects.filter(digits__gt=prime.digits).values("key")
    return Standing(entries, not entries, larger.distinct().count() + 1)

"""What the lists of the API may be asked for: closed lists of names and words."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import AfterValidator, BeforeValidator, Field

from darkreach.forms.tags import every_tag
from searches import states
from searches.kinds import FORMS

#: Beyond them databases and zones do not agree that there are days.
_EARLIEST, _LATEST = 1900, 9000
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _aware(when: datetime) -> datetime:
    """A time without a zone is UTC."""
    if not _EARLIEST <= when.year <= _LATEST:
        raise ValueError(f"the year is not between {_EARLIEST} and {_LATEST}")
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _written(text: object) -> object:
    """A time is written as ISO 8601 has it: a bare number is none."""
    if isinstance(text, str) and not _DATE.match(text):
        raise ValueError("a time is written like 2026-11-26T12:00:00Z")
    return text


Number = Annotated[int, Field(ge=0, lt=2**63)]
Moment = Annotated[datetime, BeforeValidator(_written), AfterValidator(_aware)]


class Part(Schema):
    """A part of a list."""

    cursor: str | None = Field(None, max_length=200, description="`next` of a part")
    limit: int = Field(50, ge=1, le=200, description="items of one part")


class Primes(Part):
    """Which primes, and in which order."""

    form: Literal[FORMS] | None = Field(None, description="of its search")  # type: ignore[valid-type]
    tag: Literal[every_tag()] | None = Field(None, description="a family")  # type: ignore[valid-type]
    search: Number | None = None
    min_digits: Number | None = None
    max_digits: Number | None = None
    found_from: Moment | None = Field(None, description="inclusive")
    found_before: Moment | None = None
    known: bool | None = Field(None, description="in an imported list, or in none")
    sort: Literal["digits", "date"] = Field("digits", description="the largest first")


class Candidates(Part):
    """Of which search, in which state."""

    search: Number
    state: Literal[tuple(states.CANDIDATE)] | None = None  # type: ignore[valid-type]


class Searches(Part):
    """Of which form, in which state."""

    form: Literal[FORMS] | None = None  # type: ignore[valid-type]
    state: Literal[tuple(states.SEARCH)] | None = None  # type: ignore[valid-type]


class Events(Schema):
    """Which events."""

    after: Number = Field(0, description="the last number seen")
    search: Number | None = None
    limit: int = Field(50, ge=1, le=200)

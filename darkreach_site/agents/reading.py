"""What agents may read: the lists and items of the public API, and the fleet.

Each tool asks what the API asks, so both say the same and hide the same.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

from django.http import HttpRequest
from pydantic import BaseModel, Field

from darkreach_site.agents.questions import Asker, shaped
from darkreach_site.api import numbers, queries, schemas, searching
from darkreach_site.pages import labels
from darkreach_site.pages.selectors import fleet as selector

Label = Annotated[
    str,
    Field(max_length=10_000, description="a number, for example 3*2^189+1"),
]


class Crew(BaseModel):
    """Who works now; hosts are counted, not named."""

    known: bool = Field(description="false: the bell does not answer")
    hosts: int
    workers: int
    slots: int = Field(description="blocks that they can do at a time")
    busy: int
    leases: dict[str, int] = Field(description="blocks that are computed, by stage")
    reclaimed: int = Field(description="leases taken back within a day")
    speeds: list[dict[str, Any]] = Field(description="measured seconds per candidate")


def prime(number: Label) -> schemas.PrimeDetail:
    """One prime, however it is written, with the evidence for it."""
    return schemas.PrimeDetail.model_validate(numbers.prime(_nobody(), _label(number)))


def candidate(number: Label) -> schemas.CandidateDetail:
    """Everything that is known of one number."""
    found = numbers.candidate(_nobody(), _label(number))
    return schemas.CandidateDetail.model_validate(found)


def search(number: queries.Number) -> schemas.SearchDetail:
    """One search by its number."""
    return schemas.SearchDetail.model_validate(searching.search(_nobody(), number))


def forms() -> list[schemas.FormLine]:
    """All forms of numbers that are hunted, and how the hunt for each goes."""
    return [
        schemas.FormLine.model_validate(each) for each in searching.forms(_nobody())
    ]


def stats() -> schemas.Stats:
    """The site in a few numbers."""
    return schemas.Stats.model_validate(searching.stats(_nobody()))


def fleet() -> Crew:
    """Who works at the moment, and how fast."""
    crew, leases = selector.crew(), selector.leases()
    return Crew(
        known=crew.known,
        hosts=crew.hosts,
        workers=crew.workers,
        slots=crew.slots,
        busy=crew.busy,
        leases=leases.stages,
        reclaimed=leases.reclaimed,
        speeds=[vars(each) for each in selector.speeds()],
    )


def _label(number: str) -> str:
    """Of a number as people and agents write it, with blanks, or of a label."""
    closed = "".join(number.split())
    try:
        labels.expression(closed)
    except ValueError:
        return labels.label(closed)
    return closed


def _nobody() -> HttpRequest:
    return HttpRequest()


def _listing(view: Callable[..., Any], asked: type[BaseModel], item: Any) -> Any:
    """A tool out of a list of the API: its parameters are those of the query."""
    answer = schemas.Page[item]

    def ask(**given: Any) -> Any:
        return answer.model_validate(view(_nobody(), asked(**given)))

    kind, none = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.empty
    parameters = [
        inspect.Parameter(
            name,
            kind,
            annotation=Annotated[field.annotation, field],
            default=none if field.is_required() else field.default,
        )
        for name, field in asked.model_fields.items()
    ]
    return shaped(ask, view, parameters, answer)


def add_to(server: Asker) -> None:
    """Offer all of this."""
    for tool in (prime, candidate, search, forms, stats, fleet):
        server.offer(tool)
    server.offer(_listing(numbers.primes, queries.Primes, schemas.PrimeLine))
    server.offer(
        _listing(numbers.candidates, queries.Candidates, schemas.CandidateLine)
    )
    server.offer(_listing(searching.searches, queries.Searches, schemas.SearchLine))
    server.offer(_listing(searching.events, queries.Events, schemas.Event))

"""The kinds of events and what each one says: the source of what documents them.

Fields may be added to `data`; none is removed or changes its meaning.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model


class Nothing(BaseModel):
    """The kind says it all."""

    model_config = ConfigDict(extra="forbid")


class Placed(BaseModel):
    """A search was ordered."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(description="what was ordered", examples=["3*2^n+1, n = 1:200"])


class Reason(BaseModel):
    """Why it happened."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(description="for people", examples=["deadline"])


class Found(BaseModel):
    """A prime, its certificate verified."""

    model_config = ConfigDict(extra="forbid")

    expression: str = Field(description="canonical", examples=["3*2^5+1"])
    digits: int = Field(description="decimal digits", examples=[2])


#: Each kind: what its subject is, when it happens, and its data.
KINDS: dict[str, tuple[str, str, type[BaseModel]]] = {
    "search.placed": ("search", "an order became a search", Placed),
    "search.paused": ("search", "nothing more of it is given out", Nothing),
    "search.running": ("search", "it goes on", Nothing),
    "search.cancelled": ("search", "it was given up", Nothing),
    "search.finished": ("search", "nothing of it is left to do", Nothing),
    "search.reopened": ("search", "a result in it was withdrawn", Nothing),
    "search.limit_reached": ("search", "its deadline or budget paused it", Reason),
    "block.quarantined": ("block", "it was lost too often", Reason),
    "host.quarantined": ("the host's name", "its results proved wrong", Reason),
    "prime.found": ("the number's key", "a prime was verified", Found),
}


def _typed(kind: str, subject: str, when: str, data: type[BaseModel]) -> Any:
    name = "".join(part.title() for part in kind.replace(".", "_").split("_"))
    return create_model(
        f"{name}Event",
        __doc__=f"`{kind}`: {when}.",
        __config__=ConfigDict(extra="forbid"),
        sequence=(int, Field(ge=1, description="place in the order of publication")),
        kind=(Literal[kind], ...),
        subject=(str, Field(description=subject)),
        search=(int | None, Field(description="the search that it belongs to")),
        data=(data, ...),
        at=(str, Field(description="when it happened, UTC")),
    )


#: The same as types: an event in full, by its kind.
TYPED: dict[str, type[BaseModel]] = {
    kind: _typed(kind, *said) for kind, said in KINDS.items()
}

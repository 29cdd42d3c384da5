"""What the API says, with an example of each: the source of the OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar

from ninja import Schema
from pydantic import ConfigDict, Field

T = TypeVar("T")


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [values]})


_PRIME_LINE: dict[str, Any] = {
    "label": "3x2_189+1",
    "expression": "3*2^189+1",
    "digits": 58,
    "form": "proth",
    "tags": ["proth"],
    "certificate_kind": "proth",
    "found_at": "2026-11-21T08:00:00Z",
    "search": 3,
    "url": "/primes/3x2_189+1",
    "certificate_url": "/primes/3x2_189+1/certificate.json",
}
_SEARCH_LINE: dict[str, Any] = {
    "id": 3,
    "title": "3*2^n+1, n = 1:200",
    "form": "proth",
    "state": "finished",
    "priority": 5,
    "evidence_level": "single",
    "created_at": "2026-11-21T07:58:00Z",
    "finished_at": "2026-11-21T08:00:00Z",
    "candidates": 200,
    "settled": 200,
    "primes": 12,
    "url": "/searches/3",
}
_CANDIDATE_LINE: dict[str, Any] = {
    "search": 3,
    "index": 188,
    "label": "3x2_189+1",
    "expression": "3*2^189+1",
    "bits": 191,
    "state": "prime",
    "evidence": "",
    "settled_at": "2026-11-21T08:00:00Z",
}
_EVIDENCE: dict[str, Any] = {
    "stage": "prp",
    "outcome": "probable prime",
    "figure": 1,
    "when": "2026-11-21T07:59:00Z",
    "seconds": 0.01,
    "software": "darkreach 0.1.0",
}
_LISTED_LINE: dict[str, Any] = {
    "source": "all.txt",
    "rank": 5,
    "who": "L1",
    "year": 1997,
    "comment": "",
}
_RESIDUE_LINE: dict[str, Any] = {
    "verdict": "composite",
    "residue_type": 1,
    "base": 3,
    "res64": "0123456789ABCDEF",
    "role": "accepted",
    "software": {"program": "darkreach", "version": "0.1.0", "kernel": "gmp"},
    "created_at": "2026-11-21T07:59:00Z",
}


class Page(Schema, Generic[T]):
    """A part of a list."""

    items: list[T]
    next: str | None = Field(
        None,
        description="cursor of the part after it, or null",
        examples=["WyJkaWdpdHMiLDE1MzEsN10"],
    )


class PrimeLine(Schema):
    """A prime in a list."""

    model_config = _example(**_PRIME_LINE)

    label: str = Field(description="the number in addresses; permanent")
    expression: str
    digits: int = Field(description="decimal digits")
    form: str = Field(description="that of its search")
    tags: list[str] = Field(description="families that it belongs to")
    certificate_kind: str
    found_at: datetime
    search: int
    url: str
    certificate_url: str


class Evidence(Schema):
    """One step by which a number came to be known as a prime."""

    model_config = _example(**_EVIDENCE)

    stage: str
    outcome: str
    figure: int | None
    when: datetime | None
    seconds: float | None
    software: str


class ListedLine(Schema):
    """An entry of a list of other people."""

    model_config = _example(**_LISTED_LINE)

    source: str
    rank: int | None
    who: str
    year: int | None
    comment: str


class PrimeDetail(PrimeLine):
    """A prime and the evidence for it."""

    model_config = _example(
        **_PRIME_LINE,
        listed=[_LISTED_LINE],
        new=False,
        place=2,
        key="00000000000000000000000000000061",
        verified_by=["darkreach.certificates.verify 0.1.0", "gmpy2 2.3.2 (GMP 6.3.0)"],
        timeline=[_EVIDENCE],
    )

    listed: list[ListedLine] = Field(description="where other people list it")
    new: bool | None = Field(description="in no imported list; null: none was imported")
    place: int | None = Field(description="by digits, among the primes of those lists")

    key: str = Field(description="N mod 2^128-15449, in hexadecimal digits")
    verified_by: list[str]
    timeline: list[Evidence]


class SearchLine(Schema):
    """A search in a list."""

    model_config = _example(**_SEARCH_LINE)

    id: int
    title: str
    form: str
    state: str
    priority: int
    evidence_level: str
    created_at: datetime
    finished_at: datetime | None
    candidates: int = Field(description="numbers that were ordered")
    settled: int = Field(description="those of which nothing is left to find out")
    primes: int
    url: str


class SearchDetail(SearchLine):
    """A search, its order, and how deep it was sieved."""

    model_config = _example(
        **_SEARCH_LINE,
        spec={"expression": "3*2^n+1", "ranges": {"n": "1:200"}},
        sieve_limit=10000,
        pm1_b1=None,
        pm1_b2=None,
        max_bits=202,
    )

    spec: dict[str, Any] = Field(description="the order: expression and ranges")
    sieve_limit: int
    pm1_b1: int | None
    pm1_b2: int | None
    max_bits: int


class FormLine(Schema):
    """A form, and how the hunt for it goes here."""

    model_config = _example(
        word="proth",
        title="Proth numbers",
        formula="k*2^n+1",
        where="k odd, k < 2^n for the quick proof",
        proof="proth",
        oeis="A080076",
        record={"expression": "10223*2^31172165+1", "digits": 9383761},
        searches=3,
        settled=12345,
        open=678,
        primes=90,
        expected=88.4,
        url="/forms/proth",
    )

    word: str
    title: str
    formula: str
    where: str
    proof: str
    oeis: str
    record: dict[str, Any] = Field(description="the largest known prime of the form")
    searches: int
    settled: int
    open: int
    primes: int
    expected: float = Field(description="primes expected among the tested numbers")
    url: str


class CandidateLine(Schema):
    """One number of a search that the first pass of the sieve left."""

    model_config = _example(**_CANDIDATE_LINE)

    search: int
    index: int = Field(description="position in the order")
    label: str
    expression: str
    bits: int
    state: str
    evidence: str = Field(
        description="what a composite rests on: single, double-checked or proven"
    )
    settled_at: datetime | None


class ResidueLine(Schema):
    """The outcome of one test."""

    model_config = _example(**_RESIDUE_LINE)

    verdict: str
    residue_type: int | None
    base: int | None
    res64: str
    role: str
    software: dict[str, Any]
    created_at: datetime


class CandidateDetail(Schema):
    """Everything that is known of one number, whichever search asked."""

    model_config = _example(
        label="3x2_11+1",
        expression="3*2^11+1",
        key="00000000000000000000000000001801",
        candidates=[
            {
                **_CANDIDATE_LINE,
                "index": 10,
                "label": "3x2_11+1",
                "expression": "3*2^11+1",
                "bits": 13,
                "state": "composite",
            }
        ],
        factors=["5"],
        residues=[_RESIDUE_LINE],
        prime=None,
    )

    label: str
    expression: str
    key: str
    candidates: list[CandidateLine]
    factors: list[str] = Field(description="each was verified to divide the number")
    residues: list[ResidueLine]
    prime: PrimeLine | None


class Stats(Schema):
    """The site in a few numbers."""

    model_config = _example(
        primes=1234, settled=987654, running=2, workers=4, slots=16, sequence=4711
    )

    primes: int
    settled: int = Field(description="candidates of which nothing is left to find out")
    running: int = Field(description="searches that run")
    workers: int | None = Field(description="null: the bell does not answer")
    slots: int | None
    sequence: int = Field(description="number of the last published event")


class Event(Schema):
    """A published event."""

    model_config = _example(
        sequence=17,
        kind="prime.found",
        subject="0" * 30 + "61",
        search=3,
        data={"expression": "3*2^5+1", "digits": 2},
        at="2026-11-21T08:00:00.000+00:00",
    )

    sequence: int
    kind: str
    subject: str
    search: int | None
    data: dict[str, Any]
    at: str


class Problem(Schema):
    """An error (RFC 9457)."""

    model_config = _example(
        type="/docs/api#errors",
        title="There is no such thing",
        status=404,
        code="not-found",
        detail="no such prime",
    )

    type: str
    title: str
    status: int
    code: str = Field(description="stays what it is")
    detail: str

"""The API keeps to its OpenAPI document, whatever it is asked."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import Unsatisfiable
from jsonschema.validators import validator_for
from schemathesis.specs.openapi.checks import positive_data_acceptance

from darkreach_site.api import limits
from searches.models import Search

# Each request closes its connection at its end, which no transaction survives.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def document(hunted: Search, monkeypatch: pytest.MonkeyPatch, bell: object) -> Any:
    monkeypatch.setattr(settings, "API_RATE", 10**9)
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["*"])
    monkeypatch.setattr(limits, "_counter", limits._Counter())
    application = get_wsgi_application()
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    # A stream has no end.
    return schema.exclude(path="/api/v1/events/stream")


def exercise(document: Any, examples: int) -> int:
    """Every operation with valid and invalid requests; returns how many there are."""
    count = 0
    for result in document.get_all_operations():
        for mode in schemathesis.GenerationMode:
            _exercise(result.ok(), mode, examples)
        count += 1
    return count


def _exercise(operation: Any, mode: Any, examples: int) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @hypothesis_settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        response = case.call()
        assert response.status_code < 500
        # A cursor has a meaning that no schema tells.
        case.validate_response(response, excluded_checks=[positive_data_acceptance])

    with suppress(Unsatisfiable):  # what takes no parameter cannot be asked wrongly
        ask()


def test_answers_are_as_the_document_says(document: Any) -> None:
    assert exercise(document, 15) == 10


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_answers_are_as_the_document_says_at_length(document: Any) -> None:
    exercise(document, 1000)


def test_every_answer_has_an_example_that_fits_its_schema(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    checked = 0
    for path, methods in document["paths"].items():
        for answer in methods["get"]["responses"].values():
            for content in answer.get("content", {}).values():
                whole = {**content["schema"], "components": document["components"]}
                validator_for(whole)(whole).validate(content["example"])
                checked += 1
        assert "application/problem+json" in answer_of(methods, "422"), path
    assert checked > 50
    for name, schema in document["components"]["schemas"].items():
        for shown in schema.get("examples", []):
            whole = {**schema, "components": document["components"]}
            validator_for(whole)(whole).validate(shown), name


def answer_of(methods: Any, code: str) -> Any:
    return methods["get"]["responses"][code]["content"]

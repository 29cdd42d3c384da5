"""The OpenAPI document: what Ninja knows, and what every answer may be besides."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from darkreach_site.api.events import TYPED
from darkreach_site.api.problems import TITLES, problem
from darkreach_site.api.schemas import Problem

_EVERYWHERE = (413, 422, 429, 503)
_COUNT = {"type": "integer", "minimum": 0}
#: What every answer tells of the limit, and a refusal of when to come back.
_LIMITS: dict[str, Any] = {
    "RateLimit-Limit": {
        "schema": {"type": "string"},
        "description": "requests per window, and the window in seconds",
        "example": "600, 600;w=60",
    },
    "RateLimit-Remaining": {"schema": _COUNT, "example": 598},
    "RateLimit-Reset": {
        "schema": _COUNT,
        "description": "seconds until the window ends",
        "example": 42,
    },
}
_LATER = {"Retry-After": {"schema": _COUNT, "description": "seconds", "example": 42}}
_TAG = {"ETag": {"schema": {"type": "string"}, "example": '"4a5f"'}}
#: What a problem says, by its status, where examples of it are shown.
_DETAILS = {
    404: "no such prime",
    413: "a request has at most 10000000 bytes",
    422: "limit: Input should be less than or equal to 200",
    429: "try again in 42 seconds",
    503: "the database does not answer at the moment",
}
_STREAM: dict[str, Any] = {
    "operationId": "event_stream",
    "summary": "Follow events as they are published",
    "tags": ["events"],
    "parameters": [
        {
            "name": name,
            "in": "query",
            "required": False,
            "schema": {"type": "integer", "minimum": 0},
            "description": text,
        }
        for name, text in (
            ("after", "replay what was published after this one"),
            ("search", "only of this search"),
        )
    ],
    "responses": {
        "200": {
            "description": "Server-sent events; see the page on events",
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": 'id: 17\ndata: {"sequence": 17, …}\n\n',
                }
            },
        }
    },
}


class PublicAPI(NinjaAPI):
    """Every operation may answer with a problem, and says so."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        document = super().get_openapi_schema(**kwargs)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = Problem.model_json_schema()
        for path, methods in document["paths"].items():
            codes = (404, *_EVERYWHERE) if "{" in path else _EVERYWHERE
            for operation in methods.values():
                _complete(operation["responses"], codes, schemas)
        problems = {str(code): _problem(code) for code in (422, 503)}
        stream = {**_STREAM, "responses": {**_STREAM["responses"], **problems}}
        document["paths"]["/api/v1/events/stream"] = {"get": stream}
        document["webhooks"] = {kind: _sent(kind, schemas) for kind in TYPED}
        return document


def _complete(
    answers: dict[Any, Any], codes: tuple[int, ...], schemas: dict[str, Any]
) -> None:
    """Examples and headers of an answer, and what may come instead of it."""
    found = answers.pop(200)
    content = found["content"]["application/json"]
    content["example"] = example(content["schema"], schemas)
    answers["200"] = {**found, "headers": {**_TAG, **_LIMITS}}
    unchanged = "What If-None-Match names is what there is"
    answers["304"] = {"description": unchanged, "headers": {**_TAG, **_LIMITS}}
    for code in codes:
        answers[str(code)] = _problem(code)


def example(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """An example of a schema, out of those of its parts."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "examples" in schema:
        return schema["examples"][0]
    if schema.get("type") == "array":
        return [example(schema["items"], schemas)]
    parts = schema.get("properties", {})
    return {name: example(part, schemas) for name, part in parts.items()}


def _problem(code: int) -> dict[str, Any]:
    word, title = TITLES[code]
    shown = {"type": "/docs/api#errors", "title": title, "status": code, "code": word}
    content = {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "example": {**shown, "detail": _DETAILS[code]},
    }
    answer: dict[str, Any] = {
        "description": title,
        "content": {"application/problem+json": content},
    }
    if code in (429, 503):
        answer["headers"] = _LATER
    return answer


def _sent(kind: str, schemas: dict[str, Any]) -> dict[str, Any]:
    """What a webhook gets for an event of that kind; its schema joins the others."""
    described = TYPED[kind].model_json_schema(
        ref_template="#/components/schemas/{model}"
    )
    schemas.update(described.pop("$defs", {}))
    name = described["title"]
    schemas[name] = described
    content = {"schema": {"$ref": f"#/components/schemas/{name}"}}
    return {
        "post": {
            "operationId": f"send_{name}",
            "summary": described["description"],
            "tags": ["webhooks"],
            "requestBody": {"required": True, "content": {"application/json": content}},
            "responses": {
                "2XX": {"description": "It arrived; anything else is tried again"}
            },
        }
    }


def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Addresses below /api/ that do not exist."""
    return problem(404, "no such address")

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
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
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
                for code in codes:
                    operation["responses"][str(code)] = _problem(code)
        stream = {**_STREAM, "responses": dict(_STREAM["responses"])}
        document["paths"]["/api/v1/events/stream"] = {"get": stream}
        document["webhooks"] = {kind: _sent(kind, schemas) for kind in TYPED}
        return document


def _problem(code: int) -> dict[str, Any]:
    reference = {"$ref": "#/components/schemas/Problem"}
    content = {"application/problem+json": {"schema": reference}}
    return {"description": TITLES[code][1], "content": content}


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

"""Certificates as a forger writes them: with the digest that belongs to them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from darkreach.stages import prove

FRAME = {
    "format": "darkreach certificate",
    "version": 1,
    "program": "forger",
    "program_version": "1",
}


def certificate_of(expression: str) -> dict[str, Any]:
    """The certificate of a prime, from the prover."""
    rows = [{"index": 0, "members": [expression]}]
    run = prove.start({"stage": "prove", "candidates": rows})
    while prove.step(run) < 1.0:
        pass
    found: dict[str, Any] = prove.result(run)["results"][0]["members"][0]["certificate"]
    return found


def seal(body: dict[str, Any]) -> dict[str, Any]:
    """With the digest that a forger would compute."""
    body = {name: value for name, value in body.items() if name != "digest"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return body | {"digest": hashlib.sha256(text.encode()).hexdigest()}


def sealed(kind: str, number: int, **fields: Any) -> dict[str, Any]:
    """A certificate of this kind about a number."""
    body = {**FRAME, "kind": kind, "N": f"{number:x}"}
    if "expression" not in fields:
        body["expression"] = str(number)
    return seal(body | fields)

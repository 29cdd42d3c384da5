"""A whole hunt by the stage programs alone: what a platform does with an order."""

from __future__ import annotations

from typing import Any

from darkreach import arrays, stages
from darkreach.order import Order


def finish(task: dict[str, Any]) -> dict[str, Any]:
    """The result of a task."""
    program = stages.program(task["stage"])
    run = program.start(task)
    while program.step(run) < 1.0:
        pass
    return program.result(run)


def primes(order: Order, depth: int = 20_000) -> dict[int, list[str]]:
    """The positions whose numbers are all proven prime, and the kinds of proof; an
    AssertionError if something is left unproven or a certificate is refused."""
    span = {"order": order.spec(), "first": 0, "count": order.size, "alive": None}
    result = finish({"stage": "sieve", **span, "p_min": 2, "p_max": depth})
    gone = {
        *arrays.unpack(result["indices"]).tolist(),
        *order.duplicates.tolist(),
        *order.not_candidates.tolist(),
    }
    left = [index for index in range(order.size) if index not in gone]
    tested = finish({"stage": "prp", "candidates": _candidates(order, left)})
    probable = [row["index"] for row in tested["results"] if _passed(row["members"])]
    proven = finish({"stage": "prove", "candidates": _candidates(order, probable)})
    found = {}
    for row in proven["results"]:
        kinds = []
        for outcome in row["members"]:
            assert outcome["verdict"] == "prime", (outcome["expression"], outcome)
            verified(outcome)
            kinds.append(outcome["certificate"]["kind"])
        found[row["index"]] = kinds
    return found


def verified(outcome: dict[str, Any]) -> None:
    """AssertionError unless both programs accept its certificate."""
    item = {name: outcome[name] for name in ("expression", "certificate")}
    answer = finish({"stage": "verify", "certificates": [item]})["results"][0]
    assert answer["valid"], (outcome["expression"], answer)


def _candidates(order: Order, indices: list[int]) -> list[dict[str, Any]]:
    return [
        {"index": index, "members": [each.expression for each in order.members(index)]}
        for index in indices
    ]


def _passed(members: list[dict[str, Any] | None]) -> bool:
    return all(each is not None and each["verdict"] != "composite" for each in members)

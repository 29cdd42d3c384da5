"""The answer of a hunt: what was found, and whether all of it is settled and proven."""

from __future__ import annotations

from typing import Any

from searches.funnel import funnel, stages
from searches.models import Search
from verification.results import primes, probable_primes


def answer(search: Search, expression: str, ranges: dict[str, str]) -> dict[str, Any]:
    """One object for programs; `expression` and `ranges` as the order gave them."""
    counts = funnel(search)
    return {
        "expression": expression,
        "ranges": ranges,
        "candidates": counts["candidates"],
        "factored": counts["factored"],
        "composite": counts["composite"],
        "primes": [
            {
                "expression": prime["expression"],
                "variables": prime["variables"],
                "digits": prime["digits"],
                "certificate": prime["kind"],
                "verified_by": prime["verified_by"],
                "seconds": round(prime["seconds"], 3),
                "tags": prime["tags"],
            }
            for prime in primes(search)
        ],
        "probable": probable_primes(search),
        "seconds": {
            name: round(stage["seconds"], 3) for name, stage in stages(search).items()
        },
    }


def shortcomings(search: Search) -> list[str]:
    """Why the answer may not be called complete; empty for a settled one. A probable
    prime that no proof reaches is an honest answer: it is listed with the reason."""
    counts = funnel(search)
    reasons = [
        f"{counts[name]} {what}"
        for name, what in (
            ("open", "candidates are not settled"),
            ("disputed", "candidates have contradicting residues"),
        )
        if counts[name]
    ]
    refused = [p for p in probable_primes(search) if not p["reason"]]
    if refused:
        reasons.append(f"the certificates of {len(refused)} probable primes fail")
    unverified = [p["expression"] for p in primes(search) if len(p["verified_by"]) < 1]
    if unverified:
        reasons.append(f"{len(unverified)} certificates are not verified")
    if search.state != "finished":
        reasons.append(f"the search is {search.state}")
    return reasons


def table(answers: list[dict[str, Any]]) -> str:
    """The primes for people: number, digits, proof, seconds to prove."""
    rows = [("prime", "digits", "proof", "seconds")]
    for found in answers:
        for prime in sorted(found["primes"], key=lambda prime: prime["digits"]):
            rows.append(
                (
                    prime["expression"],
                    str(prime["digits"]),
                    prime["certificate"],
                    f"{prime['seconds']:.3f}",
                )
            )
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        f"{name:<{widths[0]}}  {digits:>{widths[1]}}  {proof:<{widths[2]}}  {seconds}"
        for name, digits, proof, seconds in rows
    ]
    for found in answers:
        lines += [
            f"{each['expression']} ({each['digits']} digits) is a probable prime: "
            f"{each['reason']}"
            for each in found["probable"]
        ]
        ranges = ", ".join(f"{name} = {text}" for name, text in found["ranges"].items())
        lines.append(
            f"{found['expression']} for {ranges}: {len(found['primes'])} primes"
            + (f", {len(found['probable'])} probable" if found["probable"] else "")
            + f" among {found['candidates']} candidates, {found['factored']} factored, "
            f"{found['composite']} composite"
        )
    return "\n".join(lines)

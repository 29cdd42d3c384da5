"""How good the results are: what each kind of evidence says, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, F, Sum

from darkreach_site.pages.selectors.searches import EVIDENCE
from fleet import tallies
from searches.models import SearchFigure

_ROLES = {
    "accepted": "settled the number",
    "repeated": "equal to the accepted one",
    "late": "came under a lease that had ended; kept as evidence",
    "differing": "contradicts the accepted one",
}

_CERTIFICATES = {
    "small": "below 2^64, where a short test is exact",
    "proth": "Proth's theorem: one power modulo k*2^n+1",
    "llr": "the Lucas-Lehmer-Riesel sequence modulo k*2^n-1",
    "ll": "the Lucas-Lehmer sequence modulo 2^p-1",
    "n-1": "Pocklington: factors of N-1",
    "n+1": "Morrison: factors of N+1",
    "bls75": "Brillhart, Lehmer and Selfridge: factors of N-1 and N+1",
    "ecpp": "elliptic curves",
}
_FACTORS = {
    "sieve": "a prime of the sieve divides the number",
    "pm1": "found by the method P-1",
}


@dataclass(frozen=True)
class Line:
    """A kind of evidence, how many there are, and what it means."""

    name: str
    count: int
    meaning: str


@dataclass(frozen=True)
class Evidence:
    """Counts over the whole ledger.

    compared: tests done again by somebody; differing: those that did not agree. rate
    and most: the share of wrong tests this shows, and its upper end at 95 %.
    """

    residues: list[Line]
    levels: list[Line]
    certificates: list[Line]
    factors: list[Line]
    checks: dict[str, int]
    corrected: int
    compared: int
    differing: int
    disputed: int

    @property
    def rate(self) -> float:
        return self.differing / self.compared if self.compared else 0.0

    @property
    def most(self) -> float | None:
        """No error in n comparisons bounds the rate by 3/n."""
        if not self.compared:
            return None
        n, z = self.compared, 1.645
        if not self.differing:
            return min(1.0, 3 / n)
        p = self.rate
        middle = p + z * z / (2 * n)
        spread = z * ((p * (1 - p) + z * z / (4 * n)) / n) ** 0.5
        return min(1.0, float((middle + spread) / (1 + z * z / n)))


def evidence() -> Evidence:
    """Three queries, none of which counts evidence."""
    counts = tallies.read("residues", "factors", "certificates", "checks")
    roles = dict.fromkeys(_ROLES, 0)
    corrected = 0
    for (role, _, errors), number in counts["residues"].items():
        roles[role] = roles.get(role, 0) + number
        corrected += number if errors == "yes" else 0
    differing = roles["differing"]
    return Evidence(
        residues=[Line(n, roles[n], said) for n, said in _ROLES.items()],
        levels=_levels(),
        certificates=_lines(counts["certificates"], _CERTIFICATES),
        factors=_lines(counts["factors"], _FACTORS),
        checks={
            "valid": counts["checks"].get(("True",), 0),
            "refused": counts["checks"].get(("False",), 0),
        },
        corrected=corrected,
        compared=roles["repeated"] + differing,
        differing=differing,
        disputed=SearchFigure.objects.aggregate(n=Sum("disputed"))["n"] or 0,
    )


def _levels() -> list[Line]:
    rows = (
        SearchFigure.objects.values(level=F("search__evidence_level"))
        .annotate(n=Sum("composite"), searches=Count("search"))
        .order_by()
    )
    found = {row["level"]: row["n"] for row in rows}
    return [Line(name, found.get(name, 0), said) for name, said in EVIDENCE.items()]


def _lines(counts: dict[tuple[str, ...], int], meanings: dict[str, str]) -> list[Line]:
    return [
        Line(name, n, meanings.get(name, ""))
        for (name, *_), n in sorted(counts.items())
    ]

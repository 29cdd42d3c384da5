"""What the residues of one number say together: pure reasoning, no ledger.

Residues of one variant (the usual base, or the base of a re-test) come from the same
computation, so they must be equal. A value counts as confirmed when two independent
tests gave it: on other arithmetic, and by another host or in a block that was ordered
as a repetition (a repetition goes to another host wherever there is one). Whoever
differs from a confirmed value is refuted. Programs of different versions may choose
different bases, and so may one program for the number in another shape (5 is 2^3-3 and
2*3^1-1): such residues say nothing about each other.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import chain, combinations

#: So many tests of one number without a decision are a matter for a person.
MOST_TESTS = 8


@dataclass(frozen=True)
class Standing:
    """A residue as the ledger has it, if nobody has refuted it."""

    id: int
    key: str
    expression: str
    variant: int
    test: tuple[int | None, int | None]
    res64: str
    verdict: str
    host: str
    version: str
    kernel: str
    ordered: bool

    @property
    def composite(self) -> bool:
        return self.verdict == "composite"


@dataclass
class Finding:
    """state: composite, probable or disputed; double: the residue of a composite is
    confirmed; retested: another base was tried; missing: the variant that has to be
    tested again before the dispute ends."""

    state: str = ""
    double: bool = False
    retested: bool = False
    missing: int | None = None
    refuted: list[Standing] = field(default_factory=list)
    confirmed: list[Standing] = field(default_factory=list)


def independent(one: Standing, other: Standing) -> bool:
    """Whether an equal residue of `other` is a confirmation of `one`."""
    return one.kernel != other.kernel and (
        one.host != other.host or one.ordered or other.ordered
    )


def weigh(
    residues: list[Standing], proven_prime: bool = False, disputed: bool = False
) -> Finding:
    """The finding about one number. proven_prime: a certificate says so. disputed: it
    was contradicted before, so that nothing about it is believed unconfirmed."""
    finding = Finding()
    believable = []
    for residue in residues:
        if proven_prime and residue.composite:
            finding.refuted.append(residue)
            continue
        if proven_prime:
            finding.confirmed.append(residue)
        believable.append(residue)
    settled = [
        (group[0].variant, _weigh_one(group, finding)) for group in _groups(believable)
    ]
    standing = [r for r in residues if r not in finding.refuted]
    verdicts = {residue.composite for residue in standing}
    finding.retested = any(residue.variant for residue in standing)
    unsettled = sorted(variant for variant, sure in settled if sure is False)
    if not unsettled and (len(verdicts) > 1 or disputed):
        # A pseudoprime, or somebody is wrong: every side has to be confirmed.
        unsettled = sorted(variant for variant, sure in settled if sure is None)
    if unsettled:
        finding.state, finding.missing = "disputed", unsettled[0]
    elif verdicts:
        finding.state = "composite" if True in verdicts else "probable"
        finding.double = any(r.composite for r in finding.confirmed)
    return finding


def _groups(residues: list[Standing]) -> list[list[Standing]]:
    """Residues that must be equal, directly or by way of others."""
    groups: list[list[Standing]] = []
    for residue in residues:
        met = [g for g in groups if any(_comparable(residue, other) for other in g)]
        groups = [group for group in groups if group not in met]
        groups.append([*chain.from_iterable(met), residue])
    return groups


def _weigh_one(group: list[Standing], finding: Finding) -> bool | None:
    """True: confirmed; None: one value, not confirmed; False: contradicted."""
    values: dict[object, list[Standing]] = defaultdict(list)
    for residue in group:
        values[residue.test, residue.res64].append(residue)
    sure = [rows for rows in values.values() if _has_pair(rows)]
    if len(sure) == 1:
        finding.confirmed += sure[0]
        finding.refuted += [
            residue
            for residue in group
            if residue not in sure[0]
            and any(_comparable(residue, other) for other in sure[0])
        ]
        return True
    differ = any(
        _comparable(one, other) and (one.test, one.res64) != (other.test, other.res64)
        for one, other in combinations(group, 2)
    )
    return False if differ else None


def _has_pair(rows: list[Standing]) -> bool:
    return any(independent(one, other) for one, other in combinations(rows, 2))


def _comparable(one: Standing, other: Standing) -> bool:
    """Whether the two are one computation: unless one is wrong they are equal."""
    if one.variant != other.variant:
        return False
    return one.test == other.test or (
        one.version == other.version and one.expression == other.expression
    )

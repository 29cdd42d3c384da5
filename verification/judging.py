"""Weighing what came in: a coordinator compares all residues of a number, decides what
it is and what it still owes, and tells hosts that were right from those that were not.

Every search weighs its own candidates; a number of several searches is weighed in each,
with the same outcome. Rows that a submit is writing are left to the next round.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from searches import control
from searches.batches import batches
from searches.clock import ledger_now
from searches.models import Candidate, Factor, Search
from searches.work import order_of
from verification import reliability, residues, test_proofs
from verification.models import Prime
from verification.reliability import Trust
from verification.weighing import MOST_TESTS, Finding, Standing, weigh

#: Candidates weighed in one transaction.
_ROUND = 2_000
#: Below this Baillie-PSW is exact: a probable prime needs no second test.
EXACT_BITS = 64
_HIGHER = ("double-checked", "proven")


@dataclass(frozen=True)
class Worth:
    """What a candidate is, what that rests on, what it still lacks, and the host whose
    test confirmed the one of its tester, which may be the same host."""

    state: str
    evidence: str = ""
    owed: str = ""
    checker: str = ""


def weigh_search(search_id: int, now: datetime | None = None) -> bool:
    """One round; True if there was anything to weigh."""
    new = Candidate.objects.filter(search=search_id, unweighed=True)
    if not new.exists():
        return False
    now = now or ledger_now()
    with transaction.atomic():
        rows = list(new.select_for_update(skip_locked=True).order_by("id")[:_ROUND])
        if rows:
            _weigh(Search.objects.get(pk=search_id), rows, now)
    return bool(rows)


def searches_to_weigh() -> list[int]:
    """Ids of the searches whose numbers have residues that nobody weighed."""
    rows = Candidate.objects.filter(unweighed=True).order_by("search_id")
    return list(rows.values_list("search_id", flat=True).distinct())


def _weigh(search: Search, rows: list[Candidate], now: datetime) -> None:
    order = order_of(search)
    members = {row.pk: order.members(row.index) for row in rows}
    keys = {number.key for group in members.values() for number in group}
    standing = residues.standing(keys)
    primes, factored = _known(keys)
    proofs = test_proofs.states(keys) if search.evidence_level == "proven" else {}
    new: dict[Worth, list[int]] = defaultdict(list)
    lessons = reliability.Lessons()
    trusts: dict[str, Trust] = {}
    for row in rows:
        findings = []
        for number in members[row.pk]:
            group = standing.get(number.key, [])
            finding = weigh(group, number.key in primes, row.state == "disputed")
            if number.key in factored:
                finding.refuted += [r for r in group if r.verdict == "prime"]
            lessons.add(finding)
            proof = _proof(group, proofs.get(number.key, {}))
            findings.append(_Member(number.bits, finding, len(group), proof))
        if row.tester not in trusts:
            trusts[row.tester] = reliability.trust(row.tester, now)
        level = search.evidence_level
        new[worth(row, findings, level, trusts[row.tester])].append(row.pk)
    for value, ids in new.items():
        _write(value, ids, now)
    if any(value.state == "open" or value.owed for value in new):
        control.reopen(search.pk, now)
    reliability.learn(lessons, now)


def _proof(group: list[Standing], proofs: dict[test_proofs.Residue, str]) -> str:
    """How the proof of a standing residue stands; '' if there is none."""
    found = {
        proofs.get((residue.test[0] or 0, residue.test[1] or 0, residue.res64), "")
        for residue in group
        if residue.composite
    }
    return next((state for state in ("valid", "open") if state in found), "")


def _known(keys: set[str]) -> tuple[set[str], set[str]]:
    """Which of the numbers are proven prime, and which have a factor."""
    primes: set[str] = set()
    factored: set[str] = set()
    for piece in batches(sorted(keys)):
        for found, model in ((primes, Prime), (factored, Factor)):
            rows = model.objects.filter(key__in=piece)
            found.update(rows.values_list("key", flat=True))
    return primes, factored


@dataclass(frozen=True)
class _Member:
    """One number of a candidate: its size, what its residues say, how many stand, how
    the test proof of one of them does."""

    bits: int
    finding: Finding
    tests: int
    proof: str = ""


def worth(row: Candidate, members: list[_Member], level: str, trust: Trust) -> Worth:
    """What becomes of a candidate; pure."""
    now = Worth(row.state, row.evidence, row.owed, row.checker)
    if row.state not in reliability.WEIGHED:
        return replace(now, owed="")
    hopeless = max(member.tests for member in members) >= MOST_TESTS
    states = {member.finding.state for member in members}
    if "disputed" in states:
        return Worth("disputed", owed="" if hopeless else "third")
    if "composite" in states:
        composite = [m.finding for m in members if m.finding.state == "composite"]
        if now.evidence == "proven" and now.state == "composite":
            return replace(now, owed="")
        proofs = {m.proof for m in members if m.finding.state == "composite"}
        if "valid" in proofs:
            return Worth("composite", "proven")
        if any(finding.double for finding in composite):
            checker = _checker(row.tester, composite)
            return Worth("composite", "double-checked", checker=checker)
        if "open" in proofs and level == "proven":
            return Worth("composite", "single", "proven")
        return _single_worth(now, hopeless, level, trust)
    if any(m.finding.state == "" and m.bits > EXACT_BITS for m in members):
        return Worth("open")  # nothing stands any more
    large = [member for member in members if member.bits > EXACT_BITS]
    retested = all(member.finding.retested for member in large)
    return Worth("probable", owed="" if retested or hopeless else "retest")


def _checker(tester: str, findings: list[Finding]) -> str:
    hosts = {r.host for f in findings for r in f.confirmed if r.composite}
    return min(hosts - {tester}, default=tester)


def _single_worth(now: Worth, hopeless: bool, level: str, trust: Trust) -> Worth:
    if hopeless:
        return Worth("composite", "single")
    if level in _HIGHER:
        return Worth("composite", "single", "double-checked")
    if now.state == "composite" and now.evidence == "single":
        return now  # drawn before
    if trust.host == "":  # tested for another search, and drawn there
        return Worth("composite", "single")
    return Worth("composite", "single", trust.owed())


def _write(value: Worth, ids: list[int], now: datetime) -> None:
    changes = {
        "evidence": value.evidence,
        "owed": value.owed,
        "checker": value.checker,
        "unweighed": False,
    }
    for piece in batches(ids):
        rows = Candidate.objects.filter(pk__in=piece)
        rows.filter(state=value.state).update(**changes)
        other = rows.exclude(state=value.state)
        if value.state == "open":
            _open_again(other)
        else:
            other.update(state=value.state, settled_at=now, block=None, **changes)


def _open_again(rows: QuerySet[Candidate]) -> None:
    """To be tested as if for the first time; a number has one owner."""
    owned = Candidate.objects.filter(
        key=OuterRef("key"), state__in=["open", "probable"]
    ).exclude(pk=OuterRef("pk"))
    empty = {
        **dict.fromkeys(("evidence", "owed", "tester", "checker"), ""),
        "settled_at": None,
        "block": None,
        "unweighed": False,
    }
    ids = list(rows.values_list("pk", flat=True))
    again = Candidate.objects.filter(pk__in=ids)
    again.filter(Exists(owned)).update(state="elsewhere", **empty)
    again.exclude(state="elsewhere").update(state="open", **empty)

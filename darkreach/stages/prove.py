"""Stage `prove`: a certificate for every member, or what shows that it has none.

Which kind of certificate follows from the form (darkreach/certificates/proving.py).
Whether a proof fails because the number is composite or because something is missing
are two verdicts: `composite` carries a residue or a factor, `unproven` a reason, and of
a Wagstaff number what the test of Vrba and Reix says.
"""

from __future__ import annotations

from typing import Any

from darkreach import residues
from darkreach.arithmetic import Number, check_size
from darkreach.certificates import proving, vrba_reix
from darkreach.certificates.conclusions import Composite, Proven, Unproven
from darkreach.derivation import Argument
from darkreach.stages import members

NOTHING: dict[str, Any] = {
    "certificate": None,
    "reason": "",
    "residue_type": None,
    "base": None,
    "res64": None,
    "res2048": None,
    "factor": None,
    "errors": {},
    "proof": None,
}


def prove(number: Number) -> Argument:
    """The argument of this stage; concludes with the fields of an outcome."""
    check_size(number)
    conclusion = yield from proving.prove(number)
    match conclusion:
        case Proven(certificate):
            return NOTHING | {"verdict": "prime", "certificate": certificate}
        case Composite(reason, factor):
            shown = yield from residues.show_composite(number, factor)
            return NOTHING | shown | {"reason": reason}
        case Unproven(reason):
            said = yield from vrba_reix.heard(number)
            reasons = "; ".join(filter(None, (reason, said)))
            return NOTHING | {"verdict": "unproven", "reason": reasons}


class Proof(members.Work):
    """A proof of one member after the other."""

    kind = "prove"

    def argue(self, number: Number) -> Argument:
        return prove(number)

    def order(self, numbers: list[Number]) -> list[int]:
        return list(range(len(numbers)))

    def goes_on(self, outcome: dict[str, Any]) -> bool:
        return True


def start(task: dict[str, Any], saved: bytes | None = None) -> Proof:
    return Proof(task, saved)


def step(run: Proof, seconds: float = 1.0) -> float:
    return run.step(seconds)


def state(run: Proof) -> bytes:
    return run.state()


def result(run: Proof) -> dict[str, Any]:
    return run.result()

"""Which proof a number gets.

In order of preference: `small` below 2^64; `ll` for Mersenne numbers; `proth` and `llr`
for base 2 with k < 2^n (Pépin's test is `proth` with k = 1; Carol and Kynea numbers to
base 2 have a k of this kind too); then `n-1`, `n+1` or `bls75`, whatever the factors of
N-1 and N+1 allow; at last `ecpp`, where PARI is installed.
"""

from __future__ import annotations

from typing import Any

from darkreach.arithmetic import Number, modulus
from darkreach.certificates import ecpp, llr, mersenne, proth, small
from darkreach.certificates.bls75 import make_bls75
from darkreach.certificates.conclusions import Composite, Proven, Unproven
from darkreach.derivation import Argument, Derivation
from darkreach.expression import Integer
from darkreach.forms.plain import Plain
from darkreach.residues import Residue, fermat_bases

_KINDS: tuple[tuple[Any, Any], ...] = (
    (small.applies, small.make_small),
    (mersenne.applies, mersenne.make_mersenne),
    (proth.applies, proth.make_proth),
    (llr.applies, llr.make_llr),
)
#: Certificates inside certificates: how deep.
_DEEPEST = 4
#: Seconds between two looks at a chain of a small number.
_SLICE = 10.0


def prove(number: Number, depth: int = 0) -> Argument:
    """Concludes with Proven, Composite or Unproven."""
    for applies, make in _KINDS:
        if applies(number):
            return (yield from make(number))
    conclusion = yield from make_bls75(number, lambda q: certify(q, depth + 1))
    if not isinstance(conclusion, Unproven) or depth:
        return conclusion
    base = next(fermat_bases(number), None)
    if base is not None:
        answer = yield Residue(1, base)
        if answer["value"] != "1":
            return Composite(f"{base}^(N-1) is not 1")
    return (yield from ecpp.make_ecpp(number, conclusion.reason))


def certify(q: int, depth: int) -> dict[str, Any] | None:
    """The certificate of a prime of some hundred bits, made at once; None if there is
    none."""
    if depth > _DEEPEST:
        return None
    number = Plain(Integer(q))
    work = Derivation(lambda: prove(number, depth), lambda: modulus(number))
    while not work.finished:
        work.advance(_SLICE)
    return work.conclusion.certificate if isinstance(work.conclusion, Proven) else None

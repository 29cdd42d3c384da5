"""Certificates in the words of other programs.

`mpu` is the text format of Math::Prime::Util, `pari` what PARI's `primecertisvalid`
reads, `t5k` the description of the number for the list of largest known primes. Neither
of the first two has a theorem on the factors of N+1 in general, so the kinds `llr`,
`ll`, `n+1`, and `bls75` with factors of N+1, have no counterpart there; for these
numbers the certificate of this project is the proof.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gmpy2

from darkreach.certificates import mpu, pari
from darkreach.expression import parse, show

Certificate = dict[str, Any]


def export(certificate: Certificate, to: str) -> str:
    """The text of a certificate that `verify` accepts. CertificateError when the format
    has no words for its proof."""
    return FORMATS[to](certificate)


def _t5k(certificate: Certificate) -> str:
    """The expression, or the digits where they are no longer."""
    text = show(parse(certificate["expression"])[0], "t5k")
    digits = gmpy2.mpz(certificate["N"], 16).digits()
    return f"{min(digits, text, key=len)}\n"


FORMATS: dict[str, Callable[[Certificate], str]] = {
    "mpu": mpu.write,
    "pari": pari.write,
    "t5k": _t5k,
}

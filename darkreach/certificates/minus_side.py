"""What certificates of N-1 tell an exporter: the primes, their bases, and the proofs of
the long ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gmpy2

from darkreach.certificates.lucas import jacobi
from darkreach.errors import CertificateError

Certificate = dict[str, Any]

#: Prime factors below this need no proof of their own.
SMALL = 2**64
_MOST_BASES = 10_000


@dataclass(frozen=True)
class MinusSide:
    """Primes q of N-1 in ascending order with a base for each, 2 among them; `factored`
    is the product of their full powers."""

    number: Any
    bases: dict[int, int]
    factors: list[Certificate]

    @property
    def factored(self) -> Any:
        product = gmpy2.mpz(1)
        for q in self.bases:
            product *= q ** int(gmpy2.remove(self.number - 1, q)[1])
        return product


def read_minus(certificate: Certificate) -> MinusSide:
    """CertificateError when the proof does not rest on N-1 alone."""
    kind = certificate["kind"]
    number = gmpy2.mpz(certificate["N"], 16)
    if kind == "proth":
        return MinusSide(number, {2: certificate["a"]}, [])
    if kind == "n-1":
        witnesses, factors = certificate["witnesses"], []
    elif kind == "bls75" and not certificate["plus"]:
        witnesses, factors = certificate["minus"], certificate["factors"]
    else:
        raise CertificateError(
            f"a proof of kind {kind} rests on N+1, for which this format has no theorem"
        )
    bases = {each["q"]: each["a"] for each in witnesses}
    if 2 not in bases:
        bases[2] = _base_of_two(number)
    return MinusSide(number, dict(sorted(bases.items())), factors)


def _base_of_two(number: Any) -> int:
    """The least base that shows 2: for a prime N any with Jacobi symbol -1."""
    for a in range(2, _MOST_BASES):
        if jacobi(a, number) == -1:
            return a
    raise CertificateError("no base shows the prime 2")

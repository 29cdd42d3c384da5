"""Certificates as PARI/GP writes and checks them (`primecert`, `primecertisvalid`).

A number below 2^64 is its own certificate. N-1: [N, [q, ...]] with primes of N-1 whose
full powers pass the cube root of N; one above 2^64 as [q, a, certificate of q]. ECPP:
the list of steps [N, t, s, a, [x, y]].
"""

from __future__ import annotations

from typing import Any

import gmpy2

from darkreach.certificates.minus_side import SMALL, read_minus

Certificate = dict[str, Any]


def write(certificate: Certificate) -> str:
    """One line of GP. CertificateError for a proof that PARI has no certificate for."""
    return f"{_written(certificate)}\n"


def _written(certificate: Certificate) -> str:
    number = gmpy2.mpz(certificate["N"], 16)
    if number < SMALL:
        return str(number)
    if certificate["kind"] == "ecpp":
        return _list([_list(_step(step)) for step in certificate["steps"]])
    side = read_minus(certificate)
    proofs = {gmpy2.mpz(each["N"], 16): each for each in side.factors}
    primes = [
        _list([str(gmpy2.mpz(q)), str(a), _written(proofs[q])])
        if q >= SMALL
        else str(q)
        for q, a in side.bases.items()
    ]
    return _list([str(number), _list(primes)])


def _step(step: list[Any]) -> list[str]:
    n, t, s, a, point = step
    numbers = [str(gmpy2.mpz(value)) for value in (n, t, s, a)]
    return [*numbers, _list([str(gmpy2.mpz(value)) for value in point])]


def _list(parts: list[str]) -> str:
    return f"[{', '.join(parts)}]"

"""Certificates in the text format of Math::Prime::Util (D. Jacobsen), version 1.0.

A file names N and then gives steps, each "N is prime if Q is": `Small` below 2^64,
`Lucas` (all of N-1 factored, one base), `BLS5` (theorem 5 of Brillhart, Lehmer,
Selfridge 1975: a third of N-1), `BLS15` (theorem 15: one prime of N+1 above half the
root of N), `ECPP`. The program's function verify_prime_certificate reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gmpy2

from darkreach.certificates.lucas import jacobi, lucas_v
from darkreach.certificates.minus_side import SMALL, MinusSide, read_minus
from darkreach.errors import CertificateError

Certificate = dict[str, Any]

_LARGEST_P = 200


def write(certificate: Certificate) -> str:
    """The text. CertificateError for a proof that the format has no theorem for."""
    head = [
        "[MPU - Primality Certificate]",
        "Version 1.0",
        "Base 10",
        "",
        "Proof for:",
        f"N {gmpy2.mpz(certificate['N'], 16)}",
        "",
    ]
    return "\n".join(head + list(_steps(certificate))) + "\n"


def _steps(certificate: Certificate) -> Iterator[str]:
    """The step of this number, then those of its prime factors."""
    kind = certificate["kind"]
    number = gmpy2.mpz(certificate["N"], 16)
    if kind == "small" or number < SMALL:
        yield from ("Type Small", f"N {number}", "")
    elif kind == "ecpp":
        yield from _curves(certificate)
    elif (prime := _large_prime(certificate, number)) is not None:
        yield from _bls15(number, prime)
        for each in certificate.get("factors", []):
            if gmpy2.mpz(each["N"], 16) == prime:
                yield from _steps(each)
    else:
        side = read_minus(certificate)
        yield from _minus(side)
        for each in side.factors:
            yield from _steps(each)


def _minus(side: MinusSide) -> Iterator[str]:
    number = side.number
    if side.factored == number - 1 and len(set(side.bases.values())) == 1:
        yield from ("Type Lucas", f"N {number}")
        for place, q in enumerate(side.bases, 1):
            yield f"Q[{place}] {q}"
        yield from (f"A {next(iter(side.bases.values()))}", "")
        return
    yield from ("Type BLS5", f"N {number}")
    primes = [q for q in side.bases if q != 2]
    for place, q in enumerate(primes, 1):
        yield f"Q[{place}] {gmpy2.mpz(q)}"
    for place, q in enumerate([2, *primes]):
        yield f"A[{place}] {side.bases[q]}"
    yield from ("----", "")


def _curves(certificate: Certificate) -> Iterator[str]:
    """PARI's steps [N, t, s, a, [x, y]]: M = N+1-t points, Q = M/s."""
    for n, t, s, a, (x, y) in certificate["steps"]:
        points = gmpy2.mpz(n) + 1 - t
        b = (gmpy2.mpz(y) ** 2 - gmpy2.mpz(x) ** 3 - gmpy2.mpz(a) * x) % n
        fields = zip("NABMQXY", (n, a, b, points, points // s, x, y), strict=True)
        yield "Type ECPP"
        yield from (f"{name} {gmpy2.mpz(value)}" for name, value in fields)
        yield ""


def _large_prime(certificate: Certificate, number: Any) -> int | None:
    """A prime of N+1 that proves N alone, in a proof that has nothing of N-1."""
    if certificate["kind"] not in ("n+1", "bls75") or certificate.get("minus"):
        return None
    witnesses = certificate.get("plus") or certificate.get("witnesses") or []
    primes = [each["q"] for each in witnesses]
    large = max(primes, default=0)
    return large if large > 2 and (2 * large - 1) ** 2 > number else None


def _bls15(number: Any, prime: int) -> Iterator[str]:
    """D = P^2 - 4Q with (D, N) = (Q, N) = -1, so V_((N+1)/2) = 0, and V_(m/2) not 0 for
    m = (N+1)/prime."""
    half = (number + 1) // prime // 2
    for p in range(1, _LARGEST_P):
        for q in (-1, 2, 3, 5, 7, -2, -3, -5):
            fits = jacobi(p * p - 4 * q, number) == -1 == jacobi(q, number)
            if fits and lucas_v(p, q, half, number) != 0:
                yield from ("Type BLS15", f"N {number}", f"Q {gmpy2.mpz(prime)}")
                yield from (f"LP {p}", f"LQ {q}", "")
                return
    raise CertificateError("no Lucas sequence for theorem 15 was found")

"""Checking a certificate: the second implementation.

Nothing here comes from the provers: own reading of the fields, own Jacobi symbol, own
Lucas sequences (lucas.py), own evaluation (evaluation.py). Every field is bounded
before anything is computed from it, so the time is bounded by the size of N: a few
powers modulo N per witness.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import gmpy2

from darkreach.certificates.evaluation import evaluate
from darkreach.certificates.lucas import (
    is_small_prime,
    jacobi,
    lucas_u,
    lucas_v,
)
from darkreach.errors import CertificateError

NAME = "darkreach.certificates.verify"
# The default bound on N: hours of work. Nobody can make the verifier work longer.
MAX_BITS = 1_000_000
MAX_WITNESSES = 64

_FRAME: dict[str, type] = {
    "format": str,
    "version": int,
    "kind": str,
    "expression": str,
    "N": str,
    "program": str,
    "program_version": str,
    "digest": str,
}
_FORM: dict[str, type] = {"k": int, "b": int, "n": int, "c": int}
_FIELDS: dict[str, dict[str, type]] = {
    "small": {},
    "proth": _FORM | {"a": int},
    "llr": _FORM | {"v1": int},
    "n-1": _FORM | {"witnesses": list},
    "n+1": _FORM | {"D": int, "witnesses": list},
}
_HEX = re.compile(r"[1-9a-f][0-9a-f]*")


class Verdict(NamedTuple):
    """What the check found; `reason` is one line for people."""

    valid: bool
    reason: str


def verify(cert: Any, max_bits: int = MAX_BITS) -> Verdict:
    """Check a certificate. It is refused with a reason, never by an exception, unless
    it is no JSON object at all (CertificateError)."""
    if not isinstance(cert, dict):
        raise CertificateError("a certificate is a JSON object")
    try:
        _check_shape(cert)
        number = _read_number(cert, max_bits)
        reason = _THEOREMS[cert["kind"]](cert, number)
    except CertificateError as refusal:
        return Verdict(False, str(refusal))
    return Verdict(True, reason)


def _demand(condition: Any, otherwise: str) -> None:
    if not condition:
        raise CertificateError(otherwise)


def _check_shape(cert: dict[Any, Any]) -> None:
    """Exactly the fields of its kind, each of its type; the digest fits."""
    kind = cert.get("kind")
    _demand(isinstance(kind, str) and kind in _FIELDS, "its kind is unknown")
    types = _FRAME | _FIELDS[str(kind)]
    unknown = sorted(str(name) for name in cert.keys() - types.keys())
    _demand(not unknown, f"it has the unknown field {unknown[:1]}")
    for name, kind_of_value in types.items():
        _demand(name in cert, f"its field {name!r} is missing")
        _demand(type(cert[name]) is kind_of_value, f"its field {name!r} is malformed")
    _demand(cert["format"] == "darkreach certificate", "its format is unknown")
    _demand(cert["version"] == 1, "its version is unknown")
    for witness in cert.get("witnesses", []):
        names = {"q", "a"} if kind == "n-1" else {"q", "P", "Q"}
        shape = type(witness) is dict and witness.keys() == names
        _demand(shape, "a witness is malformed")
        _demand(all(type(v) is int for v in witness.values()), "a witness is malformed")
    _demand(_digest(cert) == cert["digest"], "its digest is wrong: it was changed")


def _digest(cert: dict[str, Any]) -> str:
    rest = {name: value for name, value in cert.items() if name != "digest"}
    try:
        text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    except (ValueError, RecursionError) as trouble:
        raise CertificateError("it holds a number that is too long") from trouble
    return hashlib.sha256(text.encode()).hexdigest()


def _read_number(cert: dict[str, Any], max_bits: int) -> Any:
    """N from its three descriptions, which must agree."""
    digits = cert["N"]
    _demand(len(digits) * 4 <= max_bits + 3, f"its N has more than {max_bits} bits")
    _demand(_HEX.fullmatch(digits), "its N is not a hexadecimal number")
    number = gmpy2.mpz(digits, 16)
    _demand(number >= 2, "its N is less than 2")
    _demand(
        evaluate(cert["expression"], max_bits) == number,
        "its expression and its N are different numbers",
    )
    if "k" in cert:
        _check_form(cert, number, max_bits)
    return number


def _check_form(cert: dict[str, Any], number: Any, max_bits: int) -> None:
    k, b, n, c = (cert[name] for name in "kbnc")
    _demand(k >= 1 and b >= 2 and n >= 0 and c in (1, -1), "its k, b, n, c are no form")
    bits = k.bit_length() + (b.bit_length() - 1) * n
    _demand(bits <= max_bits + 2, f"its k*b^n has more than {max_bits} bits")
    _demand(
        k * gmpy2.mpz(b) ** n + c == number,
        "its k, b, n, c and its N are different numbers",
    )


def _small(cert: dict[str, Any], number: Any) -> str:
    _demand(number < 2**64, "kind small is for numbers below 2^64")
    _demand(is_small_prime(int(number)), "its N is composite")
    return "N < 2^64 passes the deterministic Miller-Rabin test"


def _proth(cert: dict[str, Any], number: Any) -> str:
    k, n, a = cert["k"], cert["n"], cert["a"]
    _demand((cert["b"], cert["c"]) == (2, 1), "Proth's theorem needs k*2^n+1")
    _demand(k % 2 == 1 and k.bit_length() <= n, "Proth's theorem needs odd k < 2^n")
    _demand(1 < a < min(number, 2**64), "its base a is out of range")
    power = gmpy2.powmod(a, (number - 1) // 2, number)
    _demand(power == number - 1, f"{a}^((N-1)/2) is not -1 modulo N")
    return f"Proth's theorem: {a}^((N-1)/2) = -1 modulo N"


def _llr(cert: dict[str, Any], number: Any) -> str:
    k, n, v1 = cert["k"], cert["n"], cert["v1"]
    _demand((cert["b"], cert["c"]) == (2, -1), "the LLR test needs k*2^n-1")
    _demand(k % 2 == 1 and k.bit_length() <= n, "the LLR test needs odd k < 2^n")
    _demand(n >= 3, "the LLR test needs n >= 3")
    _demand(3 <= v1 < min(number - 2, 2**64), "its v1 is out of range")
    fits = jacobi(v1 - 2, number) == 1 and jacobi(v1 + 2, number) == -1
    _demand(fits, f"v1 = {v1} has the wrong Jacobi symbols")
    u = lucas_v(v1, 1, gmpy2.mpz(k), number)
    for _ in range(n - 2):
        u = (u * u - 2) % number
    _demand(u == 0, "the last term of the Lucas sequence is not 0")
    return f"LLR test: the last term from v1 = {v1} is 0"


def _pocklington(cert: dict[str, Any], number: Any) -> str:
    factored = _factored_part(cert, number - 1)
    _demand(factored * factored > number, "the factored part of N-1 is too small")
    for witness in cert["witnesses"]:
        q, a = witness["q"], witness["a"]
        _demand(1 < a < min(number, 2**64), "a base is out of range")
        power = gmpy2.powmod(a, (number - 1) // q, number)
        _demand(gmpy2.powmod(power, q, number) == 1, f"{a}^(N-1) is not 1 modulo N")
        common = gmpy2.gcd(power - 1, number)
        _demand(common == 1, f"{a} does not show the prime {q}")
    count = len(cert["witnesses"])
    return f"Pocklington's theorem with {count} prime factors of N-1"


def _morrison(cert: dict[str, Any], number: Any) -> str:
    discriminant = cert["D"]
    _demand(abs(discriminant) < 2**64, "its discriminant is out of range")
    _demand(number % 2 == 1, "its N is even")
    factored = _factored_part(cert, number + 1)
    _demand((factored - 1) ** 2 > number, "the factored part of N+1 is too small")
    _demand(jacobi(discriminant, number) == -1, "(D, N) is not -1")
    for witness in cert["witnesses"]:
        p, q, prime = witness["P"], witness["Q"], witness["q"]
        _demand(max(abs(p), abs(q)) < 2**64, "a Lucas sequence is out of range")
        same = p * p - 4 * q == discriminant
        _demand(same, "a Lucas sequence has another discriminant")
        coprime = gmpy2.gcd(2 * q * discriminant, number) == 1
        _demand(coprime, "N and 2QD have a common factor")
        whole = lucas_u(p, q, number + 1, number)
        _demand(whole == 0, f"U_(N+1)({p}, {q}) is not 0 modulo N")
        part = lucas_u(p, q, (number + 1) // prime, number)
        shown = gmpy2.gcd(part, number) == 1
        _demand(shown, f"U({p}, {q}) does not show the prime {prime}")
    count = len(cert["witnesses"])
    return f"Morrison's theorem with {count} prime factors of N+1 and one discriminant"


def _factored_part(cert: dict[str, Any], whole: Any) -> Any:
    """The full powers in `whole` of the primes that have a witness."""
    witnesses = cert["witnesses"]
    _demand(
        1 <= len(witnesses) <= MAX_WITNESSES, "its number of witnesses is out of range"
    )
    factored = gmpy2.mpz(1)
    seen: set[int] = set()
    for witness in witnesses:
        q = witness["q"]
        _demand(0 < q < 2**64, "a prime factor is out of range")
        _demand(is_small_prime(q), f"{q} is no prime")
        _demand(q not in seen, f"the prime {q} occurs twice")
        seen.add(q)
        cofactor, times = gmpy2.remove(whole, q)
        _demand(times > 0, f"{q} does not divide N-1 or N+1")
        factored *= whole // cofactor
    return factored


_THEOREMS: dict[str, Callable[[dict[str, Any], Any], str]] = {
    "small": _small,
    "proth": _proth,
    "llr": _llr,
    "n-1": _pocklington,
    "n+1": _morrison,
}

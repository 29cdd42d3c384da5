"""The verifier's theorems: one function per kind of certificate.

Each takes a certificate of the right shape and its N, and returns the sentence that
says what was shown; CertificateError when it is not. Nothing here comes from the
makers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gmpy2

from darkreach.certificates.elliptic import Curve
from darkreach.certificates.lucas import (
    Ring,
    is_small_prime,
    jacobi,
    lucas_v,
)
from darkreach.certificates.residue_class import divisors_in_class
from darkreach.errors import CertificateError

MAX_WITNESSES = 2000
#: The bases, or Lucas sequences, of one certificate: each takes a power modulo N.
MAX_BASES = 64
#: A long proof by elliptic curves has a few hundred steps, each as long as a test.
MAX_STEPS = 1000
MAX_ECPP_BITS = 20_000

Certificate = dict[str, Any]
#: Whether an inner certificate proves its number prime.
Inner = Callable[[Any], Any]


def demand(condition: Any, otherwise: str) -> None:
    """CertificateError unless the condition holds."""
    if not condition:
        raise CertificateError(otherwise)


def small(cert: Certificate, number: Any, inner: Inner) -> str:
    demand(number < 2**64, "kind small is for numbers below 2^64")
    demand(is_small_prime(int(number)), "its N is composite")
    return "N < 2^64 passes the deterministic Miller-Rabin test"


def proth(cert: Certificate, number: Any, inner: Inner) -> str:
    k, n, a = cert["k"], cert["n"], cert["a"]
    demand((cert["b"], cert["c"]) == (2, 1), "Proth's theorem needs k*2^n+1")
    demand(k % 2 == 1 and k.bit_length() <= n, "Proth's theorem needs odd k < 2^n")
    demand(1 < a < min(number, 2**64), "its base a is out of range")
    power = gmpy2.powmod(a, (number - 1) // 2, number)
    demand(power == number - 1, f"{a}^((N-1)/2) is not -1 modulo N")
    return f"Proth's theorem: {a}^((N-1)/2) = -1 modulo N"


def llr(cert: Certificate, number: Any, inner: Inner) -> str:
    k, n, v1 = cert["k"], cert["n"], cert["v1"]
    demand((cert["b"], cert["c"]) == (2, -1), "the LLR test needs k*2^n-1")
    demand(k % 2 == 1 and k.bit_length() <= n, "the LLR test needs odd k < 2^n")
    demand(n >= 3, "the LLR test needs n >= 3")
    demand(3 <= v1 < min(number - 2, 2**64), "its v1 is out of range")
    fits = jacobi(v1 - 2, number) == 1 and jacobi(v1 + 2, number) == -1
    demand(fits, f"v1 = {v1} has the wrong Jacobi symbols")
    u = lucas_v(v1, 1, gmpy2.mpz(k), number)
    for _ in range(n - 2):
        u = (u * u - 2) % number
    demand(u == 0, "the last term of the Lucas sequence is not 0")
    return f"LLR test: the last term from v1 = {v1} is 0"


def lucas_lehmer(cert: Certificate, number: Any, inner: Inner) -> str:
    p = number.bit_length()
    demand(number == (gmpy2.mpz(1) << p) - 1, "its N is not 2^p - 1")
    demand(p > 2 and is_small_prime(p), "the exponent is no odd prime")
    s = gmpy2.mpz(4)
    for _ in range(p - 2):
        s = (s * s - 2) % number
    demand(s == 0, "the last term of the Lucas-Lehmer sequence is not 0")
    return f"Lucas-Lehmer test: the last term for p = {p} is 0"


def pocklington(cert: Certificate, number: Any, inner: Inner) -> str:
    factored = _minus(cert["witnesses"], number, set())
    demand(factored * factored > number, "the factored part of N-1 is too small")
    count = len(cert["witnesses"])
    return f"Pocklington's theorem with {count} prime factors of N-1"


def morrison(cert: Certificate, number: Any, inner: Inner) -> str:
    factored = _plus(cert["D"], cert["witnesses"], number, set())
    demand((factored - 1) ** 2 > number, "the factored part of N+1 is too small")
    count = len(cert["witnesses"])
    return f"Morrison's theorem with {count} prime factors of N+1 and one discriminant"


def bls75(cert: Certificate, number: Any, inner: Inner) -> str:
    """A composite N has a prime factor that is N modulo lcm(F1, F2)."""
    minus, plus = cert["minus"], cert["plus"]
    demand(minus or plus, "it has no witnesses")
    demand(plus or cert["D"] == 0, "it has a discriminant, but nothing of N+1")
    _check_sizes(cert["factors"], number)
    proven = {int(inner(each)) for each in cert["factors"]}
    used = {witness["q"] for witness in (*minus, *plus)}
    demand(proven <= used, "a certificate of a prime factor is of no use")
    first = _minus(minus, number, proven) if minus else gmpy2.mpz(1)
    second = _plus(cert["D"], plus, number, proven) if plus else gmpy2.mpz(1)
    known = gmpy2.lcm(first, second)
    demand(known**3 > number, "the factored parts of N-1 and N+1 are too small")
    if known > number:
        known = _smaller(known, number)
    demand(known**3 > number, "the factored parts of N-1 and N+1 are too small")
    rest = number % known
    divisors = divisors_in_class(number, rest, known) - {1, number}
    demand(not divisors, "its N has a divisor in the residue class of the theorem")
    return (
        f"{len(minus)} prime factors of N-1 and {len(plus)} of N+1 leave one residue "
        "class for a divisor, and Lenstra's algorithm finds none in it"
    )


def _check_sizes(factors: list[Any], number: Any) -> None:
    """Distinct primes of N-1 and N+1 are together no longer than N^2, so that all the
    certificates inside take no longer than this one."""
    digits = [each.get("N") if isinstance(each, dict) else None for each in factors]
    demand(all(isinstance(n, str) for n in digits), "an inner certificate is malformed")
    total = sum(4 * len(n) for n in digits if isinstance(n, str))
    bound = 2 * number.bit_length() + 4 * len(digits)
    demand(total <= bound and len(digits) <= MAX_BASES, "its factors are too long")


def ecpp(cert: Certificate, number: Any, inner: Inner) -> str:
    """Goldwasser and Kilian 1986, Atkin and Morain 1993."""
    steps = cert["steps"]
    demand(1 <= len(steps) <= MAX_STEPS, "its number of steps is out of range")
    demand(number.bit_length() <= MAX_ECPP_BITS, "its N is too long for kind ecpp")
    current = number
    for step in steps:
        n, t, s, a, (x, y) = step
        demand(n == current, "a step is not about the number of the one before")
        n = gmpy2.mpz(n)
        demand(n % 2 and n % 3 and n > 3, "a step is about a multiple of 2 or 3")
        demand(t * t < 4 * n, "a trace is out of range")
        q, remainder = gmpy2.f_divmod(n + 1 - t, s) if s > 0 else (0, 1)
        demand(remainder == 0, "a cofactor does not divide the order of its curve")
        root = gmpy2.isqrt(gmpy2.isqrt(n)) + 2  # at least N^(1/4) + 1
        demand(q > root * root, "the prime of a step is too small")
        curve = Curve(a, x, y, n)
        demand(curve.is_smooth(), "the curve of a step is singular")
        point = curve.times(gmpy2.mpz(s), curve.point)
        demand(curve.is_finite(point), "the point of a step has too small an order")
        demand(curve.is_zero(curve.times(q, point)), "the point has another order")
        current = q
    demand(current < 2**64 and is_small_prime(int(current)), "the last prime is none")
    return f"elliptic curves in {len(steps)} steps down to {current}"


def _minus(witnesses: list[Any], number: Any, proven: set[int]) -> Any:
    """F1: every prime factor of N is 1 modulo F1."""
    factored = _factored_part(witnesses, number - 1, proven)
    for a, primes in _by_base(witnesses, ("a",)):
        demand(1 < a[0] < min(number, 2**64), "a base is out of range")
        power = gmpy2.powmod(a[0], (number - 1) // _product(primes), number)
        whole = gmpy2.powmod(power, _product(primes), number)
        demand(whole == 1, f"{a[0]}^(N-1) is not 1 modulo N")
        for q, part in _powers(power, primes, lambda x, e: gmpy2.powmod(x, e, number)):
            shown = gmpy2.gcd(part - 1, number) == 1
            demand(shown, f"{a[0]} does not show the prime {_short(q)}")
    return factored


def _plus(
    discriminant: int, witnesses: list[Any], number: Any, proven: set[int]
) -> Any:
    """F2: every prime factor r of N is the symbol (D, r) modulo F2."""
    demand(abs(discriminant) < 2**64, "its discriminant is out of range")
    demand(number % 2 == 1, "its N is even")
    factored = _factored_part(witnesses, number + 1, proven)
    demand(jacobi(discriminant, number) == -1, "(D, N) is not -1")
    for (p, q), primes in _by_base(witnesses, ("P", "Q")):
        demand(max(abs(p), abs(q)) < 2**64, "a Lucas sequence is out of range")
        same = p * p - 4 * q == discriminant
        demand(same, "a Lucas sequence has another discriminant")
        coprime = gmpy2.gcd(2 * q * discriminant, number) == 1
        demand(coprime, "N and 2QD have a common factor")
        ring = Ring(p, q, number)
        power = ring.power(ring.x, (number + 1) // _product(primes))
        whole = ring.power(power, _product(primes))
        demand(whole[1] == 0, f"U_(N+1)({p}, {q}) is not 0 modulo N")
        for prime, part in _powers(power, primes, ring.power):
            shown = gmpy2.gcd(part[1], number) == 1
            demand(shown, f"U({p}, {q}) does not show the prime {_short(prime)}")
    return factored


def _by_base(
    witnesses: list[dict[str, int]], names: tuple[str, ...]
) -> Iterator[tuple[tuple[int, ...], list[int]]]:
    """The primes of each base or sequence."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for witness in witnesses:
        base = tuple(witness[name] for name in names)
        groups.setdefault(base, []).append(witness["q"])
    demand(len(groups) <= MAX_BASES, "it has too many bases")
    yield from groups.items()


def _powers(
    element: Any, primes: list[int], power: Callable[[Any, Any], Any]
) -> Iterator[tuple[int, Any]]:
    """The element to the product of all primes but one, for each of them."""
    if len(primes) == 1:
        yield primes[0], element
        return
    half = len(primes) // 2
    left, right = primes[:half], primes[half:]
    yield from _powers(power(element, _product(right)), left, power)
    yield from _powers(power(element, _product(left)), right, power)


def _factored_part(witnesses: list[Any], whole: Any, proven: set[int]) -> Any:
    """The full powers in `whole` of the primes that have a witness."""
    demand(
        1 <= len(witnesses) <= MAX_WITNESSES, "its number of witnesses is out of range"
    )
    factored = gmpy2.mpz(1)
    seen: set[int] = set()
    for witness in witnesses:
        q = witness["q"]
        demand(q > 1 and (q < 2**64 or q in proven), "a prime factor is out of range")
        demand(q in proven or is_small_prime(q), f"{_short(q)} is no prime")
        demand(q not in seen, f"the prime {_short(q)} occurs twice")
        seen.add(q)
        cofactor, times = gmpy2.remove(whole, q)
        demand(times > 0, f"{_short(q)} does not divide N-1 or N+1")
        factored *= whole // cofactor
    return factored


def _smaller(known: Any, number: Any) -> Any:
    """A divisor of `known`, still above the cube root, that is below N."""
    prime = gmpy2.mpz(2)
    while known >= number:
        while known % prime:
            prime = gmpy2.next_prime(prime)
        known //= prime
    return known


def _product(primes: list[int]) -> Any:
    if len(primes) <= 8:
        product = gmpy2.mpz(1)
        for q in primes:
            product *= q
        return product
    half = len(primes) // 2
    return _product(primes[:half]) * _product(primes[half:])


def _short(q: int) -> str:
    return str(q) if q.bit_length() <= 100 else f"of {q.bit_length()} bits"


THEOREMS: dict[str, Callable[[Certificate, Any, Inner], str]] = {
    "small": small,
    "proth": proth,
    "llr": llr,
    "ll": lucas_lehmer,
    "n-1": pocklington,
    "n+1": morrison,
    "bls75": bls75,
    "ecpp": ecpp,
}

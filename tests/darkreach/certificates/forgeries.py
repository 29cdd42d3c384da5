"""Forged certificates: composites and unproven primes with everything that a forger can
make fit. Each forgery lies in one point and is right in all others, digest included.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from math import gcd, prod
from typing import Any

import gmpy2

from darkreach.certificates.lucas import Ring, jacobi
from tests.darkreach.certificates.sealing import seal, sealed

Certificate = dict[str, Any]
#: What was forged, and the certificate.
Forgery = tuple[str, Certificate]

#: Strong pseudoprimes to the first bases, and Carmichael numbers of three primes.
_STRONG = (2047, 1373653, 25326001, 3215031751, 2152302898747, 3474749660383)
_STRONGER = (341550071728321, 3825123056546413051)


def carmichael_numbers(count: int) -> list[int]:
    """(6j+1)(12j+1)(18j+1) with three prime factors (Chernick 1939)."""
    found: list[int] = []
    j = 1
    while len(found) < count:
        primes = [6 * j + 1, 12 * j + 1, 18 * j + 1]
        if all(gmpy2.is_prime(p) for p in primes):
            found.append(primes[0] * primes[1] * primes[2])
        j += 1
    return found


def pseudoprimes(bound: int) -> list[int]:
    """Odd composites n with 2^(n-1) = 1 modulo n."""
    odd = range(9, bound, 2)
    return [n for n in odd if pow(2, n - 1, n) == 1 and not gmpy2.is_prime(n)]


def primes_of(value: int) -> list[int]:
    found, q = [], 2
    while q * q <= value:
        if value % q == 0:
            found.append(q)
            while value % q == 0:
                value //= q
        q += 1
    return [*found, value] if value > 1 else found


def form(kind: str, k: int, n: int, c: int, **fields: int) -> Certificate:
    """A certificate about k*2^n+c."""
    number = k * 2**n + c
    cert = sealed(kind, number, k=k, b=2, n=n, c=c, **fields)
    return seal(cert | {"expression": f"{k}*2^{n}{c:+d}"})


def small(count: int) -> Iterator[Forgery]:
    """Composites below 2^64 that pass weak tests, and primes above it."""
    for number in (*_STRONG, *_STRONGER, *carmichael_numbers(count)):
        if number < 2**64:
            yield "small: a pseudoprime", sealed("small", number)
    for _ in range(count):
        p, q = (int(gmpy2.next_prime(random.getrandbits(31))) for _ in range(2))
        yield "small: two primes", sealed("small", p * q)
        prime = int(gmpy2.next_prime(2**64 + random.getrandbits(60)))
        yield "small: a prime above 2^64", sealed("small", prime)


def proth(count: int) -> Iterator[Forgery]:
    """k*2^n+1: composite; k > 2^n and a fitting power; a base that is a square."""
    made = 0
    while made < count:
        k, n = random.randrange(1, 999, 2), random.randrange(10, 300)
        number = k * 2**n + 1
        if gmpy2.is_prime(number):
            square = random.randrange(2, 2**20) ** 2 % number
            yield "proth: a square", form("proth", k, n, 1, a=square)
        else:
            yield "proth: composite", form("proth", k, n, 1, a=random.randrange(2, 99))
            made += 1
    for number in (*pseudoprimes(60_000), *carmichael_numbers(count)):
        twos = int(gmpy2.bit_scan1(number - 1))
        k = (number - 1) >> twos
        for a in range(2, 60):
            if pow(a, (number - 1) // 2, number) == number - 1:
                yield "proth: k > 2^n", form("proth", k, twos, 1, a=a)
                break


def llr(count: int) -> Iterator[Forgery]:
    """k*2^n-1: composite with right symbols; prime with wrong ones or another start."""
    made = 0
    while made < count:
        k, n = random.randrange(1, 999, 2), random.randrange(10, 200)
        number = k * 2**n - 1
        good = {
            v: (jacobi(v - 2, number), jacobi(v + 2, number)) == (1, -1)
            for v in range(3, 40)
        }
        if gmpy2.is_prime(number):
            for v in [v for v, fits in good.items() if not fits][:3]:
                yield "llr: wrong Jacobi symbols", form("llr", k, n, -1, v1=v)
        else:
            start = next((v for v, fits in good.items() if fits), 4)
            yield "llr: composite", form("llr", k, n, -1, v1=start)
            made += 1


def mersenne(count: int) -> Iterator[Forgery]:
    """2^p-1 with composite p, or composite itself; and what is no Mersenne number."""
    known = {2, 3, 5, 7, 13, 17, 19, 31, 61, 89, 107, 127, 521, 607, 1279}
    for p in range(4, 4 + count):
        if p not in known:
            yield "ll: composite", sealed("ll", 2**p - 1)
        if gmpy2.is_prime(2**p + 1):
            yield "ll: a Fermat prime", sealed("ll", 2**p + 1)


def minus(bound: int) -> Iterator[Forgery]:
    """Pseudoprimes n whose n-1 has: every witness but one that counts; a composite
    'prime'; a factored part below the root."""
    for n in pseudoprimes(bound):
        shown = [(q, a) for q in primes_of(n - 1) for a in _bases(n, q)[:1]]
        listed = [{"q": q, "a": a} for q, a in shown]
        if listed:
            yield "n-1: too little", sealed("n-1", n, witnesses=listed)
        every = [{"q": q, "a": 2} for q in primes_of(n - 1)]
        yield "n-1: a wrong witness", sealed("n-1", n, witnesses=every)
        for q in range(int(gmpy2.isqrt(n)) + 1, n):
            if (n - 1) % q == 0 and not gmpy2.is_prime(q) and _bases(n, q):
                wrong = [{"q": q, "a": _bases(n, q)[0]}]
                yield "n-1: a composite factor", sealed("n-1", n, witnesses=wrong)
                yield "bls75: a composite factor", _bls75(n, minus=wrong)
                break
    for n in carmichael_numbers(bound // 500):
        every = [{"q": q, "a": 3} for q in primes_of(n - 1)]
        yield "n-1: a Carmichael number", sealed("n-1", n, witnesses=every)
        yield "bls75: a Carmichael number", _bls75(n, minus=every)


def plus(bound: int) -> Iterator[Forgery]:
    """Composites n with sequences for primes of n+1: a discriminant for each q, too
    little of one discriminant, and a composite 'prime'."""
    for n in (10877, 13529, 22577):
        best = {q: s[0] for q in primes_of(n + 1) if (s := _sequences(n, q))}
        part = prod((n + 1) // int(gmpy2.remove(n + 1, q)[0]) for q in best)
        assert (part - 1) ** 2 > n
        mixed = [{"q": q, "P": p, "Q": other} for q, (_, p, other) in best.items()]
        used = {d for d, _, _ in best.values()}
        assert len(used) > 1
        for d in used:
            yield "n+1: mixed", sealed("n+1", n, D=d, witnesses=mixed)
            yield "bls75: mixed", _bls75(n, D=d, plus=mixed)
    for n in range(9, bound, 2):
        if gmpy2.is_prime(n):
            continue
        for q in (n + 1, *primes_of(n + 1)):
            for d, p, other in _sequences(n, q)[:1]:
                witness = [{"q": q, "P": p, "Q": other}]
                what = "too little" if gmpy2.is_prime(q) else "a composite factor"
                yield f"n+1: {what}", sealed("n+1", n, D=d, witnesses=witness)


def curves(good: Certificate, count: int) -> Iterator[Forgery]:
    """A chain of curves cut, in another order, of another number, or with a step that
    is about a composite."""
    steps = good["steps"]
    for cut in range(1, len(steps)):
        yield "ecpp: cut", seal(good | {"steps": steps[:-cut]})
        yield "ecpp: cut", seal(good | {"steps": steps[cut:]})
    number = int(good["N"], 16)
    for j in range(1, count):
        composite = number + 2 * j
        if gmpy2.is_prime(composite):
            continue
        first = [composite, *steps[0][1:]]
        changed = seal(good | {"steps": [first, *steps[1:]]})
        fields = {"N": f"{composite:x}", "expression": str(composite)}
        yield "ecpp: composite", seal(changed | fields)


def strangers(good: list[Certificate]) -> Iterator[Forgery]:
    """Good certificates under the expression, or the number, of another."""
    for one in good:
        for two in good:
            if one["N"] != two["N"]:
                named = seal(one | {"expression": two["expression"]})
                yield f"{one['kind']}: the expression of another", named
                if one["kind"] in ("small", "ll"):
                    continue  # they hold nothing but the number
                moved = one | {"expression": two["expression"], "N": two["N"]}
                yield f"{one['kind']}: the number of another", seal(moved)


def _bls75(n: int, **fields: Any) -> Certificate:
    return sealed(
        "bls75", n, **{"minus": [], "D": 0, "plus": [], "factors": []} | fields
    )


def _bases(n: int, q: int) -> list[int]:
    """Bases that show q | n-1 as if it were prime."""
    powers = ((a, pow(a, (n - 1) // q, n)) for a in range(2, 30))
    return [a for a, x in powers if pow(x, q, n) == 1 and gcd(x - 1, n) == 1]


def _sequences(n: int, q: int) -> list[tuple[int, int, int]]:
    """(D, P, Q) that show q | n+1 as if it were prime."""
    found = []
    for p in range(1, 12):
        for other in (-1, 1, 2, -2, 3):
            d = p * p - 4 * other
            if jacobi(d, n) != -1 or gcd(2 * other * d, n) != 1:
                continue
            ring = Ring(p, other, gmpy2.mpz(n))
            part = ring.power(ring.x, gmpy2.mpz((n + 1) // q))
            if ring.power(part, gmpy2.mpz(q))[1] == 0 and gcd(int(part[1]), n) == 1:
                found.append((d, p, other))
    return found

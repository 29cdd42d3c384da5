"""Checks certificates in the text format of Math::Prime::Util, from its documentation
alone: every step is a theorem "N is prime if the Q are"."""

from __future__ import annotations

from math import gcd, isqrt

import gmpy2


def is_proof(text: str, number: int) -> bool:
    """Whether the text proves this number."""
    head, *steps = text.split("\nType ")
    lines = [line.split() for line in head.splitlines() if line.strip()]
    assert lines[0] == ["[MPU", "-", "Primality", "Certificate]"]
    assert ["Version", "1.0"] in lines and ["Base", "10"] in lines
    if ["N", str(number)] not in lines:
        return False
    shown: dict[int, list[int]] = {}
    for step in steps:
        kind, *rest = step.splitlines()
        fields = dict(line.split() for line in rest if line and line[0] != "-")
        values = {name: int(value) for name, value in fields.items()}
        needed = _STEPS[kind](values)
        if needed is None:
            return False
        shown[values["N"]] = needed
    waiting = [number]
    while waiting:
        n = waiting.pop()
        if n in shown:
            waiting += shown[n]
        elif n >= 2**64 or not gmpy2.is_prime(n):
            return False
    return True


def _small(v: dict[str, int]) -> list[int] | None:
    return [] if v["N"] < 2**64 and gmpy2.is_prime(v["N"]) else None


def _indexed(v: dict[str, int], name: str) -> dict[int, int]:
    return {int(k[2:-1]): x for k, x in v.items() if k.startswith(f"{name}[")}


def _lucas(v: dict[str, int]) -> list[int] | None:
    n, a, primes = v["N"], v["A"], list(_indexed(v, "Q").values())
    rest = n - 1
    for q in primes:
        if pow(a, (n - 1) // q, n) == 1:
            return None
        while rest % q == 0:
            rest //= q
    return primes if rest == 1 and pow(a, n - 1, n) == 1 else None


def _bls5(v: dict[str, int]) -> list[int] | None:
    n = v["N"]
    primes, bases = {0: 2} | _indexed(v, "Q"), _indexed(v, "A")
    f, rest = 1, n - 1
    for place, q in primes.items():
        a = bases.get(place, 2)
        if pow(a, n - 1, n) != 1 or gcd(pow(a, (n - 1) // q, n) - 1, n) != 1:
            return None
        while rest % q == 0:
            rest, f = rest // q, f * q
    s, r = divmod(rest, 2 * f)
    square = r * r - 8 * s
    fits = n < (f + 1) * (2 * f * f + (r - 1) * f + 1) and gcd(f, rest) == 1
    if not fits or (s and square >= 0 and isqrt(square) ** 2 == square):
        return None
    return list(primes.values())


def _bls15(v: dict[str, int]) -> list[int] | None:
    n, q, p, lq = v["N"], v["Q"], v["LP"], v["LQ"]
    m = (n + 1) // q
    fits = (n + 1) % q == 0 and q % 2 and (2 * q - 1) ** 2 > n
    if not fits or gmpy2.jacobi(p * p - 4 * lq, n) != -1:
        return None
    halves = (
        gmpy2.lucasv_mod(p, lq, m // 2, n),
        gmpy2.lucasv_mod(p, lq, (n + 1) // 2, n),
    )
    return [q] if halves[0] != 0 and halves[1] == 0 else None


def _ecpp(v: dict[str, int]) -> list[int] | None:
    n, a, b, m, q, x, y = (v[name] for name in "NABMQXY")
    on_curve = (y * y - x**3 - a * x - b) % n == 0
    smooth = gcd(4 * a**3 + 27 * b * b, n) == 1
    near = (m - n - 1) ** 2 <= 4 * n
    large = q > (isqrt(isqrt(n)) + 2) ** 2 or q**2 > n
    if not (on_curve and smooth and near and large and m % q == 0 and q < m):
        return None
    point = _multiple((x, y), m // q, a, n)
    if point is None or _multiple(point, q, a, n) is not None:
        return None
    return [q]


def _multiple(
    point: tuple[int, int], count: int, a: int, n: int
) -> tuple[int, int] | None:
    """count * point by affine additions; None is the zero. ZeroDivisionError where an
    inverse does not exist: N is composite then."""
    total: tuple[int, int] | None = None
    for bit in bin(count)[2:]:
        total = _added(total, total, a, n)
        if bit == "1":
            total = _added(total, point, a, n)
    return total


def _added(
    one: tuple[int, int] | None, two: tuple[int, int] | None, a: int, n: int
) -> tuple[int, int] | None:
    if one is None or two is None:
        return one or two
    (x1, y1), (x2, y2) = one, two
    if x1 == x2 and (y1 + y2) % n == 0:
        return None
    if one == two:
        slope = (3 * x1 * x1 + a) * int(gmpy2.invert(2 * y1, n)) % n
    else:
        slope = (y2 - y1) * int(gmpy2.invert(x2 - x1, n)) % n
    x3 = (slope * slope - x1 - x2) % n
    return x3, (slope * (x1 - x3) - y1) % n


_STEPS = {
    "Small": _small,
    "Lucas": _lucas,
    "BLS5": _bls5,
    "BLS15": _bls15,
    "ECPP": _ecpp,
}

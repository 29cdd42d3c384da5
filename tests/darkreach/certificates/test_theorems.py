"""The verifier's theorems against composites that do their best, and its arithmetic
against slow obvious twins."""

from __future__ import annotations

import json
import random
from math import gcd, lcm
from typing import Any

import gmpy2
import pytest

from darkreach.certificates.elliptic import Curve
from darkreach.certificates.lucas import Ring, jacobi
from darkreach.certificates.residue_class import divisors_in_class
from darkreach.certificates.verify import verify
from tests.darkreach.certificates.sealing import certificate_of, seal, sealed


def test_divisors_in_a_class_are_all_found() -> None:
    random.seed(11)
    smooth = [720720, 360360 * 7, 1081080, 2**10 * 3**5 * 25]
    hits = tried = 0
    while tried < 4000:
        n = random.choice([random.randrange(2, 3000), random.choice(smooth) + 0])
        root = int(gmpy2.iroot(n, 3)[0]) + 1
        s = random.randrange(root, 4 * root + 10)
        r = random.randrange(1, max(s, 2))
        if s < 2 or gcd(n * r, s) != 1:
            continue
        tried += 1
        expected = {d for d in range(r, n + 1, s) if n % d == 0}
        found = divisors_in_class(gmpy2.mpz(n), gmpy2.mpz(r), gmpy2.mpz(s))
        assert found == expected, (n, r, s)
        hits += bool(expected)
    assert hits > 500


@pytest.mark.parametrize("bad", [(91, 0, 8), (91, 9, 8), (1001, 2, 8), (91, 4, 8)])
def test_parameters_outside_the_theorem_are_refused(bad: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="theorem"):
        divisors_in_class(*map(gmpy2.mpz, bad))


def prime_factors(value: int) -> list[int]:
    return [q for q in range(2, value + 1) if value % q == 0 and gmpy2.is_prime(q)]


def minus_witnesses(n: int) -> list[dict[str, int]]:
    """Every prime of n-1 that some base shows, with that base."""
    found = []
    for q in prime_factors(n - 1):
        for a in range(2, 40):
            power = pow(a, (n - 1) // q, n)
            if 1 < a < n and pow(power, q, n) == 1 and gcd(power - 1, n) == 1:
                found.append({"q": q, "a": a})
                break
    return found


def plus_witnesses(n: int) -> tuple[int, list[dict[str, int]]]:
    """The discriminant and sequences that show the most primes of n+1."""
    best: tuple[int, list[dict[str, int]]] = (0, [])
    for d in (5, 8, 12, 13, 17, 20, 21, 24, 28, 29):
        if jacobi(d, n) != -1:
            continue
        found = []
        for prime in prime_factors(n + 1):
            for p in range(d % 2, 40, 2):
                q = (p * p - d) // 4
                ring = Ring(p, q, gmpy2.mpz(n))
                part = ring.power(ring.x, gmpy2.mpz((n + 1) // prime))
                whole = ring.power(part, gmpy2.mpz(prime))
                usable = gcd(2 * q * d, n) == 1
                if usable and whole[1] == 0 and gcd(int(part[1]), n) == 1:
                    found.append({"q": prime, "P": p, "Q": q})
                    break
        if len(found) > len(best[1]):
            best = (d, found)
    return best


def test_no_composite_has_a_certificate_from_its_neighbours() -> None:
    """All odd numbers up to a bound, with every witness there is: exactly primes get
    through, and they do when enough is factored."""
    passed = 0
    for n in range(9, 1600, 2):
        minus = minus_witnesses(n)
        d, plus = plus_witnesses(n)
        for first, second in ((minus, plus), (minus, []), ([], plus)):
            cert = sealed(
                "bls75", n, minus=first, D=d if second else 0, plus=second, factors=[]
            )
            verdict = verify(cert)
            assert not verdict.valid or gmpy2.is_prime(n), (n, cert)
            passed += verdict.valid
    assert passed > 600


def test_a_part_below_the_cube_root_is_too_small() -> None:
    good = certificate_of("(10^45+666)*10^43+1")
    assert good["kind"] == "bls75"
    n = int(good["N"], 16)
    for left_out in range(len(good["minus"])):
        witnesses = good["minus"][:left_out] + good["minus"][left_out + 1 :]
        part = lcm(*(_power(n - 1, w["q"]) for w in witnesses)) if witnesses else 1
        verdict = verify(seal(good | {"minus": witnesses}))
        assert verdict.valid == (part**3 > n)


def _power(whole: int, q: int) -> int:
    power = 1
    while whole % (power * q) == 0:
        power *= q
    return power


def test_factors_above_64_bits_need_certificates_of_their_own() -> None:
    good = certificate_of("2^200+235")
    assert good["kind"] == "bls75"
    assert len(good["factors"]) == 1
    assert verify(good).valid
    assert not verify(seal(good | {"factors": []})).valid
    other = certificate_of("2^127-1")
    assert not verify(seal(good | {"factors": [other]})).valid
    assert not verify(seal(good | {"factors": [*good["factors"], other]})).valid
    inner = json.loads(json.dumps(good["factors"][0]))
    inner["N"] = good["N"]
    assert not verify(seal(good | {"factors": [seal(inner)]})).valid
    many = seal(good | {"factors": good["factors"] * 5})
    assert "too long" in verify(many).reason
    nested: Any = good
    for _ in range(20):
        nested = seal(good | {"factors": [nested]})
    assert not verify(nested).valid


def test_mersenne_certificates_need_a_prime_and_its_exponent() -> None:
    good = certificate_of("2^127-1")
    assert good["kind"] == "ll"
    assert verify(good).valid
    for number in (2**11 - 1, 2**67 - 1, 2**9 - 1, 2**127 - 3, 2**89 + 1, 3):
        assert not verify(sealed("ll", number)).valid
    assert verify(sealed("ll", 2**89 - 1)).valid


def test_curves_add_as_they_do_with_divisions() -> None:
    random.seed(12)
    for p in (1009, 10007, 2**61 - 1):
        for _ in range(30):
            a, x, y = (random.randrange(p) for _ in range(3))
            curve = Curve(a, x, y, p)
            if not curve.is_smooth():
                continue
            count = random.randrange(1, 200)
            expected = affine_multiple(count, (x, y), a, p)
            got = curve.times(gmpy2.mpz(count), curve.point)
            if expected is None:
                assert curve.is_zero(got) or all(c == 0 for c in got)
            elif got[2]:
                inverse = pow(int(got[2]), -1, p)
                shown = got[0] * inverse**2 % p, got[1] * inverse**3 % p
                assert shown == expected


def affine_multiple(
    count: int, point: tuple[int, int], a: int, p: int
) -> tuple[int, int] | None:
    total = None
    for _ in range(count):
        total = affine_sum(total, point, a, p)
    return total


def affine_sum(
    one: tuple[int, int] | None, two: tuple[int, int], a: int, p: int
) -> tuple[int, int] | None:
    if one is None:
        return two
    (x1, y1), (x2, y2) = one, two
    if x1 == x2 and (y1 + y2) % p == 0:
        return None
    if one == two:
        slope = (3 * x1 * x1 + a) * pow(2 * y1, -1, p)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, p)
    x = (slope * slope - x1 - x2) % p
    return x, (slope * (x1 - x) - y1) % p


def test_elliptic_certificates_with_anything_changed_are_refused() -> None:
    good = certificate_of("(2^313+1)/3")
    assert good["kind"] == "ecpp"
    assert verify(good).valid
    random.seed(13)
    for _ in range(200):
        steps = json.loads(json.dumps(good["steps"]))
        step = random.choice(steps)
        place = random.randrange(6)
        change = random.choice((-1, 1, 2, step[2], step[0]))
        if place < 4:
            step[place] += change
        else:
            step[4][place - 4] += change
        if place >= 3 and change == step[0]:
            continue  # the same point or curve modulo N
        if place >= 4 and good["steps"][steps.index(step)][3] == 0:
            continue  # one of the six curves with a = 0, maybe as good a one
        assert not verify(seal(good | {"steps": steps})).valid, (place, change)
    for steps in ([], good["steps"][1:], good["steps"][:-1], good["steps"][::-1]):
        assert not verify(seal(good | {"steps": steps})).valid
    composite = int(good["N"], 16) + 2
    fields = {"N": f"{composite:x}", "expression": str(composite)}
    assert not verify(seal(good | fields)).valid

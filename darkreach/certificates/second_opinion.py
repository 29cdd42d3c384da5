"""A probable-prime check of a certified number that knows nothing of its certificate:
the Baillie-PSW test and strong tests to two bases that the certificate does not use.

gmpy2 keeps Python's lock during its own test, so for large numbers the same test is
made from gmpy2.powmod, which does not, and a Lucas test in steps.
"""

from __future__ import annotations

from typing import Any

import gmpy2

from darkreach.certificates.lucas import jacobi, lucas_u

# gmpy2.is_prime takes up to about half a second here.
_ONE_CALL_BITS = 8_000
_EXACT_BITS = 64


def name(bases: tuple[int, ...]) -> str:
    """What is written down as the second verifier."""
    program = f"gmpy2 {gmpy2.version()} ({gmpy2.mp_version()})"
    if not bases:
        return f"{program}: Baillie-PSW, exact below 2^64"
    listed = " and ".join(str(base) for base in bases)
    return f"{program}: Baillie-PSW, strong probable prime to bases {listed}"


def bases(number: Any, certificate: dict[str, Any]) -> tuple[int, ...]:
    """Two primes that the certificate does not use as a base and that are not the base
    of the form; none below 2^64, where Baillie-PSW is exact."""
    if number.bit_length() <= _EXACT_BITS:
        return ()
    used = {witness.get("a") for witness in certificate.get("witnesses", [])}
    used |= {certificate.get("a"), certificate.get("b"), 2}
    found: list[int] = []
    prime = 3
    while len(found) < 2:
        if prime not in used:
            found.append(prime)
        prime = int(gmpy2.next_prime(prime))
    return tuple(found)


def agrees(number: Any, strong_bases: tuple[int, ...]) -> bool:
    """Whether no sign of compositeness is found; number >= 2."""
    if number.bit_length() <= _ONE_CALL_BITS:
        first = bool(gmpy2.is_prime(number))
    else:
        first = is_strong_probable_prime(number, 2) and is_lucas_probable_prime(number)
    return first and all(is_strong_probable_prime(number, a) for a in strong_bases)


def is_strong_probable_prime(number: Any, base: int) -> bool:
    """The strong test of an odd number > base."""
    twos = gmpy2.bit_scan1(number - 1)
    x = gmpy2.powmod(base, (number - 1) >> twos, number)
    if x == 1:
        return True
    for _ in range(twos - 1):
        if x == number - 1:
            return True
        x = x * x % number
    return bool(x == number - 1)


def is_lucas_probable_prime(number: Any) -> bool:
    """The Lucas test with Selfridge's parameters: P = 1, Q = (1 - D)/4 for the first D
    of 5, -7, 9, -11, ... with Jacobi symbol -1."""
    if number % 2 == 0 or gmpy2.is_square(number):
        return False
    size, sign = 5, 1
    while (symbol := jacobi(sign * size, number)) != -1:
        if symbol == 0 and size < number:
            return False
        size, sign = size + 2, -sign
    q = (1 - sign * size) // 4
    return bool(lucas_u(1, q, number + 1, number) == 0)

"""Prime factors of the small numbers inside a formula (k, b) and of small composites:
trial division, then Pollard's rho method (Brent's variant of 1980) with a bound.
"""

from __future__ import annotations

from math import gcd, isqrt

import gmpy2

TRIAL_LIMIT = 2000
# Finds every factor below about 2^34, so it factors everything below 2^64, in well
# under a second.
_RHO_STEPS = 1 << 18
_BATCH = 128
# Up to here gmpy2.is_prime is a proof (no composite passes Baillie-PSW).
EXACT_BITS = 64


def prime_factors(value: int) -> tuple[dict[int, int], int]:
    """The primes below 2^64 found in a number >= 1, with exponents, and the cofactor
    that is left: 1 when the factorisation is complete."""
    found: dict[int, int] = {}
    prime = 2
    while prime <= TRIAL_LIMIT and value > 1:
        while value % prime == 0:
            found[prime] = found.get(prime, 0) + 1
            value //= prime
        prime = int(gmpy2.next_prime(prime))
    left = 1
    waiting = [value] if value > 1 else []
    while waiting:
        part = waiting.pop()
        if part.bit_length() <= EXACT_BITS and gmpy2.is_prime(part):
            found[part] = found.get(part, 0) + 1
        elif gmpy2.is_prime(part) or (divisor := _rho(part)) is None:
            left *= part
        else:
            waiting += [divisor, part // divisor]
    return found, left


def least_factor(value: int) -> int:
    """The least prime factor of a composite below 2^64."""
    return min(prime_factors(value)[0])


def _rho(value: int) -> int | None:
    """A proper divisor of a composite, or None when the bound is reached."""
    root = isqrt(value)
    if root * root == value:
        return root
    # Below 2^64 it must succeed, and does; above, a step has time for one try.
    for shift in (1, 3, 5) if value.bit_length() <= EXACT_BITS else (1,):
        divisor = _rho_walk(value, shift)
        if divisor is not None:
            return divisor
    return None


def _rho_walk(value: int, shift: int) -> int | None:
    fast, leap, steps = 2, 1, 0
    while steps < _RHO_STEPS:
        slow = fast
        for _ in range(leap):
            fast = (fast * fast + shift) % value
        done = 0
        while done < leap:
            before, product = fast, 1
            count = min(_BATCH, leap - done)
            for _ in range(count):
                fast = (fast * fast + shift) % value
                product = product * abs(slow - fast) % value
            divisor = gcd(product, value)
            if divisor > 1:
                return _single_steps(value, shift, slow, before)
            done += count
            steps += count
        leap *= 2
    return None


def _single_steps(value: int, shift: int, slow: int, fast: int) -> int | None:
    """Go through a batch again that holds a divisor, one step at a time."""
    while True:
        fast = (fast * fast + shift) % value
        divisor = gcd(slow - fast, value)
        if divisor > 1:
            return divisor if divisor < value else None

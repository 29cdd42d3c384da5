"""Test proof or second test: which makes a composite believable for less.

All costs are parts of one test of the number, measured (docs/verification.md): a middle
takes the prover about `_POWER` squarings for each of 2^power points, the verifier folds
for `_FOLD` squarings a level and then computes n/2^power of them. A second test costs a
whole one, and no bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

from darkreach.arithmetic import Number
from darkreach.checks import low_order

#: Squarings for one power with a 64-bit challenge, and for the two of a level.
_POWER, _FOLD = 115.0, 240.0
#: Below this size, calls and conversions cost more than the squarings they save.
LEAST_BITS = 50_000
#: Points of a proof are kept in memory while the test runs.
MOST_MEMORY = 64 * 2**20
POWERS = range(3, 11)

PROOF, DOUBLE_CHECK = "proof", "double check"


@dataclass(frozen=True)
class Cost:
    """Of a proof of 2^power points; times in tests of the same number."""

    power: int
    proving: float
    verifying: float
    #: Kept by the worker while it tests, and sent at the end.
    bytes_kept: int
    bytes_sent: int

    @property
    def together(self) -> float:
        return self.proving + self.verifying


@dataclass(frozen=True)
class Choice:
    """What a number should get, and why; power 0 is a second test."""

    method: str
    power: int
    reason: str


def cost(bits: int, power: int) -> Cost:
    """Of a test of about `bits` squarings."""
    count, size = 1 << power, -(-bits // 8)
    proving = _POWER * (count - power - 1) / bits
    verifying = (_FOLD * power + bits / count) / bits
    return Cost(power, proving, verifying, size * count, size * (power + 1))


def best(bits: int, memory: int = MOST_MEMORY) -> Cost:
    """The proof that costs least, of those whose points fit the memory."""
    costs = [cost(bits, power) for power in POWERS]
    fitting = [each for each in costs if each.bytes_kept <= memory]
    return min(fitting or costs[:1], key=lambda each: each.together)


def choose(number: Number, memory: int = MOST_MEMORY) -> Choice:
    """Proof or second test for this number."""
    bits = number.bits
    if bits < LEAST_BITS:
        return Choice(DOUBLE_CHECK, 0, f"{bits} bits are too few for a proof to pay")
    if low_order.exponent(number) is None:
        return Choice(DOUBLE_CHECK, 0, "N-1 has too many small prime factors")
    cheapest = best(bits, memory)
    reason = f"{cheapest.together:.1%} of a test"
    return Choice(PROOF, cheapest.power, reason)

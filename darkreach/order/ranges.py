"""The values of one variable of an order: `A:B` (both ends count), `A:B:STEP`, `A,B,C`,
whose numbers may be written 1e6.

The variable p takes only the primes of its range. Values are distinct and ascending,
and one set of values has one canonical text, however it was written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

import gmpy2
import numpy as np
from numpy.typing import NDArray

from darkreach.errors import OrderError
from darkreach.expression.numerals import in_digits

#: Most digits of a number in a range, and most numbers of a list.
MOST_DIGITS = 18
LONGEST_LIST = 100_000
#: Most values of a range; as many as an order has positions at most.
MOST_VALUES = 10**8
#: Largest end of a range of primes.
LARGEST_PRIME = 10**8

_LONGEST_TEXT = 20 * LONGEST_LIST
_STEPPED = re.compile(r"([0-9]+):([0-9]+)(?::([0-9]+))?")
_LISTED = re.compile(r"[0-9]+(,[0-9]+)*")
_HOW = "write A:B, A:B:STEP or A,B,C"

Values = range | NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Range:
    """The values and their canonical text; never empty."""

    values: Values
    text: str

    @classmethod
    def parse(cls, variable: str, text: str) -> Range:
        """OrderError if the text is no range, empty, reversed or too long."""
        plain = _plain(variable, text)
        stepped = _STEPPED.fullmatch(plain)
        values = _progression(variable, stepped) if stepped else _list(variable, plain)
        if variable == "p":
            primes = _primes_among(values)
            if isinstance(values, np.ndarray) and primes.size < values.size:
                other = next(v for v in values.tolist() if v not in primes)
                raise OrderError(f"p stands for primes, and {other} is not prime")
            if not primes.size:
                raise OrderError(f"no prime is in the range p = {plain[:60]}")
            return cls(primes, _text_of_primes(primes, stepped is not None))
        return cls(_as_progression(values), _text(values))

    def __len__(self) -> int:
        return len(self.values)

    @property
    def first(self) -> int:
        return int(self.values[0])

    @property
    def last(self) -> int:
        return int(self.values[-1])

    def at(self, position: int) -> int:
        return int(self.values[position])

    def take(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """The values at these positions."""
        if isinstance(self.values, range):
            return self.values.start + self.values.step * positions
        return self.values[positions]

    def all(self) -> NDArray[np.int64]:
        return self.take(np.arange(len(self), dtype=np.int64))

    def find(self, value: int) -> int | None:
        """The position of a value; None if it is not in the range."""
        if isinstance(self.values, range):
            return self.values.index(value) if value in self.values else None
        if not self.first <= value <= self.last:
            return None
        position = int(np.searchsorted(self.values, value))
        return position if self.at(position) == value else None

    def parities(self) -> set[int]:
        """0, 1 or both: the remainders of the values modulo 2."""
        if isinstance(self.values, range):
            return {value & 1 for value in self.values[:2]}
        return set(np.unique(self.values & 1).tolist())


def _plain(variable: str, text: str) -> str:
    if not isinstance(text, str) or len(text) > _LONGEST_TEXT:
        raise OrderError(f"the range of {variable} is no short text; {_HOW}")
    plain = in_digits(re.sub(r"[ \t]", "", text))
    shown = repr(text[:40])
    if "-" in plain:
        raise OrderError(f"the range {shown} of {variable} has a negative number")
    if not (_STEPPED.fullmatch(plain) or _LISTED.fullmatch(plain)):
        raise OrderError(f"the range {shown} of {variable} is not understood; {_HOW}")
    if any(len(digits) > MOST_DIGITS for digits in re.findall("[0-9]+", plain)):
        raise OrderError(
            f"a number in the range of {variable} has more than {MOST_DIGITS} digits; "
            "put large constants into the expression"
        )
    return plain


def _progression(variable: str, match: re.Match[str]) -> range:
    first, last, step = (int(group or 1) for group in match.groups())
    if step == 0:
        raise OrderError(f"the step of the range of {variable} is 0; 1 is the smallest")
    if last < first:
        raise OrderError(
            f"the range {first}:{last} of {variable} is empty or reversed; "
            "write the smaller end first"
        )
    values = range(first, last + 1, step)
    if len(values) > MOST_VALUES:
        raise OrderError(_too_many(variable, len(values)))
    return values


def _too_many(variable: str, count: int) -> str:
    return f"{variable} has {count} values; an order has at most {MOST_VALUES}"


def _list(variable: str, plain: str) -> NDArray[np.int64]:
    numbers = [int(digits) for digits in plain.split(",")]
    if len(numbers) > LONGEST_LIST:
        raise OrderError(
            f"the list of {variable} has {len(numbers)} numbers, at most "
            f"{LONGEST_LIST} are read; {_HOW}"
        )
    return np.unique(np.array(numbers, dtype=np.int64))


def _as_progression(values: Values) -> Values:
    """A list that is a progression as a range."""
    if isinstance(values, range):
        return values
    step = _common_step(values)
    whole = range(int(values[0]), int(values[-1]) + 1, step)
    return whole if len(whole) == values.size else values


def _text(values: Values) -> str:
    values = _as_progression(values)
    if isinstance(values, range):
        step = "" if values.step == 1 or len(values) == 1 else f":{values.step}"
        return f"{values[0]}:{values[-1]}{step}"
    return ",".join(map(str, values.tolist()))


def _text_of_primes(primes: NDArray[np.int64], complete: bool) -> str:
    """All primes between the ends, or all of a progression, or the list of them.
    Complete: they are known to be all primes of some progression."""
    first, last, step = int(primes[0]), int(primes[-1]), _common_step(primes)
    if (complete and step <= 2) or _are_consecutive(primes):
        return f"{first}:{last}"
    if complete or _are_all_of(primes, step):
        return f"{first}:{last}:{step}"
    return ",".join(map(str, primes.tolist()))


def _are_consecutive(primes: NDArray[np.int64]) -> bool:
    return all(gmpy2.next_prime(int(p)) == int(q) for p, q in pairwise(primes))


def _are_all_of(primes: NDArray[np.int64], step: int) -> bool:
    """Whether no prime of the progression is left out; stops at the first that is."""
    known = set(primes.tolist())
    between = range(int(primes[0]), int(primes[-1]), step)
    return all(n in known for n in between if gmpy2.is_prime(n))


def _common_step(values: NDArray[np.int64]) -> int:
    return int(np.gcd.reduce(np.diff(values))) or 1


def _primes_among(values: Values) -> NDArray[np.int64]:
    last = int(values[-1])
    if last > LARGEST_PRIME:
        raise OrderError(f"p goes up to {LARGEST_PRIME} at most, not to {last}")
    if len(values) <= LONGEST_LIST:
        few = [int(value) for value in values if gmpy2.is_prime(int(value))]
        return np.array(few, dtype=np.int64)
    assert isinstance(values, range)
    primes = _primes_to(last)
    primes = primes[np.searchsorted(primes, values.start) :]
    wanted: NDArray[np.bool_] = (primes - values.start) % values.step == 0
    return primes[wanted]


def _primes_to(last: int) -> NDArray[np.int64]:
    """Eratosthenes over the odd numbers: entry i stands for 2*i+1."""
    odd = np.ones((last + 1) // 2, dtype=bool)
    odd[:1] = False
    for i in range(1, (int(gmpy2.isqrt(last)) + 1) // 2):
        if odd[i]:
            odd[2 * i * (i + 1) :: 2 * i + 1] = False
    return np.concatenate(
        [np.array([2], dtype=np.int64), 2 * np.flatnonzero(odd).astype(np.int64) + 1]
    )

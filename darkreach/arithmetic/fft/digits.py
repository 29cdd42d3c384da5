"""Integers as balanced digits in an irrational base, and back.

The base of k*b^n + c is the length-th root of k*b^n: with L = n + log_b(k), digit j
stands for b^e(j), e(j) = ceil(j*L/length). A residue is held as value/k, and the words
of the transform are digits times b^(e(j) - j*L/length), in [1, b).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import gmpy2
import numpy as np
from numpy.typing import NDArray

#: Bits behind the binary point in which j*L/length is computed.
_POINT = 128
#: Of two neighbours this near to an integer, both are taken as the integer.
_NEAR = 2.0**-40
#: Digits below it stay below 2^62 at any place of a limb.
_SMALL_DIGIT = 1 << 31
#: More than sums of small digits in one limb, of either sign, and far below 2^63.
_BIAS = 1 << 50


class Digits:
    """The digits of k*b^n + c at one length; weights and bases for tables."""

    def __init__(self, k: int, b: int, n: int, c: int, length: int) -> None:
        self.k, self.b, self.n, self.c, self.length = k, b, n, c, length
        self.number = gmpy2.mpz(k) * gmpy2.mpz(b) ** n + c
        self.inverse = gmpy2.invert(k, self.number) if k > 1 else gmpy2.mpz(1)
        self.exponents, self.fractions, self.per_word = self._places()
        #: Exponents of the bases: b^powers[j] is the base of digit j.
        self.powers = np.minimum(np.diff(self.exponents), 127).astype(np.int8)

    def _places(self) -> tuple[NDArray[np.int64], NDArray[np.float64], float]:
        """e(j) for j <= length; e(j) - j*L/length for j < length; L/length."""
        with gmpy2.context(precision=300):
            high = self.n + gmpy2.log2(self.k) / gmpy2.log2(self.b)
            step = int(gmpy2.rint_round(high * 2**_POINT / self.length))
        near = int(_NEAR * 2**_POINT)
        count = self.length + 1
        # step = s0 + s1*2^32 + ...; j*step by limbs of 32 bits, in whole arrays.
        j = np.arange(count, dtype=np.uint64)
        carry, below = np.zeros(count, dtype=np.uint64), np.zeros(count)
        offset = (1 << _POINT) - 1 - near
        for limb in range(_POINT // 32):
            carry += j * np.uint64(step >> 32 * limb & 0xFFFFFFFF)
            carry += np.uint64(offset >> 32 * limb & 0xFFFFFFFF)
            low = carry & np.uint64(0xFFFFFFFF)
            below += low.astype(float) * 2.0 ** (32 * limb - _POINT)
            carry >>= np.uint64(32)
        # What lies above the point of j*step + offset is e(j); below: 1 - near - gap.
        exponents = carry + j * np.uint64(step >> _POINT)
        fractions = (1.0 - _NEAR) - below
        return exponents.astype(np.int64), fractions[:-1], step / 2.0**_POINT

    @cached_property
    def _middle(self) -> Any:
        """sum of floor(base/2) * b^e(j), over all digits."""
        return self._integer(self._halves.astype(np.int64))

    @cached_property
    def _halves(self) -> NDArray[np.int32]:
        bases = np.array([self.b**p // 2 for p in range(int(self.powers.max()) + 1)])
        halves = bases.astype(np.int32)[self.powers]
        halves[-1] = 0
        return halves

    def split(self, value: Any) -> NDArray[np.float64]:
        """Balanced digits of value/k: adding half a base everywhere and taking it off
        again digit by digit balances them without a carry."""
        # value/k modulo N is a whole number of the form (value + t*N)/k; N = c mod k.
        times = -self.c * value % self.k
        scaled = (value + times * self.number) // self.k + self._middle
        digits = self._bits(scaled) if self.b == 2 else self._powers(scaled)
        return (digits - self._halves).astype(np.float64)

    def _bits(self, value: Any) -> NDArray[np.int64]:
        """Unbalanced digits for b = 2, out of windows of 64 bits; the last takes all
        that is left."""
        raw = gmpy2.to_binary(value)[2:] if value else b""
        size = int(self.exponents[-1]) // 8 + 16
        data = np.frombuffer(raw.ljust(size, b"\0"), dtype=np.uint8)
        start = self.exponents[:-1]
        window = np.zeros(self.length, dtype=np.uint64)
        for byte in range(8):
            window |= data[(start >> 3) + byte].astype(np.uint64) << np.uint64(8 * byte)
        window >>= (start & 7).astype(np.uint64)
        taken = self.powers.astype(np.uint64)
        taken[-1] = 48
        mask = (np.uint64(1) << taken) - np.uint64(1)
        return (window & mask).astype(np.int64)

    def _powers(self, value: Any) -> NDArray[np.int64]:
        """Unbalanced digits for any b, by halves."""
        out = np.zeros(self.length, dtype=np.int64)
        exponents = self.exponents.tolist()
        pending = [(value, 0, self.length)]
        powers: dict[int, Any] = {}
        while pending:
            part, first, end = pending.pop()
            if end - first == 1:
                out[first] = int(part)
                continue
            middle = (first + end) // 2
            power = exponents[middle] - exponents[first]
            if power not in powers:
                powers[power] = gmpy2.mpz(self.b) ** power
            high, low = gmpy2.f_divmod(part, powers[power])
            pending += [(low, first, middle), (high, middle, end)]
        return out

    def _integer(self, digits: NDArray[np.int64]) -> Any:
        """sum of digit(j) * b^e(j) for digits of any sign below 2^62."""
        if self.b == 2 and int(np.abs(digits).max()) < _SMALL_DIGIT:
            return self._binary(digits)
        return self._by_pairs(digits)

    def _binary(self, digits: NDArray[np.int64]) -> Any:
        """The same for b = 2 and small digits: added up in limbs of 32 bits, whose
        sums are made positive so that every other one fits 64 bits of a long integer.
        """
        places, shifts = self._limbs
        moved = digits << shifts
        sums = np.full(int(places[-1]) // 2 * 2 + 4, _BIAS, dtype=np.int64)
        np.add.at(sums, places, moved & 0xFFFFFFFF)
        np.add.at(sums, places + 1, moved >> 32)
        even, odd = (
            gmpy2.from_binary(b"\x01\x01" + sums[start::2].tobytes())
            for start in (0, 1)
        )
        every = gmpy2.mpz(1) << 32 * len(sums)
        return even + (odd << 32) - _BIAS * ((every - 1) // 0xFFFFFFFF)

    @cached_property
    def _limbs(self) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
        """For each digit, its limb of 32 bits and its place in it."""
        start = self.exponents[:-1]
        return (start >> 5).astype(np.int32), (start & 31).astype(np.int8)

    def _by_pairs(self, digits: NDArray[np.int64]) -> Any:
        """The same for any b and any digits, by joining neighbours."""
        exponents = self.exponents[:-1].tolist()
        values = [gmpy2.mpz(digit) for digit in digits.tolist()]
        powers: dict[int, Any] = {}
        while len(values) > 1:
            joined, starts = [], []
            for i in range(0, len(values) - 1, 2):
                power = exponents[i + 1] - exponents[i]
                if self.b == 2:
                    joined.append(values[i] + (values[i + 1] << power))
                else:
                    if power not in powers:
                        powers[power] = gmpy2.mpz(self.b) ** power
                    joined.append(values[i] + values[i + 1] * powers[power])
                starts.append(exponents[i])
            if len(values) % 2:
                joined.append(values[-1])
                starts.append(exponents[-1])
            values, exponents = joined, starts
        return values[0]

    def join(self, digits: NDArray[np.float64]) -> Any:
        """The residue 0 <= value < k*b^n + c of digits that may be out of balance."""
        return self._integer(digits.astype(np.int64)) * self.k % self.number

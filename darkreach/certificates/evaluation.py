"""The verifier's own reader of expressions: integers, + - * / ^ ! #, parentheses, with
a bound on the size of what it computes. A sum may begin with a minus, as in (-2)^7; the
whole must not be negative. A division must leave no remainder; n# is the product of the
primes up to n.
"""

from __future__ import annotations

import re
from typing import Any

import gmpy2

from darkreach.errors import CertificateError

_TOKEN = re.compile(r"\d+|[-+*/^!#()]")
MAX_LENGTH = 10_000
_DEEPEST = 50


def evaluate(text: Any, max_bits: int) -> Any:
    """The value; CertificateError when it cannot be read or is too large."""
    if not isinstance(text, str):
        raise CertificateError("its expression is no text")
    if len(text) > MAX_LENGTH:
        raise CertificateError("its expression is too long")
    if not text.isascii() or _TOKEN.sub("", text):
        raise CertificateError("its expression holds something that is no number")
    reader = _Reader(_TOKEN.findall(text), max_bits)
    value = reader.sum()
    if reader.rest:
        raise CertificateError("its expression does not end where it should")
    if value < 0:
        raise CertificateError("its expression is a negative number")
    if value.bit_length() > max_bits:
        raise CertificateError(f"its number has more than {max_bits} bits")
    return value


class _Reader:
    def __init__(self, tokens: list[str], max_bits: int) -> None:
        self.rest = tokens[::-1]
        self.max_bits = max_bits
        self.depth = 0

    def sum(self) -> Any:
        negative = self._next() == "-"
        if negative:
            self.rest.pop()
        value = self._product()
        if negative:
            value = -value
        while self._next() in ("+", "-"):
            sign = self.rest.pop()
            other = self._product()
            value = value + other if sign == "+" else value - other
        return value

    def _product(self) -> Any:
        value = self._power()
        while self._next() in ("*", "/"):
            sign = self.rest.pop()
            other = self._power()
            self._bound(value.bit_length() + other.bit_length())
            if sign == "*":
                value *= other
            elif other == 0 or value % other:
                raise CertificateError("its expression is no whole number")
            else:
                value //= other
        return value

    def _power(self) -> Any:
        base = self._products()
        if self._next() != "^":
            return base
        self.rest.pop()
        exponent = self._products()
        if self._next() == "^":
            raise CertificateError("a tower of powers needs parentheses")
        if exponent < 0:
            raise CertificateError("its expression has a negative exponent")
        # The power has at least so many bits, and at most about twice as many.
        self._bound(max(base.bit_length() - 1, 0) * exponent)
        self._bound(exponent)
        return base ** int(exponent)

    def _products(self) -> Any:
        """An atom with a factorial or primorial sign, or without."""
        value = self._atom()
        if self._next() not in ("!", "#"):
            return value
        sign = self.rest.pop()
        step = self._step() if sign == "!" else 1
        if value < 0 or step < 1 or self._next() in ("!", "#"):
            raise CertificateError("its expression has a factorial that cannot be read")
        if sign == "#":
            self._bound(3 * value // 2)
            return gmpy2.primorial(int(value))
        # n!step has about n/step factors, and their mean is below 0.8 n.
        self._bound((value // step + 1) * max(value.bit_length() - 1, 1))
        return gmpy2.multi_fac(int(value), step)

    def _step(self) -> int:
        """2 of n!! and n!2, k of n!k."""
        step = 1
        while self._next() == "!":
            self.rest.pop()
            step += 1
        if step == 1 and self._next().isdigit():
            digits = self.rest.pop()
            step = int(digits) if len(digits) <= 9 else 0
        return step

    def _atom(self) -> Any:
        token = self.rest.pop() if self.rest else ""
        if token.isdigit():
            self._bound(3 * len(token))
            return gmpy2.mpz(token)
        if token != "(" or self.depth == _DEEPEST:
            raise CertificateError("its expression cannot be read")
        self.depth += 1
        value = self.sum()
        self.depth -= 1
        if not self.rest or self.rest.pop() != ")":
            raise CertificateError("its expression has unbalanced parentheses")
        return value

    def _next(self) -> str:
        return self.rest[-1] if self.rest else ""

    def _bound(self, bits: Any) -> None:
        # A number on the way may be longer than N: (2^61+1)/3.
        if bits > 2 * self.max_bits + 4096:
            raise CertificateError(f"its number has more than {self.max_bits} bits")

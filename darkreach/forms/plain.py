"""Any other number without variables. It is built only where nothing less will do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import gmpy2

from darkreach.expression import (
    Dialect,
    Node,
    evaluate,
    evaluate_mod,
    length,
    magnitude,
    show,
)
from darkreach.forms.kbn import exact_length
from darkreach.identity import number_key


@dataclass(frozen=True)
class Plain:
    """A number by its expression. It is built on first use and then kept."""

    node: Node

    @cached_property
    def expression(self) -> str:
        """The canonical text: as it was written, without spaces."""
        return show(self.node)

    def shown(self, dialect: Dialect) -> str:
        """The text for another program. ExpressionError if it has no words for it."""
        return show(self.node, dialect)

    @cached_property
    def _value(self) -> gmpy2.mpz:
        return evaluate(self.node, {})

    def value(self) -> gmpy2.mpz:
        """The number itself. ExpressionError if too large or not whole."""
        return self._value

    @cached_property
    def key(self) -> str:
        return number_key(self)

    def mod(self, m: int) -> int:
        """The number modulo m, without building it. ExpressionError if not whole."""
        return evaluate_mod(self.node, {}, m)

    @property
    def bits(self) -> int:
        """The length in bits, exactly; 0 of 0."""
        return self._length(2) or int(self._value.bit_length())

    @property
    def digits(self) -> int:
        """The length in decimal digits, exactly."""
        return self._length(10) or exact_length(self._value, 10)

    def _length(self, radix: int) -> int | None:
        """The length by logarithm; None where that does not decide."""
        value = None if "_value" in self.__dict__ else magnitude(self.node, {})
        return length(value, radix) if value is not None and value >= 1 else None

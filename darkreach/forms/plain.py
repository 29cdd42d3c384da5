"""Any other number without variables, so that the library can test it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import gmpy2

from darkreach.expression import Dialect, Node, evaluate, show
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

    @property
    def key(self) -> str:
        return number_key(self)

    def mod(self, m: int) -> int:
        return int(self._value % m)

    @property
    def bits(self) -> int:
        return int(self._value.bit_length())

    @property
    def digits(self) -> int:
        return exact_length(self._value, 10)

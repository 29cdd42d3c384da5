"""Addresses that speak of numbers: 3*2^189+1 is /primes/3x2_189+1."""

from __future__ import annotations

from darkreach.expression.labels import expression, label

__all__ = ["LabelConverter", "expression", "label"]


class LabelConverter:
    """Lets addresses and templates speak of expressions where the path has labels."""

    regex = r"[0-9a-z+\-!()_:~]+"

    def to_python(self, value: str) -> str:
        return expression(value)

    def to_url(self, value: str) -> str:
        return label(value)

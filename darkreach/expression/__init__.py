"""The text that people write for a number, in PFGW's style: read, shown, evaluated.

`3*2^n+1`, `k*2^50+-1` (both signs), `k*2^50-1,2*(k*2^50-1)+1` (several numbers that
must all be prime), `2n` for 2*n, `n!`, `n!2`, `p#`. Variables are single small letters.
"""

from darkreach.expression.evaluate import (
    MAX_BITS,
    evaluate,
    evaluate_mod,
    size_bits,
)
from darkreach.expression.magnitude import length, magnitude
from darkreach.expression.nodes import (
    Factorial,
    Integer,
    Node,
    Power,
    Primorial,
    Product,
    Sum,
    Variable,
    variables,
)
from darkreach.expression.parse import parse
from darkreach.expression.show import Dialect, show
from darkreach.expression.substitute import substitute

__all__ = [
    "MAX_BITS",
    "Dialect",
    "Factorial",
    "Integer",
    "Node",
    "Power",
    "Primorial",
    "Product",
    "Sum",
    "Variable",
    "evaluate",
    "evaluate_mod",
    "length",
    "magnitude",
    "parse",
    "show",
    "size_bits",
    "substitute",
    "variables",
]

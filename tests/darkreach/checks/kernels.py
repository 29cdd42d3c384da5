"""Every kernel, made once, with a place for a fault."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import gmpy2
import pytest

from darkreach.arithmetic import roads
from darkreach.arithmetic.fft.width import vector_width
from darkreach.errors import DamageError
from darkreach.forms import number
from darkreach.forms.kbn import Kbn
from tests.darkreach.checks import faulty

WIDTHS = [width for width in (2, 4, 8) if width <= vector_width(None)]
PROTH, RIESEL = Kbn(27, 2, 3203, 1), Kbn(45, 2, 3201, -1)
THREE, FACTORIAL = Kbn(2, 3, 2001, 1), number("420!+1")
LARGE_K, FERMAT = Kbn(1_000_003, 2, 3201, 1), number("2030^256+1")
#: A part of a number with a transform.
WAGSTAFF = number("(2^3203+1)/3")
KERNELS: dict[str, tuple[Any, Callable[[], Any]]] = {
    **{
        f"fft w{width} {form.expression}": (
            form,
            lambda form=form, width=width: faulty.of_width(form, width),
        )
        for width in WIDTHS
        for form in (PROTH, RIESEL, THREE)
    },
    "fft of a part": (WAGSTAFF, lambda: faulty.on_part(WAGSTAFF)),
    "fft padded": (
        LARGE_K,
        lambda: faulty.on_road(LARGE_K, roads.padded(1_000_003, 2, 3201, 1)),
    ),
    "fft fermat": (FERMAT, lambda: faulty.on_road(FERMAT, roads.fermat(2030, 256))),
    "montgomery": (
        FACTORIAL,
        lambda: faulty.on_road(FACTORIAL, roads.generic(FACTORIAL.value())),
    ),
    "shift": (PROTH, lambda: faulty.on_shift(PROTH)),
    f"shift {RIESEL.expression}": (RIESEL, lambda: faulty.on_shift(RIESEL)),
    "division": (FACTORIAL, lambda: faulty.on_division(FACTORIAL)),
    "multiple": (FACTORIAL, lambda: faulty.on_multiple(FACTORIAL)),
}
ENGINES = [name for name in KERNELS if name.startswith(("fft", "mont"))]
#: Kernels of k*2^n-1, for the LLR test.
RIESELS = [name for name in KERNELS if RIESEL.expression in name]
#: Flips of one test: a sample, and the whole count.
COUNTS = [pytest.param(2), pytest.param(500, marks=[pytest.mark.slow])]


@cache
def right(name: str) -> Any:
    """3^(N-1)."""
    value = KERNELS[name][0].value()
    return gmpy2.powmod(3, value - 1, value)


class Made:
    """A kernel is made once: its tables are the slow part."""

    kept: dict[str, Any] = {}

    @classmethod
    def of(cls, name: str) -> Any:
        if name not in cls.kept:
            cls.kept[name] = KERNELS[name][1]()
        modulus = cls.kept[name]
        modulus.errors, modulus.fault = Counter(), None
        if hasattr(modulus, "_opened"):
            modulus._opened = False
            modulus._constants.clear()
        return modulus


def calls_of(name: str, make: Callable[[Any], Any]) -> Counter[str]:
    """How often each operation is called where no fault is."""
    modulus = Made.of(name)
    counting = modulus.fault = faulty.Counting()
    chain = make(modulus)
    while not chain.advance(0.02):
        pass
    chain.value() if hasattr(chain, "value") else chain.values()
    modulus.fault = None
    return counting.calls


def published(chain: Any, value: Callable[[Any], Any]) -> Any:
    """What comes out of it, or None where the machine is found to be damaged."""
    try:
        while not chain.advance(0.02):
            pass
        return value(chain)
    except DamageError:
        return None


def flip_table(modulus: Any, generator: random.Random) -> None:
    table = generator.choice(faulty.tables(modulus))
    bits = table.view("u8")
    bits[generator.randrange(table.size)] ^= bits.dtype.type(
        1 << generator.randrange(64)
    )


def flip_digit(text: str, generator: random.Random) -> str:
    """One bit of a hexadecimal text."""
    place = generator.randrange(len(text))
    digit = f"{int(text[place], 16) ^ 1 << generator.randrange(4):x}"
    return text[:place] + digit + text[place + 1 :]

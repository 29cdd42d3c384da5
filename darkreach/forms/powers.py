"""The forms k*b^n+1 and k*b^n-1: Proth and Riesel numbers, and those of other bases.

N-1 or N+1 is k*b^n. For b = 2 and k < 2^n Proth's theorem proves k*2^n+1 and the
Lucas-Lehmer-Riesel test k*2^n-1; otherwise it is Pocklington's theorem, or Morrison's,
with the primes of b and k. `family` has the numbers, `kbn` one of them; the sieves are
chosen by darkreach/sieve/plan.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from darkreach.forms.affine import Affine
from darkreach.forms.examined import Examined
from darkreach.forms.family import Family
from darkreach.forms.formula import Formula

_TWO = Affine.constant(2)


@dataclass(frozen=True)
class Proth:
    """k*2^n + 1."""

    name: ClassVar[str] = "Proth"
    word: ClassVar[str] = "proth"
    rank: ClassVar[int] = 200
    tags: ClassVar[tuple[str, ...]] = ("proth",)

    family: Family

    @classmethod
    def read(cls, member: Family | Formula) -> Proth | None:
        found = _binary(member, 1)
        return cls(found) if found else None

    @classmethod
    def tags_of(cls, prime: Examined) -> Iterator[str]:
        if _has_small_k(prime, 1):
            yield "proth"


@dataclass(frozen=True)
class Riesel:
    """k*2^n - 1."""

    name: ClassVar[str] = "Riesel"
    word: ClassVar[str] = "riesel"
    rank: ClassVar[int] = 210
    tags: ClassVar[tuple[str, ...]] = ("riesel",)

    family: Family

    @classmethod
    def read(cls, member: Family | Formula) -> Riesel | None:
        found = _binary(member, -1)
        return cls(found) if found else None

    @classmethod
    def tags_of(cls, prime: Examined) -> Iterator[str]:
        if _has_small_k(prime, -1):
            yield "riesel"


@dataclass(frozen=True)
class Powers:
    """k*b^n + 1 and k*b^n - 1."""

    name: ClassVar[str] = "power of another base"
    word: ClassVar[str] = "kbn"
    rank: ClassVar[int] = 220
    tags: ClassVar[tuple[str, ...]] = ()

    family: Family

    @classmethod
    def read(cls, member: Family | Formula) -> Powers | None:
        return cls(member) if isinstance(member, Family) else None


def _binary(member: Family | Formula, c: int) -> Family | None:
    """The member, if it is k*2^n+c."""
    if not isinstance(member, Family) or (member.base, member.c) != (_TWO, c):
        return None
    return member


def _has_small_k(prime: Examined, c: int) -> bool:
    """Whether it is k*2^n+c with k < 2^n."""
    kbn = prime.kbn
    if kbn is None or (kbn.b, kbn.c) != (2, c):
        return False
    return kbn.k.bit_length() <= kbn.n

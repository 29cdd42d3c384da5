"""One power modulo one number, by two arithmetics: GMP, and transforms of two lengths.

Every known answer of the self-test goes through here, whatever the program would choose
for a number of that size: the transforms are also asked about numbers for which GMP is
faster. Short ones get a modulus for the transforms that is longer than they need.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gmpy2

from darkreach.arithmetic import Number
from darkreach.arithmetic import padded as zero_padded
from darkreach.arithmetic.choice import WEIGHTED_K, twin
from darkreach.arithmetic.engines import Engine
from darkreach.arithmetic.fft import engine as fft
from darkreach.arithmetic.fft import lengths
from darkreach.arithmetic.guarded import CAREFUL, LIMIT
from darkreach.arithmetic.montgomery import ROOM, Montgomery, modulus_bits
from darkreach.arithmetic.montgomery_loop import CompiledMontgomery
from darkreach.errors import DarkreachError
from darkreach.forms import Kbn
from darkreach.forms.divided import divided

#: Transform lengths that every number goes through.
LENGTHS = 2
#: Squarings of one call of an engine.
_SLICE = 4096
#: Least bits of a modulus 2^L - 1 or 2^L + 1 for which two lengths are safe.
_LEAST_BITS = 2048


class PathsDiffer(DarkreachError):
    """Two arithmetics, or two lengths, gave different values."""


def power(number: Number, base: int, exponent: Any) -> Any:
    """base^exponent mod N; PathsDiffer unless all paths agree. An even N has only
    GMP: no transform is ever asked about one."""
    value = number.value()
    expected = gmpy2.powmod(base, exponent, value)
    modulus = twin(number)
    count = int(exponent.bit_length())
    # Young residues are no business of a transform (`guarded`).
    head = min(CAREFUL, count // 2)
    young = modulus.climb(modulus.load(1), base, int(exponent >> count - head), head)
    rest = gmpy2.f_mod_2exp(exponent, count - head)
    _demand(
        modulus.store(modulus.climb(young, base, int(rest), count - head)) == expected,
        f"{modulus.kernel} and gmpy2.powmod",
    )
    if value % 2 and base % value:
        for engine in engines(number):
            found = _climbed(engine, modulus.store(young), base, rest, count - head)
            _demand(found % value == expected, f"{engine.kernel} and gmpy2.powmod")
    return expected


def engines(number: Number) -> Iterator[Engine]:
    """Transforms of the shape of the number or of its multiple of such a shape, or of
    any odd number, at two lengths."""
    value = number.value()
    part = divided(number)
    shaped = part.multiple if part else number
    if isinstance(shaped, Kbn):
        n = shaped.normalised()
        if n.k <= WEIGHTED_K:
            found = lengths.safe(n.k, n.b, n.n, n.c)[:LENGTHS]
            if len(found) == LENGTHS:
                for each in found:
                    yield _weighted(n, each)
                return
        padded = zero_padded.fitting(n.k, n.b, n.n, n.c)[:LENGTHS]
        if len(padded) == LENGTHS:
            for each in padded:
                yield zero_padded.Padded(n.k, n.b, n.n, n.c, each)
            return
    long_enough = max(modulus_bits(value), _LEAST_BITS)
    for each in _generic_lengths(max(int(value.bit_length()) + ROOM, _LEAST_BITS)):
        yield _generic(value, _coprime(value, long_enough), each)


def _weighted(number: Kbn, length: int) -> Engine:
    if number.b == 2:
        return fft.Engine.special(number.k, number.n, number.c, length)
    return fft.Engine.power(number.k, number.b, number.n, number.c, length)


def _generic_lengths(bits: int) -> list[int]:
    wanted = bits + bits // 76
    both = set(lengths.safe(1, 2, wanted, 1)) & set(lengths.safe(1, 2, wanted, -1))
    return sorted(both)[:LENGTHS]


def _coprime(value: Any, bits: int) -> int:
    """The least length of 2^L - 1, from this on, without a factor of the number."""
    while gmpy2.gcd((gmpy2.mpz(1) << bits) - 1, value) != 1:
        bits += 1
    return bits


def _generic(value: Any, bits: int, length: int) -> Montgomery:
    cyclic, negacyclic = (fft.Engine.special(1, bits, c, length) for c in (-1, 1))
    return CompiledMontgomery(value, bits, cyclic, negacyclic)


def _climbed(engine: Engine, x: Any, base: int, bits: Any, count: int) -> Any:
    """x^(2^count) * base^bits by the engine alone."""
    words = engine.load(x)
    while count:
        piece = min(count, _SLICE)
        count -= piece
        head = int(gmpy2.f_mod_2exp(bits >> count, piece))
        error = engine.climb(words, base, head, piece)
        _demand(error <= LIMIT, f"the digits of {engine.kernel} and whole numbers")
    return engine.store(words)


def _demand(condition: bool, what: str) -> None:
    if not condition:
        raise PathsDiffer(f"{what} differ")

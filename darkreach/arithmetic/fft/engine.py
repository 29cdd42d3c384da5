"""Residues modulo one number, held as weighted digits and multiplied by transforms."""

from __future__ import annotations

import math
from typing import Any

import gmpy2
import numpy as np
from numpy.typing import NDArray

from darkreach.arithmetic.fft import carrying as at
from darkreach.arithmetic.fft import driver
from darkreach.arithmetic.fft.digits import Digits
from darkreach.arithmetic.fft.layout import Layout
from darkreach.arithmetic.fft.lengths import MOST_ROUNDS, carry_rounds
from darkreach.arithmetic.fft.plan import Planner
from darkreach.arithmetic.fft.tables import aligned
from darkreach.arithmetic.fft.team import together
from darkreach.arithmetic.fft.width import vector_width
from darkreach.arithmetic.threads import MOST

Words = NDArray[np.float64]
#: All weights are this much above their value, so that a digit whose weight is exactly
#: 1 or b is on the same side for every rounding. Where all are 1 they stay so: words
#: are digits.
_LIFT = 1 + 2.0**-36
#: Bounds for the factor of `climb` and `scale`, and for k.
MOST_BASE, MOST_FACTOR, MOST_K = 1 << 16, 1 << 31, 1 << 17
MOST_COUNT = 1 << 31
_NO_BITS = np.zeros(0, dtype=np.uint8)


class Engine:
    """Arithmetic modulo k*b^n + c, c = +-1, at one transform length.

    Made by `special`, `power` or `generalized_fermat`. Words are float64 arrays of the
    caller; methods that return an error return the largest round-off, 0 to 0.5, or inf
    where a word is no number or far out of its bounds. An engine belongs to one thread,
    which starts `threads - 1` others for each operation: fewer than asked for where the
    length cannot be shared among so many.
    """

    def __init__(
        self,
        k: int,
        b: int,
        n: int,
        c: int,
        length: int,
        width: int | None = None,
        threads: int = 1,
    ) -> None:
        if not 1 <= threads <= MOST:
            raise ValueError(f"threads = {threads}: must be 1 to {MOST}")
        if c not in (1, -1):
            raise ValueError(f"c = {c}: must be 1 or -1")
        if not 1 <= k <= MOST_K or b < 2 or n < 1:
            raise ValueError(f"{k}*{b}^{n}{c:+d}: k, b or n is out of range")
        if math.gcd(k, b) > 1:
            raise ValueError(f"k = {k} and b = {b} have a common factor")
        self.width = vector_width(width)
        self.layout = Layout(length, self.width, c < 0, threads)
        self.threads = min(threads, self.layout.rows, self.layout.blocks)
        self.length, self.k, self.b, self.n, self.c = length, k, b, n, c
        self.digits = Digits(k, b, n, c, length)
        if float(b) ** float(self.digits.powers.max()) > 2.0**30:
            raise ValueError(f"length {length} is too short for {k}*{b}^{n}{c:+d}")
        if self.digits.powers.min() < 1:
            raise ValueError(f"length {length} is too long for {k}*{b}^{n}{c:+d}")
        self.number = self.digits.number
        self.rounds = self._rounds()
        self._constants = self._make_constants()
        self._weights, self._tables = self._make_weights()
        tables = [self._weights, self._constants, *self._tables]
        self._planner = Planner(
            self.layout, self.rounds, self._rest_digits(), tables, self.threads
        )
        self._plans = self._planner.plans()
        self._plan = self._plans[0]
        self._run = driver.runner(self.width)

    @classmethod
    def special(
        cls,
        k: int,
        n: int,
        c: int,
        length: int,
        width: int | None = None,
        threads: int = 1,
    ) -> Engine:
        """k*2^n + c, c = +-1, k odd."""
        return cls.power(k, 2, n, c, length, width, threads)

    @classmethod
    def power(
        cls,
        k: int,
        b: int,
        n: int,
        c: int,
        length: int,
        width: int | None = None,
        threads: int = 1,
    ) -> Engine:
        """k*b^n + c, c = +-1, for a small b."""
        return cls(k, b, n, c, length, width, threads)

    @classmethod
    def generalized_fermat(
        cls, b: int, m: int, width: int | None = None, threads: int = 1
    ) -> Engine:
        """b^(2^m) + 1 with 2^m digits of base b."""
        return cls.power(1, b, 1 << m, 1, 1 << m, width, threads)

    @property
    def bytes(self) -> int:
        """Memory of the tables, without any residue."""
        arrays = [self._weights, self._constants, *self._plans, *self._tables]
        arrays += [self._all, *self._planner.kept]
        return sum(each.nbytes for each in arrays)

    @property
    def kernel(self) -> str:
        size = self.length
        shown = f"{size // 1024}K" if size % 1024 == 0 else str(size)
        kind = "cyclic" if self.c < 0 else "negacyclic"
        shared = f" {self.threads} threads" if self.threads > 1 else ""
        return f"fft {shown} {kind} w{self.width}{shared}"

    @property
    def bits_per_word(self) -> float:
        return self.digits.per_word * math.log2(self.b)

    def _rounds(self) -> int:
        rounds = carry_rounds(self.k, self.length, self.b, self.bits_per_word)
        if rounds > MOST_ROUNDS:
            raise ValueError(f"k = {self.k} is too large for length {self.length}")
        return rounds

    def _apart(self, base: int) -> bool:
        """Whether a multiplication by `base` needs a carry pass of its own."""
        times = self.k * base
        return carry_rounds(times, self.length, self.b, self.bits_per_word) > 3

    def _spreads(self, factor: int) -> bool:
        """Whether the carries of digits times `factor` reach too far for one pass:
        only where very few bits are left to a word."""
        smaller = int(self.digits.powers.min()) * math.log2(self.b)
        return abs(factor) > math.exp2(2.5 * smaller) / 8

    def _powers(self, exponents: Words) -> Any:
        """b^exponents, in long double where the machine has one."""
        return np.exp(np.log(np.longdouble(self.b)) * exponents)

    def _by_cells(self, digits: Any) -> Any:
        """Values of digits by cell, part and lane."""
        if self.layout.cyclic:
            return digits.reshape(-1, self.width, 2).swapaxes(1, 2)
        return digits.reshape(2, -1, self.width).swapaxes(0, 1)

    def _by_digits(self, cells: Any) -> Any:
        """The way back."""
        if self.layout.cyclic:
            return cells.swapaxes(1, 2).ravel()
        return cells.swapaxes(0, 1).ravel()

    def _make_constants(self) -> Words:
        low, high = (
            int(p) for p in (self.digits.powers.min(), self.digits.powers.max())
        )
        logarithm = math.log2(self.b)
        # A digit has the larger base where its weight is below b^frac(L/length).
        fraction = self.digits.per_word - low if high > low else 1.0
        end, n = int(self.digits.exponents[-1]), self.n
        rest = self._rest_digits()
        table = aligned(at.SCALARS + 2 * self.width)
        values = {
            at.BIG_BASE: float(self.b**high),
            at.SMALL_BASE: float(self.b**low),
            at.BIG_INVERSE: 1 / self.b**high,
            at.SMALL_INVERSE: 1 / self.b**low,
            at.BIG_BELOW: 2.0 ** (fraction * logarithm) * (1 + 2.0**-37),
            at.WRAP_FROM: self.b * (1 + 2.0**-37),
            at.WRAP_DOWN: 1 / self.b,
            at.WRAP_UP: float(self.b),
            at.MULTIPLIER: 1.0,
            at.TOP_UNIT: float(self.b ** (end - n)),
            at.K: float(self.k),
            at.SIGN: float(self.c),
            at.REST_UNIT: float(self.b ** (n - int(self.digits.exponents[-1 - rest]))),
            at.WORD_LIMIT: 2.0 * self.b * self.b**high,
        }
        for place, value in values.items():
            table[place] = value
        weights = self._powers(self._by_cells(self.digits.fractions)[0, 0])
        table[at.SCALARS :] = np.concatenate([weights, 1 / weights])
        return table

    def _make_weights(self) -> tuple[Words, list[Words]]:
        """Per cell w and 1/w of its first real and its first imaginary digit, and the
        places of their patterns; the patterns for words after a transform, and of plain
        digits."""
        first = self._by_cells(self.digits.fractions)[:, :, 0]
        lift = _LIFT if self.digits.fractions.any() else 1.0
        scalars = (self._powers(first) * lift).astype(float)
        table = aligned(at.CELL_WEIGHTS // 8 * len(scalars)).reshape(len(scalars), -1)
        for part in (0, 1):
            table[:, 2 * part] = scalars[:, part]
            table[:, 2 * part + 1] = 1 / self._powers(first[:, part]) / lift
        limits = self._constants
        w = scalars[:, :, None] * limits[at.SCALARS : at.SCALARS + self.width]
        wraps = w >= limits[at.WRAP_FROM]
        w[wraps] *= limits[at.WRAP_DOWN]
        self._all = self._by_digits(w)
        big = w < limits[at.BIG_BELOW]
        bits = np.concatenate([wraps, big], axis=2)
        codes = bits @ (1 << np.arange(2 * self.width))
        _, examples, numbers = np.unique(codes, return_index=True, return_inverse=True)
        places = table.view(np.int32)[:, at.PATTERNS_AT // 4 :]
        places[:] = numbers.reshape(codes.shape) * (8 * at.PATTERN * self.width)
        chosen = bits.reshape(-1, 2 * self.width)[examples]
        # Every level of the transform doubles; negacyclic ones leave out the last.
        doubled = self.layout.half if self.layout.cyclic else self.layout.half // 2
        return table, [
            self._patterns(chosen, scale) for scale in (self.k / (doubled * lift), 1.0)
        ]

    def _patterns(self, bits: NDArray[np.bool_], scale: float) -> Words:
        """Rows of vectors as in `carrying.PATTERN`; bits: lanes that wrap, lanes with
        the larger base."""
        wraps, big = bits[:, : self.width], bits[:, self.width :]
        values = self._constants
        lanes = values[at.SCALARS :].reshape(2, -1)
        rows = aligned(at.PATTERN * self.width * at.most_patterns(self.width))
        vectors = rows.reshape(-1, at.PATTERN, self.width)[: len(bits)]
        down, up = values[at.WRAP_DOWN], values[at.WRAP_UP]
        vectors[:, 0] = lanes[at.LANE_WEIGHT] * np.where(wraps, down, 1.0)
        vectors[:, 1] = scale * lanes[at.LANE_PLAIN] * np.where(wraps, up, 1.0)
        vectors[:, 2] = np.where(big, values[at.BIG_BASE], values[at.SMALL_BASE])
        vectors[:, 3] = np.where(big, values[at.BIG_INVERSE], values[at.SMALL_INVERSE])
        return rows

    def _rest_digits(self) -> int:
        """How many of the last digits stand at or above the one that holds b^n."""
        start = int(np.searchsorted(self.digits.exponents, self.n, side="right")) - 1
        return max(1, self.length - start)

    def _all_weights(self) -> Words:
        """Per digit, as the kernels compute it."""
        weights: Words = self._all
        return weights

    @np.errstate(all="ignore")
    def load(self, value: Any) -> Words:
        """The words of an integer 0 <= value < N. Senseless where memory changed the
        tables, which the round-off of the next operation shows."""
        words = aligned(self.layout.size)
        digits = self.digits.split(gmpy2.mpz(value))
        words[self.layout.positions] = digits * self._all_weights()
        return words

    @np.errstate(all="ignore")
    def store(self, words: Words) -> Any:
        """The integer of words, 0 <= integer < N. ValueError for senseless words."""
        digits = words[self.layout.positions] / self._all_weights()
        if not np.all(np.abs(digits) < 2.0**52):
            raise ValueError("these words are no residue")
        return self.digits.join(np.rint(digits))

    def square_many(self, x: Words, count: int, addend: int = 0) -> float:
        """In place x -> x^2 + addend, `count` times."""
        if not 0 <= count < MOST_COUNT or abs(addend) >= MOST_BASE:
            raise ValueError(f"count {count} or addend {addend} is out of range")
        if count == 0:
            return 0.0
        return self._run_on(x, x, driver.SQUARE, count, addend=addend)

    def climb(self, x: Words, base: int, bits: int, count: int) -> float:
        """In place x -> x^2 * base^bit, once for each of the `count` lowest bits of
        `bits`, from the top."""
        if not 0 <= count <= 4096 or not 2 <= base < MOST_BASE or bits >> count:
            raise ValueError(f"base {base} or count {count} is out of range")
        if count == 0:
            return 0.0
        if not bits:
            return self.square_many(x, count)
        if self._spreads(base):
            return self._climb_slowly(x, base, bits, count)
        chosen = np.array([int(bit) for bit in f"{bits:0{count}b}"], dtype=np.uint8)
        return self._run_on(x, x, driver.SQUARE, count, chosen, self._apart(base), base)

    def _climb_slowly(self, x: Words, base: int, bits: int, count: int) -> float:
        error = 0.0
        for position in reversed(range(count)):
            error = max(error, self.square_many(x, 1))
            if bits >> position & 1 and error < math.inf:
                error = max(error, self.scale(x, base))
        return error

    def prepare(self, y: Words) -> Words:
        """The spectrum of y, a second factor for `multiply` again and again."""
        spectrum = self._copy(y)
        self._run_on(spectrum, spectrum, driver.PREPARE, 1)
        return Prepared.of(spectrum)

    def multiply(self, x: Words, y: Words, out: Words) -> float:
        """out = x*y; y may be prepared. out may be x."""
        factor = y if isinstance(y, Prepared) else self.prepare(y)
        if out is not x:
            out[:] = x
        return self._run_on(out, factor, driver.MULTIPLY, 1)

    def scale(self, x: Words, small: int) -> float:
        """In place x * small, |small| < 2^31."""
        if abs(small) >= MOST_FACTOR:
            raise ValueError(f"factor {small} is out of range")
        if self._spreads(small):
            x[:] = self.load(self.store(x) * small % self.number)
            return 0.0
        return self._run_on(x, x, driver.DIGITS, 1, multiplier=small)

    @np.errstate(all="ignore")
    def add(self, x: Words, y: Words, out: Words) -> float:
        """out = x + y."""
        np.add(x, y, out=out)
        return self._run_on(out, out, driver.DIGITS, 1)

    @np.errstate(all="ignore")
    def subtract(self, x: Words, y: Words, out: Words) -> float:
        """out = x - y."""
        np.subtract(x, y, out=out)
        return self._run_on(out, out, driver.DIGITS, 1)

    def _copy(self, words: Words) -> Words:
        copied = aligned(self.layout.size)
        copied[:] = words
        return copied

    def _run_on(
        self,
        x: Words,
        other: Words,
        action: int,
        count: int,
        bits: NDArray[np.uint8] = _NO_BITS,
        apart: bool = False,
        multiplier: int = 1,
        addend: int = 0,
    ) -> float:
        if isinstance(x, Prepared) or len(x) != self.layout.size != len(other):
            raise ValueError("these words are not of this engine")
        rest = (
            x,
            other.view(np.ndarray),
            action,
            count,
            bits,
            apart,
            float(multiplier),
            float(addend),
        )
        if self.threads == 1:
            error: float = self._run(self._plan, *rest)
            return error
        self._run.compile()
        for plan in self._plans:
            plan[driver.MET] = 0

        def share(number: int) -> float:
            part: float = self._run(self._plans[number], *rest)
            return part

        return together(share, self.threads, self._planner.counters)


class Prepared(np.ndarray):
    """A spectrum: only `Engine.multiply` reads it, as its second factor."""

    @classmethod
    def of(cls, spectrum: Words) -> Prepared:
        return spectrum.view(cls)

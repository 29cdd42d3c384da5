"""Residues modulo one number, held as weighted digits and multiplied by transforms."""

from __future__ import annotations

import math
from itertools import chain
from typing import Any

import gmpy2
import numpy as np
from numpy.typing import NDArray

from darkreach.arithmetic.fft import carrying as at
from darkreach.arithmetic.fft import driver
from darkreach.arithmetic.fft.butterflies import TURN
from darkreach.arithmetic.fft.carrying import carry_row
from darkreach.arithmetic.fft.digits import Digits
from darkreach.arithmetic.fft.layout import Layout, Node, Step, cell_address, radices
from darkreach.arithmetic.fft.lengths import MOST_ROUNDS, carry_rounds
from darkreach.arithmetic.fft.passes import (
    LEAF_CELLS,
    bit_length,
    leaf,
    move,
    pass_of,
    scalars_per_node,
)
from darkreach.arithmetic.fft.tables import aligned, node_records
from darkreach.arithmetic.fft.width import vector_width

Words = NDArray[np.float64]
#: All weights are this much above their value, so that a digit whose weight is exactly
#: 1 or b is on the same side for every rounding.
_LIFT = 1 + 2.0**-36
#: Bounds for the factor of `climb` and `scale`, and for k.
MOST_BASE, MOST_FACTOR, MOST_K = 1 << 16, 1 << 31, 1 << 17
MOST_COUNT = 1 << 31
_NO_BITS = np.zeros(0, dtype=np.uint8)


class Engine:
    """Arithmetic modulo k*b^n + c, c = +-1, at one transform length.

    Made by `special`, `power` or `generalized_fermat`. Words are float64 arrays of the
    caller; methods that return an error return the largest round-off, 0 to 0.5, or inf
    where a word is no number or far out of its bounds. An engine belongs to one thread.
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
        if threads != 1:
            raise ValueError(f"threads = {threads}: a transform runs in one thread")
        if c not in (1, -1):
            raise ValueError(f"c = {c}: must be 1 or -1")
        if not 1 <= k <= MOST_K or b < 2 or n < 1:
            raise ValueError(f"{k}*{b}^{n}{c:+d}: k, b or n is out of range")
        if k * b % 2:
            raise ValueError(f"{k}*{b}^{n}{c:+d} is even")
        if math.gcd(k, b) > 1:
            raise ValueError(f"k = {k} and b = {b} have a common factor")
        self.width = vector_width(width)
        self.layout = Layout(length, self.width, cyclic=c < 0)
        self.length, self.k, self.b, self.n, self.c = length, k, b, n, c
        self.digits = Digits(k, b, n, c, length)
        if float(b) ** float(self.digits.powers.max()) > 2.0**30:
            raise ValueError(f"length {length} is too short for {k}*{b}^{n}{c:+d}")
        if self.digits.powers.min() < 1:
            raise ValueError(f"length {length} is too long for {k}*{b}^{n}{c:+d}")
        self.number = self.digits.number
        self.rounds = self._rounds()
        self._constants = self._make_constants()
        self._weights = self._make_weights()
        self._plan = self._make_plan()
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
        return cls(k, 2, n, c, length, width, threads)

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
        return cls(1, b, 1 << m, 1, 1 << m, width, threads)

    @property
    def bytes(self) -> int:
        """Memory of the tables, without any residue."""
        arrays = [self._weights, self._constants, self._plan, *self._kept]
        return sum(each.nbytes for each in arrays)

    @property
    def kernel(self) -> str:
        size = self.length
        shown = f"{size // 1024}K" if size % 1024 == 0 else str(size)
        kind = "cyclic" if self.c < 0 else "negacyclic"
        return f"fft {shown} {kind} w{self.width}"

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

    def _make_weights(self) -> Words:
        """Per cell w and 1/w of its first real and its first imaginary digit, and the
        bits of its lanes."""
        first = self._powers(self.digits.fractions[:: self.width]) * _LIFT
        real, imaginary = np.split(first, 2)
        table = aligned(at.CELL_WEIGHTS // 8 * len(real))
        table = table.reshape(len(real), -1)
        table[:, 0], table[:, 1] = real, 1 / real
        table[:, 2], table[:, 3] = imaginary, 1 / imaginary
        lanes = self._constants[at.SCALARS : at.SCALARS + self.width]
        for part in (0, 1):
            w = table[:, 2 * part, None] * lanes
            wraps = w >= self._constants[at.WRAP_FROM]
            w[wraps] *= self._constants[at.WRAP_DOWN]
            big = w < self._constants[at.BIG_BELOW]
            for place, bits in enumerate((wraps, big)):
                packed = np.packbits(bits, axis=1, bitorder="little")[:, 0]
                table.view(np.uint8)[:, at.LANE_BITS + 2 * part + place] = packed
        return table

    def _make_constants(self) -> Words:
        low, high = (
            int(p) for p in (self.digits.powers.min(), self.digits.powers.max())
        )
        logarithm = math.log2(self.b)
        # A digit has the larger base where its weight is below b^frac(L/length).
        fraction = self.digits.per_word - low if high > low else 1.0
        # Every level of the transform doubles, but for the last, which is left out.
        scale = 2 * self.k / (self.layout.half * _LIFT)
        end, n = int(self.digits.exponents[-1]), self.n
        rest = self._rest_digits()
        table = aligned(at.SCALARS + 3 * self.width)
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
        weights = self._powers(self.digits.fractions[: self.width])
        table[at.SCALARS :] = np.concatenate([weights, scale / weights, 1 / weights])
        return table

    def _rest_digits(self) -> int:
        """How many of the last digits stand at or above the one that holds b^n."""
        start = int(np.searchsorted(self.digits.exponents, self.n, side="right")) - 1
        return max(1, self.length - start)

    def _make_plan(self) -> NDArray[np.int64]:
        layout, size = self.layout, self.width
        self._offsets: dict[tuple[int, ...], NDArray[np.int64]] = {}
        records = [
            node_records(layout.largest_node(i) // LEAF_CELLS[size], size, angle)
            for i, angle in enumerate(layout.angles())
        ]
        states = layout.rows * 2 * MOST_ROUNDS * size
        state, error = aligned(states), aligned(size)
        twice = np.array([1.0, -1.0, 0.5, -0.5])
        self._kept = [*map(aligned_copy, records), state, error, twice]
        starts = [each.ctypes.data for each in self._kept]
        steps = [self._step(step, starts) for step in layout.steps()]
        nodes = list(layout.nodes())
        steps_at = driver.HEADER
        nodes_at = steps_at + driver.STEP_FIELDS * len(steps)
        levels_at = nodes_at + driver.NODE_FIELDS * len(nodes)
        rows_of_nodes: list[list[int]] = []
        rows_of_levels: list[list[int]] = []
        for node in nodes:
            levels = self._levels(node)
            at_level = levels_at + driver.LEVEL_FIELDS * len(rows_of_levels)
            rows_of_nodes.append(self._node(node, len(levels), at_level, starts))
            rows_of_levels += levels
        header = {
            driver.ROWS: layout.rows,
            driver.ROW_BYTES: layout.row_bytes,
            driver.ROW_CELLS: layout.row_cells,
            driver.BLOCK: layout.block,
            driver.ROW_SHIFT: bit_length(layout.row_cells),
            driver.STEPS: len(steps),
            driver.STEPS_AT: steps_at,
            driver.NODES: len(nodes),
            driver.NODES_AT: nodes_at,
            driver.WEIGHTS: self._weights.ctypes.data,
            driver.CONSTANTS: self._constants.ctypes.data,
            driver.STATE: starts[-3],
            driver.ERROR: starts[-2],
            driver.ROUNDS: self.rounds,
            driver.TAIL_START: layout.tail_start,
            driver.REST_DIGITS: self._rest_digits(),
            **self._tail_plan(starts[-1]),
        }
        for action, name in enumerate(("square", "prepare", "multiply")):
            header[driver.LEAF + action] = leaf(size, name).address
        for rounds in {self.rounds, MOST_ROUNDS}:
            multiplied = rounds == MOST_ROUNDS
            header[driver.CARRY + rounds] = carry_row(size, rounds, multiplied).address
        head = [header.get(place, 0) for place in range(driver.HEADER)]
        tables = [*steps, *rows_of_nodes, *rows_of_levels]
        return np.array([*head, *chain(*tables)], dtype=np.int64)

    def _step(self, step: Step, starts: list[int]) -> list[int]:
        row = self.layout.row_bytes
        record = 16 * scalars_per_node(self.width) * step.number
        return [
            *self._passes(step.kind),
            step.row * row,
            self._row_offsets(step.kind, step.distance * row),
            starts[step.table] + record,
        ]

    def _tail_plan(self, factors: int) -> dict[int, int]:
        layout, p = self.layout, self.layout.odd
        if not layout.cyclic:
            return {}
        plan = {
            driver.TAIL_ROWS: p,
            driver.TAIL_ROW_BYTES: layout.tail_row_bytes,
            driver.TAIL_TURN: TURN.get(p, 1),
            driver.TO_TAIL: move(self.width, True).address,
            driver.FROM_TAIL: move(self.width, False).address,
            driver.FACTORS: factors,
        }
        if p > 1:
            plan[driver.TAIL_OFFSETS] = self._row_offsets(p, layout.tail_row_bytes)
            plan[driver.TAIL_AHEAD], plan[driver.TAIL_BACK] = self._passes(p)
        return plan

    def _node(
        self, node: Node, levels: int, levels_at: int, starts: list[int]
    ) -> list[int]:
        layout, cells = self.layout, LEAF_CELLS[self.width]
        if node.tail:
            offset = layout.tail_start + node.row * layout.tail_row_bytes
            shape = [60, 0]
        else:
            offset = node.row * layout.row_bytes
            shape = [bit_length(layout.row_cells), layout.row_bytes]
        records = starts[node.table]
        leaves = node.cells // cells
        return [offset, leaves, levels, levels_at, records, *shape, node.number]

    def _levels(self, node: Node) -> list[list[int]]:
        """Per pass of a node: radix, log2 of its leaves, stride, cells, first node."""
        layout, cells = self.layout, LEAF_CELLS[self.width]
        row = layout.tail_cells if node.tail else layout.row_cells
        found, first, leaves = [], 1, node.cells // cells
        for radix in radices(leaves, self.width):
            child = leaves // radix * cells
            apart = []
            for cell in range(0, radix * child, child):
                start = cell_address(self.width, cell % row)
                apart.append(cell // row * layout.row_bytes + start)
            found.append(
                [
                    radix,
                    bit_length(leaves),
                    self._table(apart),
                    child,
                    first,
                    *self._passes(radix),
                ]
            )
            first, leaves = first * radix, leaves // radix
        return found

    def _row_offsets(self, kind: int, distance: int) -> int:
        return self._table([row * distance for row in range(max(2, kind))])

    def _table(self, offsets: list[int]) -> int:
        """Address of a table of row offsets."""
        key = tuple(offsets)
        if key not in self._offsets:
            self._offsets[key] = np.array(offsets, dtype=np.int64)
        return int(self._offsets[key].ctypes.data)

    def _passes(self, kind: int) -> list[int]:
        """Addresses of a pass forward and back."""
        return [pass_of(self.width, kind, way).address for way in (True, False)]

    def _all_weights(self) -> Words:
        """Per digit, as the kernels compute it."""
        weights = self._constants[at.SCALARS : at.SCALARS + self.width]
        first = np.concatenate([self._weights[:, 0], self._weights[:, 2]])
        w: Words = (first[:, None] * weights).ravel()
        w[w >= self._constants[at.WRAP_FROM]] *= self._constants[at.WRAP_DOWN]
        return w

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

    def add(self, x: Words, y: Words, out: Words) -> float:
        """out = x + y."""
        np.add(x, y, out=out)
        return self._run_on(out, out, driver.DIGITS, 1)

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
        error: float = self._run(
            self._plan,
            x,
            other.view(np.ndarray),
            action,
            count,
            bits,
            apart,
            float(multiplier),
            float(addend),
        )
        return error


class Prepared(np.ndarray):
    """A spectrum: only `Engine.multiply` reads it, as its second factor."""

    @classmethod
    def of(cls, spectrum: Words) -> Prepared:
        return spectrum.view(cls)


def aligned_copy(values: Words) -> Words:
    copied = aligned(len(values))
    copied[:] = values
    return copied

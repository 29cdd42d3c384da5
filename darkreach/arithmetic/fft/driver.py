"""The compiled loop: squarings of one residue, driven by a small array of integers.

A squaring walks the memory twice. Down the columns: the last passes of the inverse
transform, the carries, the first passes of the next forward transform. Then node by
node, depth first down to leaves of registers and back. Everything that depends on the
length is in the plan, so a new length compiles nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from darkreach.arithmetic.fft import carrying as at
from darkreach.arithmetic.fft.lengths import MOST_ROUNDS
from darkreach.arithmetic.fft.native import (
    call4,
    call7,
    load_double,
    store_double,
)
from darkreach.arithmetic.fft.passes import LEAF_CELLS, bit_length, scalars_per_node
from darkreach.jit import Inner, Kernel

#: What a run does with its operand.
SQUARE, PREPARE, MULTIPLY, DIGITS = range(4)

#: Places of the plan.
(
    ROWS,
    ROW_BYTES,
    ROW_CELLS,
    BLOCK,
    ROW_SHIFT,
    STEPS,
    STEPS_AT,
    NODES,
    NODES_AT,
    WEIGHTS,
    CONSTANTS,
    STATE,
    ERROR,
    ROUNDS,
    TAIL_ROWS,
    TAIL_START,
    TAIL_ROW_BYTES,
    TAIL_TURN,
    REST_DIGITS,
    TAIL_OFFSETS,
    TAIL_AHEAD,
    TAIL_BACK,
    TO_TAIL,
    FROM_TAIL,
    FACTORS,
    LEAF,
    _,
    _,
    CARRY,
    _,
    _,
    _,
    _,
    _,
    HEADER,
) = range(35)
STEP_FIELDS, NODE_FIELDS, LEVEL_FIELDS = 5, 8, 7


def _sweeps(inner: Inner, width: int) -> tuple[Any, Any]:
    """Address of a cell; a pass over rows of cells, from gap to gap."""
    size, shift = 16 * width, 12 - bit_length(16 * width)
    page = 1 << shift

    @inner("int64(int64, int64, int64)")
    def cell_at(cell: int, row_shift: int, row_bytes: int) -> int:
        row = cell >> row_shift
        rest = cell - (row << row_shift)
        return row * row_bytes + size * (rest + (rest >> shift) + (rest >> (shift + 6)))

    @inner("void(int64, int64, int64, int64, int64, int64, int64)")
    def sweep(
        routine: int,
        address: int,
        offsets: int,
        record: int,
        cells: int,
        row_shift: int,
        row_bytes: int,
    ) -> None:
        most = min(page, 1 << row_shift)
        for first in range(0, cells, most):
            place = address + cell_at(first, row_shift, row_bytes)
            call4(routine, place, offsets, record, min(most, cells - first))

    return cell_at, sweep


def _nodes(inner: Inner, width: int, cell_at: Any, sweep: Any) -> Any:
    """All nodes of a residue, from digits' polynomial to spectrum and back."""
    page = 1 << (12 - bit_length(16 * width))
    cells_of_leaf, record_bytes = LEAF_CELLS[width], 16 * scalars_per_node(width)

    @inner("void(int64, int64, int64, int64, int64, int64, int64, int64)")
    def leaves_done(
        base: int,
        first: int,
        last: int,
        records: int,
        row_shift: int,
        row_bytes: int,
        leaf: int,
        distance: int,
    ) -> None:
        most = min(page, 1 << row_shift) // cells_of_leaf
        for number in range(first, last, most):
            place = base + cell_at(number * cells_of_leaf, row_shift, row_bytes)
            record = records + record_bytes * number
            count = min(most, last - number)
            call4(leaf, place, record, place + distance, count)

    @inner("void(int64[::1], int64, int64, int64, int64)")
    def node_done(
        plan: Any, node: int, residue: int, action: int, distance: int
    ) -> None:
        base, leaves, levels = residue + plan[node], plan[node + 1], plan[node + 2]
        table, records = plan[node + 3], plan[node + 4]
        row_shift, row_bytes = plan[node + 5], plan[node + 6]
        root = plan[node + 7]
        leaf = plan[LEAF + action]
        together = plan[table + LEVEL_FIELDS * (levels - 1)] if levels else 1
        for number in range(0, leaves, together):
            for level in range(levels):
                entry = table + LEVEL_FIELDS * level
                shift = plan[entry + 1]
                if number & ((1 << shift) - 1) == 0:
                    sweep(
                        plan[entry + 5],
                        base + cell_at(number * cells_of_leaf, row_shift, row_bytes),
                        plan[entry + 2],
                        records
                        + record_bytes * (root * plan[entry + 4] + (number >> shift)),
                        plan[entry + 3],
                        row_shift,
                        row_bytes,
                    )
            leaves_done(
                base,
                number,
                number + together,
                records + record_bytes * leaves * root,
                row_shift,
                row_bytes,
                leaf,
                distance,
            )
            if action == PREPARE:
                continue
            for level in range(levels - 1, -1, -1):
                entry = table + LEVEL_FIELDS * level
                shift = plan[entry + 1]
                if (number + together) & ((1 << shift) - 1) == 0:
                    start = number >> shift << shift
                    sweep(
                        plan[entry + 6],
                        base + cell_at(start * cells_of_leaf, row_shift, row_bytes),
                        plan[entry + 2],
                        records
                        + record_bytes * (root * plan[entry + 4] + (number >> shift)),
                        plan[entry + 3],
                        row_shift,
                        row_bytes,
                    )

    @inner("void(int64[::1], int64, boolean)")
    def tail_moved(plan: Any, residue: int, out: bool) -> None:
        """The real rest of a cyclic transform, to or from the tail. Row j of the tail
        holds it times i^(-TURN*j), which the pass of radix p takes off again."""
        row_cells, rows = plan[ROW_CELLS], plan[TAIL_ROWS]
        factors = plan[FACTORS]
        for number in range(2 * rows * row_cells):
            part = number // (rows * row_cells)
            cell = number - part * rows * row_cells
            here = residue + part * 8 * width
            here += cell_at(cell, plan[ROW_SHIFT], plan[ROW_BYTES])
            row = number // (2 * row_cells)
            turn = (-plan[TAIL_TURN] * row) & 3
            there = residue + plan[TAIL_START] + row * plan[TAIL_ROW_BYTES]
            there += cell_at(number - row * 2 * row_cells, 60, 0)
            real = there + (turn & 1) * 8 * width
            zero = there + (1 - (turn & 1)) * 8 * width
            factor = factors + 8 * (turn >> 1)
            if out:
                call4(plan[TO_TAIL], here, real, zero, factor)
            else:
                call4(plan[FROM_TAIL], real, here, zero, factor + 16)

    @inner("void(int64[::1], int64, int64, int64)")
    def nodes_done(plan: Any, residue: int, action: int, distance: int) -> None:
        rows = plan[TAIL_ROWS]
        start, offsets = residue + plan[TAIL_START], plan[TAIL_OFFSETS]
        cells = 2 * plan[ROW_CELLS]
        if rows > 0:
            tail_moved(plan, residue, True)
        if rows > 1:
            sweep(plan[TAIL_AHEAD], start, offsets, 0, cells, 60, 0)
        for number in range(plan[NODES]):
            node = plan[NODES_AT] + NODE_FIELDS * number
            node_done(plan, node, residue, action, distance)
        if action == PREPARE:
            return
        if rows > 1:
            sweep(plan[TAIL_BACK], start, offsets, 0, cells, 60, 0)
        if rows > 0:
            tail_moved(plan, residue, False)

    return nodes_done


def _settling(inner: Inner, width: int, cell_at: Any) -> tuple[Any, Any]:
    """Scalar work on single digits: what the chains leave at their ends."""

    @inner("void(int64[::1], int64, int64, int64, int64, int64, float64)")
    def settle(
        plan: Any,
        residue: int,
        row: int,
        part: int,
        first: int,
        last: int,
        value: float,
    ) -> None:
        """Add `value` to digit `first` of a chain and carry; `last` keeps the rest."""
        constants = plan[CONSTANTS]
        for digit in range(first, last + 1):
            cell, lane = digit // width, digit % width
            place = residue + row * plan[ROW_BYTES] + 8 * (lane + part * width)
            place += cell_at(cell, 60, 0)
            weights = plan[WEIGHTS] + at.CELL_WEIGHTS * (row * plan[ROW_CELLS] + cell)
            weights += 16 * part
            lanes = constants + 8 * (at.SCALARS + lane)
            w = load_double(weights) * load_double(lanes)
            inverse = load_double(weights + 8)
            inverse *= load_double(lanes + 8 * at.LANE_PLAIN * width)
            if w >= load_double(constants + 8 * at.WRAP_FROM):
                w *= load_double(constants + 8 * at.WRAP_DOWN)
                inverse *= load_double(constants + 8 * at.WRAP_UP)
            small = 0 if w < load_double(constants + 8 * at.BIG_BELOW) else 8
            base = load_double(constants + 8 * at.BIG_BASE + small)
            unit = load_double(constants + 8 * at.BIG_INVERSE + small)
            y = np.rint(load_double(place) * inverse) + value
            value = 0.0 if digit == last else np.rint(y * unit)
            store_double(place, (y - value * base) * w)

    @inner("float64(int64[::1], int64, float64, float64)")
    def wrapped(plan: Any, residue: int, top: float, addend: float) -> float:
        """What the carry `top` out of the last digit adds to digit 0; the part of it
        that is no multiple of k*b^n goes onto the last digits."""
        constants = plan[CONSTANTS]
        k = load_double(constants + 8 * at.K)
        sign = load_double(constants + 8 * at.SIGN)
        units = top * load_double(constants + 8 * at.TOP_UNIT) - sign * addend
        times = np.rint(units / k)
        rest = units - times * k
        if rest != 0.0:
            digits = plan[ROW_CELLS] * width
            settle(
                plan,
                residue,
                plan[ROWS] - 1,
                1,
                digits - plan[REST_DIGITS],
                digits - 1,
                rest * load_double(constants + 8 * at.REST_UNIT),
            )
        carried: float = -sign * times
        return carried

    return settle, wrapped


def _columns(inner: Inner, width: int, cell_at: Any, sweep: Any) -> Any:
    settle, wrapped = _settling(inner, width, cell_at)

    @inner("void(int64[::1], int64, int64)")
    def steps_ahead(plan: Any, place: int, cells: int) -> None:
        for number in range(plan[STEPS]):
            step = plan[STEPS_AT] + STEP_FIELDS * number
            start, offsets = place + plan[step + 2], plan[step + 3]
            sweep(plan[step], start, offsets, plan[step + 4], cells, 60, 0)

    @inner("void(int64[::1], int64, int64)")
    def steps_back(plan: Any, place: int, cells: int) -> None:
        for number in range(plan[STEPS] - 1, -1, -1):
            step = plan[STEPS_AT] + STEP_FIELDS * number
            start, offsets = place + plan[step + 2], plan[step + 3]
            sweep(plan[step + 1], start, offsets, plan[step + 4], cells, 60, 0)

    @inner("void(int64[::1], int64, int64, int64, int64, int64, int64)")
    def carried(
        plan: Any,
        place: int,
        cells: int,
        weights: int,
        state: int,
        rounds: int,
        kind: int,
    ) -> None:
        constants, error = plan[CONSTANTS], plan[ERROR]
        lanes = constants + 8 * (at.SCALARS + kind * width)
        routine = plan[CARRY + rounds]
        call7(routine, place, cells, weights, constants, lanes, state, error)

    page = 1 << (12 - bit_length(16 * width))

    @inner("void(int64[::1], int64, int64, int64, int64, int64, int64, int64)")
    def row_carried(
        plan: Any,
        row: int,
        first: int,
        count: int,
        weights: int,
        state: int,
        rounds: int,
        kind: int,
    ) -> None:
        for start in range(first, first + count, page):
            carried(
                plan,
                row + cell_at(start, 60, 0),
                min(page, first + count - start),
                weights + at.CELL_WEIGHTS * (start - first),
                state,
                rounds,
                kind,
            )

    @inner("float64(int64, int64, int64)")
    def chain_end(state: int, part: int, rounds: int) -> float:
        total = 0.0
        for number in range(rounds):
            total += load_double(
                state + 8 * (width * (part * rounds + number) + width - 1)
            )
        return total

    @inner("void(int64[::1], int64, int64, int64)")
    def ends_settled(plan: Any, residue: int, states: int, rounds: int) -> None:
        """Hand on what the chains carry out at their ends, but for the very last."""
        last = plan[ROWS] - 1
        apart = 16 * width * rounds if states > 1 else 0
        if states > 1:
            for row in range(last):
                for part in range(2):
                    value = chain_end(plan[STATE] + row * apart, part, rounds)
                    settle(plan, residue, row + 1, part, 0, rounds, value)
        end = plan[STATE] + last * apart
        settle(plan, residue, 0, 1, 0, rounds, chain_end(end, 0, rounds))

    @inner("void(int64[::1], int64, boolean, boolean, int64, int64, float64)")
    def columns_done(
        plan: Any,
        residue: int,
        transformed: bool,
        onward: bool,
        rounds: int,
        kind: int,
        addend: float,
    ) -> None:
        rows, cells, block = plan[ROWS], plan[ROW_CELLS], plan[BLOCK]
        states = 1 if block == cells else rows
        apart = 16 * width * rounds if states > 1 else 0
        for number in range(states * 2 * width * rounds):
            store_double(plan[STATE] + 8 * number, 0.0)
        to_first = 0.0
        for first in range(0, cells, block):
            count = min(block, cells - first)
            place = residue + cell_at(first, 60, 0)
            if transformed:
                steps_back(plan, place, count)
            for row in range(rows):
                weights = plan[WEIGHTS] + at.CELL_WEIGHTS * (row * cells + first)
                row_carried(
                    plan,
                    residue + row * plan[ROW_BYTES],
                    first,
                    count,
                    weights,
                    plan[STATE] + row * apart,
                    rounds,
                    kind,
                )
            if first + count == cells:
                end = plan[STATE] + (rows - 1) * apart
                top = chain_end(end, 1, rounds)
                to_first = wrapped(plan, residue, top, addend)
            if onward and first > 0:
                steps_ahead(plan, place, count)
        ends_settled(plan, residue, states, rounds)
        settle(plan, residue, 0, 0, 0, rounds, to_first)
        if onward:
            steps_ahead(plan, residue, min(block, cells))

    return columns_done, steps_ahead


SIGNATURE = (
    "float64(int64[::1], float64[::1], float64[::1], int64, int64,"
    " uint8[::1], boolean, float64, float64)"
)


def _run(inner: Inner, width: int) -> Callable[..., float]:
    cell_at, sweep = _sweeps(inner, width)
    nodes_done = _nodes(inner, width, cell_at, sweep)
    columns_done, steps_ahead = _columns(inner, width, cell_at, sweep)

    @inner("boolean(float64[::1], float64)")
    def within(words: Any, limit: float) -> bool:
        outside = 0
        for word in words:
            outside += 0 if abs(word) <= limit else 1
        return outside == 0

    def run(
        plan: Any,
        words: Any,
        other: Any,
        action: int,
        count: int,
        bits: Any,
        apart: bool,
        multiplier: float,
        addend: float,
    ) -> float:
        """`count` times an action on `words`; the largest round-off, inf where a word
        is out of bounds or no number. After a squaring whose bit is set the residue is
        multiplied by `multiplier`, in the same carry pass or (apart) in one more."""
        residue = np.int64(words.ctypes.data)
        distance = np.int64(other.ctypes.data) - residue
        error, rounds = plan[ERROR], plan[ROUNDS]
        factor = plan[CONSTANTS] + 8 * at.MULTIPLIER
        plain, after = at.LANE_PLAIN, at.LANE_AFTER
        for lane in range(width):
            store_double(error + 8 * lane, 0.0)
        store_double(factor, multiplier)
        if action == DIGITS:
            columns_done(plan, residue, False, False, MOST_ROUNDS, plain, addend)
        else:
            steps_ahead(plan, residue, plan[ROW_CELLS])
        for number in range(count if action != DIGITS else 0):
            nodes_done(plan, residue, action, distance)
            if action == PREPARE:
                return 0.0
            onward = number + 1 < count
            chosen = len(bits) > 0 and bits[number] != 0
            if chosen and not apart:
                store_double(factor, multiplier)
                columns_done(plan, residue, True, onward, MOST_ROUNDS, after, addend)
                continue
            store_double(factor, 1.0)
            ahead = onward and not chosen
            columns_done(plan, residue, True, ahead, rounds, after, addend)
            if chosen:
                store_double(factor, multiplier)
                columns_done(plan, residue, False, onward, MOST_ROUNDS, plain, 0.0)
        worst = 0.0
        for lane in range(width):
            worst = max(worst, load_double(error + 8 * lane))
        worst = min(worst, 0.5)
        limit = load_double(plan[CONSTANTS] + 8 * at.WORD_LIMIT)
        digits = words[: plan[TAIL_START] // 8]
        return worst if within(digits, limit) else np.inf

    return run


@cache
def runner(width: int) -> Kernel:
    """The kernel for one vector width; compiled at its first call."""
    key = f"width_{width}"
    inner = Inner(key)
    return Kernel(SIGNATURE, _run(inner, width), key, inner)

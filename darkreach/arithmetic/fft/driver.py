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
from darkreach.arithmetic.fft.butterflies import bit_length
from darkreach.arithmetic.fft.lengths import MOST_ROUNDS
from darkreach.arithmetic.fft.native import (
    call4,
    call7,
    load_double,
    store_double,
)
from darkreach.arithmetic.fft.passes import LEAF_CELLS, scalars_per_node
from darkreach.arithmetic.fft.team import arrive, broken
from darkreach.jit import Inner, Kernel, inner

#: What a run does with its operand.
SQUARE, PREPARE, MULTIPLY, DIGITS = range(4)

#: Places of the plan. LEAF and PAIR are followed by one address for each action of a
#: transform, PLUS and MINUS (leaves of root 1 and -1) too; CARRY by one for each number
#: of rounds; PATTERNS by the tables for words after a transform and for plain ones.
#: WATCHED is 0 where somebody else looks at the words in the end (`bounded`).
#: A thread of a team has its own operations, columns (FIRST to LAST), STATE, ERROR and
#: MET (arrivals so far); BEFORE is the STATE of the thread whose columns end where its
#: own begin, TO_FIRST the carry out of the top, TEAM the counters of `team.arrive`.
(
    ROWS,
    ROW_BYTES,
    ROW_CELLS,
    BLOCK,
    STEPS,
    STEPS_AT,
    PROGRAM,
    PROGRAM_AT,
    WEIGHTS,
    CONSTANTS,
    STATE,
    ERROR,
    ROUNDS,
    REST_DIGITS,
    CYCLIC,
    WATCHED,
    STATES,
    FIRST,
    LAST,
    BEFORE,
    TO_FIRST,
    THREADS,
    TEAM,
    MET,
    PATIENCE,
    YIELD_AT,
    SLEEP_AT,
    PATTERNS,
) = range(28)
AFTER, PLAIN = range(2)
LEAF = PATTERNS + 2
PAIR, PLUS, MINUS = (LEAF + 3 * i for i in (1, 2, 3))
CARRY = MINUS + 3
HEADER = CARRY + MOST_ROUNDS + 1
STEP_FIELDS, OPERATION_FIELDS, LEVEL_FIELDS = 5, 8, 7
#: Operations of the program, and their fields behind the code and the place:
#: a pass (routine, offsets, record, cells), ahead or back; a node and a pair of nodes
#: (leaves, levels, their place, records, number, distance of the partner); a leaf of
#: root 1 or -1 (record).
PASS_AHEAD, PASS_BACK, NODE, NODE_PAIR, LEAF_PLUS, LEAF_MINUS = range(6)


def _sweeps(inner: Inner, width: int) -> tuple[Any, Any]:
    """Address of a cell in its row; a pass over cells of a row, from gap to gap."""
    size, shift = 16 * width, 12 - bit_length(16 * width)
    page = 1 << shift

    @inner("int64(int64)")
    def cell_at(cell: int) -> int:
        return size * (cell + (cell >> shift) + (cell >> (shift + 6)))

    @inner("void(int64, int64, int64, int64, int64)")
    def sweep(
        routine: int, address: int, offsets: int, record: int, cells: int
    ) -> None:
        for first in range(0, cells, page):
            place = address + cell_at(first)
            call4(routine, place, offsets, record, min(page, cells - first))

    return cell_at, sweep


def _nodes(inner: Inner, width: int, cell_at: Any, sweep: Any) -> Any:
    """All nodes of a residue, from digits' polynomial to spectrum and back."""
    page = 1 << (12 - bit_length(16 * width))
    cells_of_leaf = LEAF_CELLS[width]
    records_of = [16 * scalars_per_node(width, cyclic) for cyclic in (False, True)]
    plain_record, cyclic_record = records_of

    @inner("void(int64[::1], int64, int64, int64, int64, int64, int64, int64)")
    def leaves_done(
        plan: Any,
        base: int,
        first: int,
        last: int,
        records: int,
        action: int,
        distance: int,
        apart: int,
    ) -> None:
        most = page // cells_of_leaf
        for number in range(first, last, most):
            place = base + cell_at(number * cells_of_leaf)
            count = min(most, last - number)
            if apart:
                leaf, record = plan[PAIR + action], records + cyclic_record * number
                call7(leaf, place, apart, record, distance, count, 0, 0)
            else:
                leaf, record = plan[LEAF + action], records + plain_record * number
                call4(leaf, place, record, place + distance, count)

    @inner("void(int64[::1], int64, int64, int64, int64, int64, int64, boolean)")
    def level_done(
        plan: Any,
        entry: int,
        base: int,
        apart: int,
        records: int,
        number: int,
        root: int,
        back: bool,
    ) -> None:
        """One pass of a node, and of its partner."""
        shift = plan[entry + 1]
        sub = number >> shift
        record_bytes = cyclic_record if apart else plain_record
        record = records + record_bytes * (root * plan[entry + 4] + sub)
        place = base + cell_at((sub << shift) * cells_of_leaf)
        routine = plan[entry + 6] if back else plan[entry + 5]
        sweep(routine, place, plan[entry + 2], record, plan[entry + 3])
        if apart:
            sweep(routine, place + apart, plan[entry + 2], record, plan[entry + 3])

    @inner("void(int64[::1], int64, int64, int64, int64)")
    def node_done(
        plan: Any, node: int, residue: int, action: int, distance: int
    ) -> None:
        base, leaves, levels = residue + plan[node + 1], plan[node + 2], plan[node + 3]
        table, records, root = plan[node + 4], plan[node + 5], plan[node + 6]
        apart = plan[node + 7]
        record_bytes = cyclic_record if apart else plain_record
        together = plan[table + LEVEL_FIELDS * (levels - 1)] if levels else 1
        for number in range(0, leaves, together):
            for level in range(levels):
                entry = table + LEVEL_FIELDS * level
                if number & ((1 << plan[entry + 1]) - 1) == 0:
                    level_done(plan, entry, base, apart, records, number, root, False)
            leaves_done(
                plan,
                base,
                number,
                number + together,
                records + record_bytes * leaves * root,
                action,
                distance,
                apart,
            )
            if action == PREPARE:
                continue
            for level in range(levels - 1, -1, -1):
                entry = table + LEVEL_FIELDS * level
                if (number + together) & ((1 << plan[entry + 1]) - 1) == 0:
                    level_done(plan, entry, base, apart, records, number, root, True)

    @inner("void(int64[::1], int64, int64, int64)")
    def nodes_done(plan: Any, residue: int, action: int, distance: int) -> None:
        for number in range(plan[PROGRAM]):
            at = plan[PROGRAM_AT] + OPERATION_FIELDS * number
            code, place = plan[at], residue + plan[at + 1]
            if code in (NODE, NODE_PAIR):
                node_done(plan, at, residue, action, distance)
            elif code in (LEAF_PLUS, LEAF_MINUS):
                leaf = plan[(PLUS if code == LEAF_PLUS else MINUS) + action]
                call7(leaf, place, 0, plan[at + 2], distance, 1, 0, 0)
            elif code == PASS_AHEAD or action != PREPARE:
                sweep(plan[at + 2], place, plan[at + 3], plan[at + 4], plan[at + 5])

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
        cyclic = plan[CYCLIC]
        for digit in range(first, last + 1):
            number = digit
            if cyclic:
                part, number = digit & 1, digit >> 1
            cell, lane = number // width, number % width
            place = residue + row * plan[ROW_BYTES] + 8 * (lane + part * width)
            place += cell_at(cell)
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
            digits = plan[ROW_CELLS] * width << plan[CYCLIC]
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


def _meeting(inner: Inner) -> Any:
    @inner("void(int64[::1])")
    def met(plan: Any) -> None:
        """Go on when every thread is here."""
        if plan[THREADS] > 1:
            plan[MET] += plan[THREADS]
            plan[PATIENCE] = arrive(
                plan[TEAM], plan[MET], plan[PATIENCE], plan[YIELD_AT], plan[SLEEP_AT]
            )

    return met


def _columns(inner: Inner, width: int, cell_at: Any, sweep: Any, met: Any) -> Any:
    settle, wrapped = _settling(inner, width, cell_at)

    @inner("void(int64[::1], int64, int64)")
    def steps_ahead(plan: Any, place: int, cells: int) -> None:
        for number in range(plan[STEPS]):
            step = plan[STEPS_AT] + STEP_FIELDS * number
            start, offsets = place + plan[step + 2], plan[step + 3]
            sweep(plan[step], start, offsets, plan[step + 4], cells)

    @inner("void(int64[::1], int64, int64)")
    def steps_back(plan: Any, place: int, cells: int) -> None:
        for number in range(plan[STEPS] - 1, -1, -1):
            step = plan[STEPS_AT] + STEP_FIELDS * number
            start, offsets = place + plan[step + 2], plan[step + 3]
            sweep(plan[step + 1], start, offsets, plan[step + 4], cells)

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
        routine, patterns = plan[CARRY + rounds], plan[PATTERNS + kind]
        constants, error = plan[CONSTANTS], plan[ERROR]
        call7(routine, place, cells, weights, constants, patterns, state, error)

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
                row + cell_at(start),
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

    @inner("void(int64[::1], int64, int64)")
    def ends_settled(plan: Any, residue: int, rounds: int) -> None:
        """Take over what the chains before these columns carry out at their ends, but
        for the very last."""
        last, cyclic, before = plan[ROWS] - 1, plan[CYCLIC], plan[BEFORE]
        apart = 16 * width * rounds if plan[STATES] > 1 else 0
        digit = plan[FIRST] * width << cyclic
        # At their left end rows go on where the row before ended.
        left = 1 if digit == 0 else 0
        if plan[STATES] > 1:
            for row in range(left, last + 1):
                for part in range(cyclic, 2):
                    value = chain_end(before + (row - left) * apart, part, rounds)
                    settle(plan, residue, row, part, digit, digit + rounds, value)
        if left and not cyclic:
            end = before + last * apart
            settle(plan, residue, 0, 1, 0, rounds, chain_end(end, 0, rounds))

    @inner("void(int64[::1], int64)")
    def begun(plan: Any, residue: int) -> None:
        """The first passes of a transform."""
        for first in range(plan[FIRST], plan[LAST], plan[BLOCK]):
            count = min(plan[BLOCK], plan[LAST] - first)
            steps_ahead(plan, residue + cell_at(first), count)

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
        start, stop = plan[FIRST], plan[LAST]
        apart = 16 * width * rounds if plan[STATES] > 1 else 0
        for number in range(plan[STATES] * 2 * width * rounds):
            store_double(plan[STATE] + 8 * number, 0.0)
        for first in range(start, stop, block):
            count = min(block, stop - first)
            place = residue + cell_at(first)
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
                store_double(plan[TO_FIRST], wrapped(plan, residue, top, addend))
            if onward and first > start:
                steps_ahead(plan, place, count)
        met(plan)
        ends_settled(plan, residue, rounds)
        if start == 0:
            settle(plan, residue, 0, 0, 0, rounds, load_double(plan[TO_FIRST]))
        if onward:
            place = residue + cell_at(start)
            steps_ahead(plan, place, min(block, stop - start))
        met(plan)

    return columns_done, begun


SIGNATURE = (
    "float64(int64[::1], float64[::1], float64[::1], int64, int64,"
    " uint8[::1], boolean, float64, float64)"
)


@inner
def bounded(plan: Any, words: Any, worst: float) -> float:
    """worst, or inf where a word is out of bounds or no number."""
    limit = load_double(plan[CONSTANTS] + 8 * at.WORD_LIMIT)
    outside = 0
    for word in words:
        outside += 0 if abs(word) <= limit else 1
    return worst if outside == 0 else np.inf


def _run(inner: Inner, width: int) -> Callable[..., float]:
    cell_at, sweep = _sweeps(inner, width)
    met = _meeting(inner)
    nodes_done = _nodes(inner, width, cell_at, sweep)
    columns_done, begun = _columns(inner, width, cell_at, sweep, met)

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
        for lane in range(width):
            store_double(error + 8 * lane, 0.0)
        store_double(factor, multiplier)
        if action == DIGITS:
            columns_done(plan, residue, False, False, MOST_ROUNDS, PLAIN, addend)
        else:
            begun(plan, residue)
            met(plan)
        for number in range(count if action != DIGITS else 0):
            nodes_done(plan, residue, action, distance)
            if action == PREPARE:
                return 0.0
            met(plan)
            if broken(plan[TEAM]):
                return np.inf
            onward = number + 1 < count
            chosen = len(bits) > 0 and bits[number] != 0
            if chosen and not apart:
                store_double(factor, multiplier)
                columns_done(plan, residue, True, onward, MOST_ROUNDS, AFTER, addend)
                continue
            store_double(factor, 1.0)
            ahead = onward and not chosen
            columns_done(plan, residue, True, ahead, rounds, AFTER, addend)
            if chosen:
                store_double(factor, multiplier)
                columns_done(plan, residue, False, onward, MOST_ROUNDS, PLAIN, 0.0)
        worst = 0.0
        for lane in range(width):
            worst = max(worst, load_double(error + 8 * lane))
        worst = min(worst, 0.5)
        return bounded(plan, words, worst) if plan[WATCHED] else worst

    return run


@cache
def runner(width: int) -> Kernel:
    """The kernel for one vector width; compiled at its first call."""
    key = f"width_{width}"
    inner = Inner(key)
    return Kernel(SIGNATURE, _run(inner, width), key, inner)

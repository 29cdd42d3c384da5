"""What the compiled driver has to know about one length: a small array of integers.

They are counts, and addresses of tables and routines: see `driver` for their order.
"""

from __future__ import annotations

from itertools import chain

import numpy as np
from numpy.typing import NDArray

from darkreach.arithmetic.fft import driver
from darkreach.arithmetic.fft.butterflies import MINUS, PLAIN, PLUS, bit_length
from darkreach.arithmetic.fft.carrying import carry_row
from darkreach.arithmetic.fft.cyclic_leaves import paired_leaves, single_leaf
from darkreach.arithmetic.fft.layout import (
    Layout,
    Node,
    Single,
    Step,
    Sweep,
    cell_address,
    radices,
)
from darkreach.arithmetic.fft.lengths import MOST_ROUNDS
from darkreach.arithmetic.fft.passes import LEAF_CELLS, leaf, pass_of, scalars_per_node
from darkreach.arithmetic.fft.tables import Doubles, aligned, node_records
from darkreach.arithmetic.fft.team import COUNTERS, MOST_PATIENCE, system_calls


class Planner:
    """Makes the plan of a layout, and keeps the tables that it makes for it."""

    def __init__(
        self,
        layout: Layout,
        rounds: int,
        rest_digits: int,
        tables: list[Doubles],
        threads: int = 1,
    ) -> None:
        """tables: weights, constants, patterns after a transform and of plain words."""
        self.layout, self.width, self.rounds = layout, layout.width, rounds
        self._rest_digits, self._tables = rest_digits, tables
        self._offsets: dict[tuple[int, ...], NDArray[np.int64]] = {}
        self.threads = threads
        self.counters = aligned(COUNTERS // 8).view(np.int64)
        #: Twiddle records, states of the carries, round-off.
        self.kept: list[Doubles] = []

    def plans(self) -> list[NDArray[np.int64]]:
        """All of it, for each thread; the tables must stay where they are."""
        layout, size = self.layout, self.width
        records = [
            node_records(
                layout.largest_node(i) // LEAF_CELLS[size], size, angle, layout.cyclic
            )
            for i, angle in enumerate(layout.angles())
        ]
        self.kept = [*map(aligned_copy, records)]
        starts = [each.ctypes.data for each in self.kept]
        steps = [self._step(step, starts) for step in layout.steps()]
        shares = layout.shares(self.threads)
        program = list(chain(*shares))
        program_at = driver.HEADER + driver.STEP_FIELDS * len(steps)
        levels_at = program_at + driver.OPERATION_FIELDS * len(program)
        operations, levels = self._operations(program, levels_at, starts)
        header = self._header() | {
            driver.STEPS: len(steps),
            driver.STEPS_AT: driver.HEADER,
        }
        rest = [*chain(*steps, *operations, *levels)]
        found = []
        for own in self._parts(program_at, [len(share) for share in shares]):
            head = [(header | own).get(place, 0) for place in range(driver.HEADER)]
            found.append(np.array([*head, *rest], dtype=np.int64))
        return found

    def _header(self) -> dict[int, int]:
        """What all threads have in common."""
        layout = self.layout
        weights, constants, *patterns = self._tables
        header = {
            driver.ROWS: layout.rows,
            driver.ROW_BYTES: layout.row_bytes,
            driver.ROW_CELLS: layout.row_cells,
            driver.BLOCK: layout.block,
            driver.WEIGHTS: weights.ctypes.data,
            driver.CONSTANTS: constants.ctypes.data,
            driver.ROUNDS: self.rounds,
            driver.REST_DIGITS: self._rest_digits,
            driver.CYCLIC: int(layout.cyclic),
            driver.STATES: layout.rows if layout.blocks > 1 else 1,
        }
        for kind, table in enumerate(patterns):
            header[driver.PATTERNS + kind] = table.ctypes.data
        return header | self._routines()

    def _parts(self, program_at: int, shares: list[int]) -> list[dict[int, int]]:
        """What each thread has for itself; shares: their operations, one thread's after
        the other's."""
        layout, count = self.layout, self.threads
        size = layout.rows * 2 * MOST_ROUNDS * self.width
        states = [aligned(size) for _ in range(count)]
        errors = [aligned(self.width) for _ in range(count)]
        ends = aligned(self.width)
        self.kept += [*states, *errors, ends]
        cuts = [layout.blocks * i // count * layout.block for i in range(count + 1)]
        cuts[-1] = layout.row_cells
        program = [
            program_at + driver.OPERATION_FIELDS * sum(shares[:i]) for i in range(count)
        ]
        yield_at, sleep_at = system_calls() if count > 1 else (0, 0)
        return [
            {
                driver.PROGRAM: shares[i],
                driver.PROGRAM_AT: program[i],
                driver.STATE: states[i].ctypes.data,
                driver.BEFORE: states[i - 1].ctypes.data,
                driver.ERROR: errors[i].ctypes.data,
                driver.FIRST: cuts[i],
                driver.LAST: cuts[i + 1],
                driver.TO_FIRST: ends.ctypes.data,
                driver.WATCHED: int(i == 0),
                driver.THREADS: count,
                driver.TEAM: self.counters.ctypes.data if count > 1 else 0,
                driver.PATIENCE: MOST_PATIENCE,
                driver.YIELD_AT: yield_at,
                driver.SLEEP_AT: sleep_at,
            }
            for i in range(count)
        ]

    def _routines(self) -> dict[int, int]:
        """Addresses of leaves and carry passes, by their places in the plan."""
        size, cyclic = self.width, self.layout.cyclic
        found = {}
        for action, name in enumerate(("square", "prepare", "multiply")):
            if cyclic:
                found[driver.PAIR + action] = paired_leaves(size, name).address
                for place, root in ((driver.PLUS, PLUS), (driver.MINUS, MINUS)):
                    found[place + action] = single_leaf(size, name, root).address
            else:
                found[driver.LEAF + action] = leaf(size, name).address
        for rounds in {self.rounds, MOST_ROUNDS}:
            routine = carry_row(size, rounds, rounds == MOST_ROUNDS, cyclic)
            found[driver.CARRY + rounds] = routine.address
        return found

    def _record(self, table: int, number: int, starts: list[int]) -> int:
        size = 16 * scalars_per_node(self.width, self.layout.cyclic)
        return starts[table] + size * number

    def _step(self, step: Step, starts: list[int]) -> list[int]:
        row = self.layout.row_bytes
        offsets = [place * step.distance * row for place in range(step.radix)]
        return [
            *self._passes(step.radix, step.root),
            step.row * row,
            self._table(offsets),
            self._record(step.table, step.number, starts),
        ]

    def _place(self, row: int, cell: int) -> int:
        return row * self.layout.row_bytes + cell_address(self.width, cell)

    def _operations(
        self, program: list[Node | Sweep | Single], levels_at: int, starts: list[int]
    ) -> tuple[list[list[int]], list[list[int]]]:
        """The program and the levels of its nodes, as rows of the plan."""
        rows: list[list[int]] = []
        all_levels: list[list[int]] = []
        known: dict[int, tuple[int, int]] = {}
        for each in program:
            node = each if isinstance(each, Node) else each.node
            place = self._place(node.row, node.start)
            record = self._record(node.table, node.number, starts)
            if isinstance(each, Single):
                plus = each.root == PLUS
                code = driver.LEAF_PLUS if plus else driver.LEAF_MINUS
                row = [code, place, record]
            elif isinstance(each, Sweep):
                row = self._sweep(each, place, record)
            else:
                if node.cells not in known:
                    levels = self._levels(node)
                    at_level = levels_at + driver.LEVEL_FIELDS * len(all_levels)
                    known[node.cells] = len(levels), at_level
                    all_levels += levels
                apart = 0
                if node.partner is not None:
                    apart = self._place(*node.partner) - place
                code = driver.NODE_PAIR if apart else driver.NODE
                leaves = node.cells // LEAF_CELLS[self.width]
                numbers = [starts[node.table], node.number, apart]
                row = [code, place, leaves, *known[node.cells], *numbers]
            rows.append(row + [0] * (driver.OPERATION_FIELDS - len(row)))
        return rows, all_levels

    def _sweep(self, sweep: Sweep, place: int, record: int) -> list[int]:
        cells = sweep.node.cells // sweep.radix
        routine = pass_of(self.width, sweep.radix, sweep.root, sweep.ahead)
        offsets = [cell_address(self.width, cells * i) for i in range(sweep.radix)]
        code = driver.PASS_AHEAD if sweep.ahead else driver.PASS_BACK
        return [code, place, routine.address, self._table(offsets), record, cells]

    def _levels(self, node: Node) -> list[list[int]]:
        """Per pass of a node: radix, log2 of its leaves, stride, cells, first node."""
        cells = LEAF_CELLS[self.width]
        found, first, leaves = [], 1, node.cells // cells
        for radix in radices(leaves, self.width):
            child = leaves // radix * cells
            apart = [cell_address(self.width, child * i) for i in range(radix)]
            found.append(
                [
                    radix,
                    bit_length(leaves),
                    self._table(apart),
                    child,
                    first,
                    *self._passes(radix, PLAIN),
                ]
            )
            first, leaves = first * radix, leaves // radix
        return found

    def _table(self, offsets: list[int]) -> int:
        """Address of a table of row offsets."""
        key = tuple(offsets)
        if key not in self._offsets:
            self._offsets[key] = np.array(offsets, dtype=np.int64)
        return int(self._offsets[key].ctypes.data)

    def _passes(self, radix: int, root: str) -> list[int]:
        """Addresses of a pass forward and back."""
        return [pass_of(self.width, radix, root, way).address for way in (True, False)]


def aligned_copy(values: Doubles) -> Doubles:
    copied = aligned(len(values))
    copied[:] = values
    return copied

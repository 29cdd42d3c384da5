"""Which classes of exponents j a prime allows: p | k*b^(start + step*j) + c.

With v = -c*k and g = gcd(Q, p-1), v * b^(start + step*j) = 1 needs the power
e = (p-1)/g of both sides: V * B^start * B^(step*j) = 1 with V = v^e and B = b^e, whose
order divides g. That leaves few j mod g, most often none, at the price of two powers.
The table of B^-(start + step*i), i < g, is shared by all k. Before any power the
quadratic character of v and b, read from a table of p mod 4|v|, turns away primes.

The primes come in buckets of one g.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from darkreach.jit import inner, kernel
from darkreach.sieve.lanes import (
    constant,
    load,
    multiply,
    negative,
    power,
    powers,
    prime,
    remainder,
    words,
)
from darkreach.sieve.vectors import FREE, LANES

#: Rows of a block: b or v, its power B, its step, and B^-(start + step*i).
BASE, ROOT, STEP, TURN = (FREE + LANES * i for i in range(4))

#: Primes that share one pass over the sequences: at most so many, and so many words of
#: their tables, so many flags of sequences.
MOST_ROWS, MOST_WORDS, MOST_FLAGS = 1024, 2**15, 2**18

#: A constant f may be folded into the squarings of a power where abs(f)*p is below.
SMALL = 2.0**50

#: The quadratic character of what -c*k must be for an even, for an odd exponent n.
EVEN, ODD = np.uint8(1), np.uint8(2)

ONE, FOUR, SEVEN = np.uint64(1), np.uint64(4), np.uint64(7)

CLASSES = (
    "int64({0}[::1], {0}[::1], int64[::1], int64, uint64, uint64,"  # p ... step
    " {0}[::1], {0}[::1], int64[::1], uint8[::1], {0}[:, ::1],"  # b_number ... values
    " int64[::1], float64[::1],"  # line, sizes
    " uint8[::1], int64[::1], int64[::1], uint8[::1],"  # table ... parities
    " int64[::1], uint8[::1],"  # base, used_groups
    " int64, int64[::1], int64[::1], int64[::1], {0}[::1])"  # jobs ... job_value
)


@inner
def squares(
    p: Any, begin: int, size: int, table: Any, first: int, modulus: int, out: Any
) -> None:
    """out[r] = 1 if the number of this table is a square mod p[begin + r], -1 if not or
    if p divides it, 0 if it has no table."""
    if modulus == 0:
        out[:size] = 0
        return
    mine = table[first : first + (modulus + 15) // 16]
    window = p[begin : begin + size]
    for r in range(size):
        place = np.uint64(remainder(window[r], modulus))
        bit = mine[place >> FOUR] >> np.uint8(place >> ONE & SEVEN) & np.uint8(1)
        out[r] = np.int8(bit) + np.int8(bit) - np.int8(1)


@inner
def in_question(square: Any, b_square: Any, even: Any, odd: Any) -> Any:
    """May p divide v*b^n - 1 for an even n, if any, or an odd one, by the characters of
    v and b? Without a branch, for the characters are like coins."""
    by_odd = odd & ((b_square == 0) | (square == b_square))
    return (square == 0) | (even & (square > 0)) | by_odd


@inner
def sift(
    p: Any,
    begin: int,
    size: int,
    table: Any,
    table_first: Any,
    modulus: Any,
    parities: Any,
    passing: Any,
    needed: Any,
) -> int:
    """passing[s, r] = 1 where the characters do not rule out sequence s for the prime
    r; needed = the primes that any sequence is left for. Returns how many."""
    sequences = parities.size
    b_square = np.empty(size, np.int8)
    square = np.empty(size, np.int8)
    some = np.zeros(size, np.uint8)
    squares(p, begin, size, table, table_first[sequences], modulus[sequences], b_square)
    for s in range(sequences):
        squares(p, begin, size, table, table_first[s], modulus[s], square)
        even, odd = parities[s] & EVEN != 0, parities[s] & ODD != 0
        for r in range(size):
            flag = np.uint8(in_question(square[r], b_square[r], even, odd))
            passing[s, r] = flag
            some[r] |= flag
    count = 0
    for r in range(size):
        if some[r]:
            needed[count] = r
            count += 1
    return count


@inner
def fill(
    w: Any,
    rows: Any,
    block: int,
    count: int,
    begin: int,
    p: Any,
    inverse: Any,
    number: Any,
    first: int,
    last: int,
    minus: bool,
    values: Any,
    column: int,
    e: Any,
    exponents: Any,
) -> None:
    """Begin a block with the primes rows[block:count], the last one repeated, with
    e[row] as exponents and a number at BASE, or the value of the row in a column of
    values[begin:] if there are any."""
    for lane in range(LANES):
        row = rows[min(block + lane, count - 1)]
        q, iq = p[begin + row], inverse[begin + row]
        load(w, lane, q, iq)
        if values.size and column >= 0:
            v = values[begin + row, column]
        else:
            v = constant(number, first, last, q, iq)
        w[BASE + lane] = negative(v, q) if minus else v
        exponents[lane] = e[row]


@inner
def turn(
    w: Any,
    g: int,
    start: Any,
    step: Any,
    key: Any,
    rows: Any,
    used: int,
    turns: Any,
    period: Any,
) -> None:
    """turns[row*g + i] = B^-(start + step*i), i < g, as words, B being at ROOT, and
    their period, for the first ``used`` rows of a block."""
    order = np.uint64(g)
    power(w, ROOT, STEP, order - step % order)
    power(w, ROOT, TURN, order - start % order)
    for lane in range(used):
        period[rows[lane]] = g
    for i in range(g):
        words(w, TURN, key, 0)
        for lane in range(used):
            row = rows[lane]
            turns[row * g + i] = key[lane]
            if i > 0 and period[row] == g and key[lane] == turns[row * g]:
                period[row] = i
        multiply(w, TURN, STEP, TURN)


@inner
def place_of(turns: Any, at: int, period: int, key: Any) -> int:
    """The first i < period with turns[at + i] = key, or -1."""
    for i in range(period):
        if turns[at + i] == key:
            return i
    return -1


def classes(
    p: Any,
    inverse: Any,
    bucket: Any,
    g: int,
    start: Any,
    step: Any,
    b_number: Any,
    k_number: Any,
    k_first: Any,
    negate: Any,
    values: Any,
    line: Any,
    sizes: Any,
    table: Any,
    table_first: Any,
    modulus: Any,
    parities: Any,
    base: Any,
    used_groups: Any,
    jobs: int,
    job_row: Any,
    job_line: Any,
    job_group: Any,
    job_value: Any,
) -> int:
    """For the primes p, those of the rows ``bucket``, add what is left to search to the
    ``jobs`` that are listed: row, line of the sequence, group base[sequence] + i for
    the class i mod g, and v mod p. v is the number k or minus that, or values[row of p,
    sequence] if there are any. sizes, table_first and modulus have one entry more, for
    b. Returns the number of jobs, or -1 if there is no room for them."""
    sequences = negate.size
    rows = min(
        MOST_ROWS, max(LANES, MOST_WORDS // g), max(LANES, MOST_FLAGS // sequences)
    )
    w = np.empty(TURN + LANES, p.dtype)
    other = np.empty(TURN + LANES, p.dtype)
    key = np.empty(2 * LANES, np.uint64)
    exponents = np.empty(2 * LANES, np.uint64)
    period = np.empty(rows, np.int64)
    turns = np.empty(rows * g, np.uint64)
    e = np.empty(rows, np.uint64)
    needed = np.empty(rows, np.int64)
    chosen = np.empty(rows, np.int64)
    passing = np.empty((sequences, rows), np.uint8)
    for begin in range(0, p.size, rows):
        size = min(rows, p.size - begin)
        largest = np.float64(p[begin + size - 1])
        count = sift(
            p, begin, size, table, table_first, modulus, parities, passing, needed
        )
        small = sizes[sequences] * largest < SMALL
        last = b_number.size
        for r in needed[:count]:
            e[r] = (prime(p[begin + r]) - np.uint64(1)) // np.uint64(g)
        for block in range(0, count, 2 * LANES):
            for half in range(2):
                fill(
                    other if half else w,
                    needed,
                    block + half * LANES,
                    count,
                    begin,
                    p,
                    inverse,
                    b_number,
                    0,
                    last,
                    False,
                    values,
                    -1,
                    e,
                    exponents[half * LANES :],
                )
            powers(w, other, BASE, ROOT, exponents, small)
            for half in range(2):
                at = block + half * LANES
                turn(
                    other if half else w,
                    g,
                    start,
                    step,
                    key,
                    needed[at:],
                    max(0, min(LANES, count - at)),
                    turns,
                    period,
                )
        for s in range(sequences):
            count = 0
            for r in range(size):
                chosen[count] = r
                count += passing[s, r]
            small = sizes[s] * largest < SMALL
            for block in range(0, count, 2 * LANES):
                for half in range(2):
                    fill(
                        other if half else w,
                        chosen,
                        block + half * LANES,
                        count,
                        begin,
                        p,
                        inverse,
                        k_number,
                        k_first[s],
                        k_first[s + 1],
                        negate[s] != 0,
                        values,
                        s,
                        e,
                        exponents[half * LANES :],
                    )
                powers(w, other, BASE, ROOT, exponents, small)
                words(w, ROOT, key, 0)
                words(other, ROOT, key, LANES)
                for lane in range(min(2 * LANES, count - block)):
                    r = chosen[block + lane]
                    i = place_of(turns, r * g, period[r], key[lane])
                    while 0 <= i < g:
                        if used_groups[base[s] + i]:
                            if jobs == job_row.size:
                                return -1
                            job_row[jobs] = bucket[begin + r]
                            job_line[jobs] = line[s]
                            job_group[jobs] = base[s] + i
                            half_lane = BASE + lane % LANES
                            value = w[half_lane] if lane < LANES else other[half_lane]
                            job_value[jobs] = value
                            jobs += 1
                        i += period[r]
    return jobs


classes_float = kernel(CLASSES.format("float64"))(classes)
classes_word = kernel(CLASSES.format("uint64"), rare=True)(classes)

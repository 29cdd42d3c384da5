"""Discrete logarithms for many primes at once: baby steps, giant steps.

For each prime p some values v and classes i: every J with v * beta^(i + Q*J) = 1 mod p
is found. With m baby steps beta^(Q*t), t = 1..m, and J = I*m - t this reads
v * beta^i * beta^(Q*m*I) = beta^(Q*t): the giant steps I = 1.. of every value and class
look themselves up in the one table of babies, and no inverse is needed.

LANES primes go side by side, of like numbers of classes, so that they share the bounds
of all loops. Each lane has a bit map of its babies, one bit in 32 set, which turns away
nearly all giants, and a chained table for the rest. All babies of one value stay in the
chain: primes for which beta^Q has a small order need no case of their own.

D. Shanks, Class number, a theory of factorization, and genera (1971).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from darkreach.jit import inner, kernel
from darkreach.sieve.found import note
from darkreach.sieve.lanes import (
    constant,
    copy,
    load,
    multiply,
    power,
    prime,
    words,
)
from darkreach.sieve.vectors import (
    FREE,
    LANES,
    POWER,
    UNIT,
    P,
    lookup,
    lowest,
    remember,
)

#: Most babies: the links of the chains have 16 bits.
MOST_BABIES = 2**15

#: A giant step costs this much of a baby step.
GIANT = 0.5

#: A word of a bit map has at most so many babies, two bits each.
SPARSE = 2

#: Powers of beta up to here are one table, the multiples of it another.
FINE = 16

# Rows of a block: b, beta, beta^(Q*m), beta^Q, some factor; 1 to beta^FINE; then
# b^start * beta^(FINE*i); then the targets.
BASE, BETA, GIANT_STEP, BABY_STEP, FACTOR = (FREE + LANES * i for i in range(5))
TABLE = FACTOR + LANES
COARSE = TABLE + LANES * (FINE + 1)

ONE, SIX = np.uint64(1), np.uint64(6)
FOUR, FIFTEEN = np.uint64(4), np.uint64(FINE - 1)
HALF, LOW_HALF = np.uint64(32), np.uint64(2**32 - 1)
ROW = np.uint64(LANES)
END = 2**16 - 1


@inner
def steps(classes: Any, length: Any) -> Any:
    """How many babies and how many giants per class cover a length of J."""
    m = min(int(np.sqrt(classes * length * GIANT)) + 1, length, MOST_BABIES)
    giants = (length + m - 1) // m
    return (length + giants - 1) // giants, giants


@inner
def tables(w: Any, start: Any, step: Any, modulus: int, coarse: int) -> None:
    """What the targets of a block are made of."""
    power(w, BASE, COARSE, start)
    power(w, BASE, BETA, step)
    copy(w, UNIT, TABLE)
    for i in range(FINE):
        multiply(w, TABLE + i * LANES, BETA, TABLE + (i + 1) * LANES)
    for i in range(coarse - 1):
        at = COARSE + i * LANES
        multiply(w, at, TABLE + FINE * LANES, at + LANES)
    power(w, BETA, BABY_STEP, np.uint64(modulus))


@inner
def begin_block(
    w: Any, p: Any, inverse: Any, number: Any, order: Any, place: int
) -> None:
    """The primes of the block at this place of the order, the last one repeated."""
    for lane in range(LANES):
        row = order[min(place + lane, order.size - 1)]
        load(w, lane, p[row], inverse[row])
        w[BASE + lane] = constant(number, 0, number.size, p[row], inverse[row])


@inner
def targets(
    w: Any,
    target: int,
    mark: Any,
    order: Any,
    place: int,
    first: Any,
    job: Any,
    value: Any,
    line: Any,
    group: Any,
    group_first: Any,
    group_class: Any,
) -> int:
    """The value of each job for each class of its group, row by row from target on, and
    its line and class in mark. Lanes with fewer are filled up with 0. Returns the
    number of rows."""
    classes = 0
    held = np.empty(LANES, np.int64)
    for lane in range(LANES):
        row = order[min(place + lane, order.size - 1)]
        at = np.uint64(lane)
        for i in job[first[row] : first[row + 1]]:
            v, mine = value[i], np.uint64(line[i]) << HALF
            for c in group_class[group_first[group[i]] : group_first[group[i] + 1]]:
                w[np.uint64(target) + at] = v
                mark[at] = mine | np.uint64(c)
                at += ROW
        held[lane] = at // ROW
        classes = max(classes, held[lane])
    for lane in range(LANES):
        for s in range(held[lane], classes):
            w[target + s * LANES + lane] = w[P + lane] - w[P + lane]
            mark[s * LANES + lane] = 0
    return classes


@inner
def turn(w: Any, target: int, mark: Any, classes: int) -> None:
    """Multiply each target by b^start * beta^i, i being its class."""
    for s in range(classes):
        for lane in range(LANES):
            i = mark[np.uint64(s * LANES + lane)] & LOW_HALF
            at = np.uint64(lane)
            w[FACTOR + lane] = w[np.uint64(COARSE) + (i >> FOUR) * ROW + at]
            w[POWER + lane] = w[np.uint64(TABLE) + (i & FIFTEEN) * ROW + at]
        multiply(w, FACTOR, POWER, FACTOR)
        multiply(w, target + s * LANES, FACTOR, target + s * LANES)


@inner
def babies(w: Any, m: int, baby: Any, bitmap: Any, head: Any, link: Any) -> None:
    """beta^(Q*t) for t = 1..m, as words, in the bit map and in the chains."""
    copy(w, UNIT, POWER)
    bitmap[:] = 0
    head[:] = END
    span, heads = np.uint64(bitmap.size // LANES), np.uint64(head.size // LANES)
    for t in range(m):
        multiply(w, POWER, BABY_STEP, POWER)
        words(w, POWER, baby, t * LANES)
        remember(baby, t * LANES, bitmap, span, head, heads, link, t)
    copy(w, POWER, GIANT_STEP)


@inner
def meet(
    maybe: Any,
    key: Any,
    steps_done: int,
    s: int,
    w: Any,
    mark: Any,
    baby: Any,
    head: Any,
    link: Any,
    modulus: int,
    width: int,
    alive: Any,
    cells: Any,
    factors: Any,
    count: Any,
) -> bool:
    """Note what the lanes of maybe find among the babies after so many steps of J;
    False where there was no room."""
    heads = np.uint64(head.size // LANES)
    room = True
    while maybe:
        lane = lowest(maybe)
        maybe &= maybe - ONE
        k = key[lane]
        t = np.int64(head[np.uint64(lane) * heads + ((k >> SIX) & (heads - ONE))])
        while t != END:
            if baby[t * LANES + lane] == k:
                which = mark[s * LANES + lane]
                j = np.int64(which & LOW_HALF) + modulus * (steps_done - t - 1)
                cell = np.int64(which >> HALF) * width + j
                if j < width and alive[cell]:
                    q = np.int64(prime(w[P + lane]))
                    room &= note(cell, q, cells, factors, count)
            t = np.int64(link[t * LANES + lane])
    return room


SEARCH = (
    "int64({0}[::1], {0}[::1], {0}[::1], uint64, uint64, int64, int64,"  # p ... width
    " int64[::1], int64[::1], {0}[::1], int64[::1], int64[::1],"  # first ... group
    " int64[::1], int64[::1], int64[::1],"  # group_first ... order
    " uint8[::1], int64, int64, int64[::1], int64[::1], int64[::1])"  # alive ...
)


def search(
    p: Any,
    inverse: Any,
    number: Any,
    start: Any,
    step: Any,
    modulus: int,
    width: int,
    first: Any,
    job: Any,
    value: Any,
    line: Any,
    group: Any,
    group_first: Any,
    group_class: Any,
    order: Any,
    alive: Any,
    begin: int,
    most: int,
    cells: Any,
    factors: Any,
    count: Any,
) -> Any:
    """Note the alive cells line*width + j with value * b^(start + step*j) = 1 mod p.

    Row r of p has the jobs job[first[r]:first[r+1]], each a value, a line and a group
    of classes j mod modulus; rows come in blocks by order, from begin on, and have at
    most ``most`` classes. Returns where it stopped: order.size, or the first place of
    the block for which there was no room."""
    coarse = modulus // FINE + 1
    length = (width + modulus - 1) // modulus
    target = COARSE + LANES * coarse
    w = np.empty(target + LANES * most, p.dtype)
    mark = np.zeros(LANES * most, np.uint64)
    key = np.empty(LANES, np.uint64)
    largest, _ = steps(most, length)
    baby = np.empty(LANES * largest, np.uint64)
    link = np.empty(LANES * largest, np.uint16)
    bitmap = np.empty(0, np.uint64)
    head = np.empty(0, np.uint16)
    for place in range(begin, order.size, LANES):
        begin_block(w, p, inverse, number, order, place)
        tables(w, start, step, modulus, coarse)
        classes = targets(
            w,
            target,
            mark,
            order,
            place,
            first,
            job,
            value,
            line,
            group,
            group_first,
            group_class,
        )
        turn(w, target, mark, classes)
        m, giants = steps(classes, length)
        span = 1
        while SPARSE * span < m:
            span *= 2
        if bitmap.size != LANES * span:
            bitmap = np.empty(LANES * span, np.uint64)
            head = np.empty(LANES * 2 * span, np.uint16)
        babies(w, m, baby, bitmap, head, link)
        room = True
        for giant in range(1, giants + 1):
            for s in range(classes):
                at = target + s * LANES
                multiply(w, at, GIANT_STEP, at)
                words(w, at, key, 0)
                maybe = lookup(key, bitmap, np.uint64(span))
                if maybe:
                    room &= meet(
                        maybe,
                        key,
                        giant * m,
                        s,
                        w,
                        mark,
                        baby,
                        head,
                        link,
                        modulus,
                        width,
                        alive,
                        cells,
                        factors,
                        count,
                    )
        if not room:
            return place
    return order.size


search_float = kernel(SEARCH.format("float64"))(search)
search_word = kernel(SEARCH.format("uint64"), rare=True)(search)

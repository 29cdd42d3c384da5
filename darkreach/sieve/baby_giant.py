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
    SECOND_BIT,
    UNIT,
    P,
    lookup,
    lowest,
)

#: Most babies: the links of the chains have 16 bits.
MOST_BABIES = 2**15

#: A giant step costs this much of a baby step.
GIANT = 0.5

#: Powers of beta up to here are one table, the multiples of it another.
FINE = 16

# Rows of a block: b, beta, beta^(Q*m), beta^Q, some factor; 1 to beta^FINE; then
# b^start * beta^(FINE*i); then the targets.
BASE, BETA, GIANT_STEP, BABY_STEP, FACTOR = (FREE + LANES * i for i in range(5))
TABLE = FACTOR + LANES
COARSE = TABLE + LANES * (FINE + 1)

ONE, SIX, LAST = np.uint64(1), np.uint64(6), np.uint64(63)
SECOND = np.uint64(SECOND_BIT)
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
def babies(w: Any, m: int, baby: Any, bitmap: Any, head: Any, link: Any) -> None:
    """beta^(Q*t) for t = 1..m, as words, in the bit map and in the chains."""
    copy(w, UNIT, POWER)
    for t in range(m):
        multiply(w, POWER, BABY_STEP, POWER)
        words(w, POWER, baby, t * LANES)
    copy(w, POWER, GIANT_STEP)
    bitmap[:] = 0
    head[:] = END
    span, heads = np.uint64(bitmap.size // LANES), np.uint64(head.size // LANES)
    for lane in range(LANES):
        words_before, heads_before = np.uint64(lane) * span, np.uint64(lane) * heads
        for t in range(m):
            k = baby[t * LANES + lane]
            at = words_before + (k >> SIX & (span - ONE))
            bitmap[at] |= (ONE << (k & LAST)) | (ONE << (k >> SECOND & LAST))
            slot = heads_before + (k >> SIX & (heads - ONE))
            link[t * LANES + lane] = head[slot]
            head[slot] = t


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
    which = np.zeros(LANES * most, np.int64)
    where = np.zeros(LANES * most, np.int64)
    held = np.empty(LANES, np.int64)  # classes of each lane
    key = np.empty(LANES, np.uint64)
    largest, _ = steps(most, length)
    baby = np.empty(LANES * largest, np.uint64)
    link = np.empty(LANES * largest, np.uint16)
    bitmap = np.empty(0, np.uint64)
    head = np.empty(0, np.uint16)
    for place in range(begin, order.size, LANES):
        classes = 0
        for lane in range(LANES):
            row = order[min(place + lane, order.size - 1)]
            load(w, lane, p[row], inverse[row])
            w[BASE + lane] = constant(number, 0, number.size, p[row], inverse[row])
            s = 0
            for i in job[first[row] : first[row + 1]]:
                for c in range(group_first[group[i]], group_first[group[i] + 1]):
                    w[target + s * LANES + lane] = value[i]
                    which[s * LANES + lane] = line[i]
                    where[s * LANES + lane] = group_class[c]
                    s += 1
            held[lane] = s
            classes = max(classes, s)
        for lane in range(LANES):
            for s in range(held[lane], classes):
                w[target + s * LANES + lane] = w[P + lane] - w[P + lane]
                where[s * LANES + lane] = 0
        tables(w, start, step, modulus, coarse)
        for s in range(classes):
            at = target + s * LANES
            for lane in range(LANES):
                i = np.uint64(where[s * LANES + lane])
                coarse_row = np.int64(i // np.uint64(FINE))
                w[FACTOR + lane] = w[COARSE + coarse_row * LANES + lane]
                fine_row = np.int64(i % np.uint64(FINE))
                w[POWER + lane] = w[TABLE + fine_row * LANES + lane]
            multiply(w, at, FACTOR, at)
            multiply(w, at, POWER, at)
        m, giants = steps(classes, length)
        span = 1
        while 4 * span < m:
            span *= 2
        if bitmap.size != LANES * span:
            bitmap = np.empty(LANES * span, np.uint64)
            head = np.empty(LANES * 2 * span, np.uint16)
        babies(w, m, baby, bitmap, head, link)
        mask = np.uint64(64 * span - 1)
        heads = head.size // LANES
        slots = np.uint64(heads - 1)
        room = True
        for giant in range(1, giants + 1):
            for s in range(classes):
                multiply(w, target + s * LANES, GIANT_STEP, target + s * LANES)
                words(w, target + s * LANES, key, 0)
                maybe = lookup(key, bitmap, mask, np.uint64(span))
                while maybe:
                    lane = lowest(maybe)
                    maybe &= maybe - ONE
                    k = key[lane]
                    t = np.int64(head[np.uint64(lane * heads) + ((k >> SIX) & slots)])
                    while t != END:
                        if baby[t * LANES + lane] == k:
                            n = giant * m - t - 1
                            j = where[s * LANES + lane] + modulus * n
                            cell = which[s * LANES + lane] * width + j
                            if j < width and alive[cell]:
                                q = np.int64(prime(w[P + lane]))
                                room &= note(cell, q, cells, factors, count)
                        t = np.int64(link[t * LANES + lane])
        if not room:
            return place
    return order.size


search_float = kernel(SEARCH.format("float64"))(search)
search_word = kernel(SEARCH.format("uint64"), rare=True)(search)

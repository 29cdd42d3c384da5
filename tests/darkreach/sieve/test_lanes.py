"""Blocks of primes: both kinds of residues against Python's own numbers."""

from __future__ import annotations

import random
from typing import Any

import gmpy2
import numpy as np
import pytest

from darkreach.jit import Kernel, kernel
from darkreach.sieve.cells import limbs, whole
from darkreach.sieve.characters import characters
from darkreach.sieve.found import Found
from darkreach.sieve.jobs import Jobs
from darkreach.sieve.lanes import (
    constant,
    constants,
    lanes,
    load,
    multiply,
    negative,
    power,
    powers,
    remainder,
    words,
)
from darkreach.sieve.square_roots import inverse_roots
from darkreach.sieve.vectors import FREE, LANES, UNIT
from tests.darkreach.sieve import naive

A, B = FREE, FREE + LANES

BLOCK = (
    "void({0}[::1], {0}[::1], {0}[::1], {0}[::1], uint64, uint64[::1], boolean,"
    " uint64[:, ::1])"
)


def block(
    p: Any, inverse: Any, a: Any, b: Any, e: Any, es: Any, small: bool, out: Any
) -> None:
    """Words of 1, a, -b, a*b, a^e, b^es[lane], for one block twice."""
    w, other = np.empty(B + LANES, p.dtype), np.empty(B + LANES, p.dtype)
    key = np.empty(LANES, np.uint64)
    for lane in range(LANES):
        for each in (w, other):
            load(each, lane, p[lane], inverse[lane])
            each[A + lane] = constant(a, 0, a.size, p[lane], inverse[lane])
            each[B + lane] = constant(b, 0, b.size, p[lane], inverse[lane])
    words(w, UNIT, out[0], 0)
    multiply(w, UNIT, A, A)
    words(w, A, out[1], 0)
    multiply(w, A, B, A)
    words(w, A, out[3], 0)
    power(other, A, A, e)
    words(other, A, out[4], 0)
    powers(w, other, B, A, es, small)
    words(w, A, out[5], 0)
    words(other, A, out[6], 0)
    for lane in range(LANES):
        w[B + lane] = negative(w[B + lane], p[lane])
    multiply(w, UNIT, B, B)
    words(w, B, key, 0)
    out[2, :] = key


block_float = kernel(BLOCK.format("float64"))(block)
block_word = kernel(BLOCK.format("uint64"))(block)


def _primes(chance: random.Random, bits: int) -> list[int]:
    drawn = (chance.getrandbits(bits) | 2 ** (bits - 1) for _ in range(LANES))
    return [int(gmpy2.prev_prime(max(x, 20))) for x in drawn]


@pytest.mark.parametrize(
    ("run", "most"), [(block_float, 50), (block_word, 62)], ids=["floats", "words"]
)
def test_blocks_compute_what_python_does(run: Kernel, most: int) -> None:
    chance = random.Random(most)
    for _ in range(60):
        bits = chance.randint(11, most)
        ps = _primes(chance, bits)
        a, b = (chance.getrandbits(chance.choice([5, 24, 48, 200])) + 1 for _ in "ab")
        e = chance.getrandbits(chance.choice([1, 20, 60]))
        es = [chance.getrandbits(40) for _ in range(2 * LANES)]
        p, inverse = lanes(np.array(ps), run is block_float)
        out = np.empty((7, LANES), dtype=np.uint64)
        small = b * max(ps) < 2**50
        run(
            p,
            inverse,
            constants([a], p)[0],
            constants([b], p)[0],
            np.uint64(e),
            np.array(es, dtype=np.uint64),
            small,
            out,
        )
        for lane, q in enumerate(ps):
            form = 1 if run is block_float else 2**64
            expected = [
                1,
                a,
                -b,
                a * b,
                pow(a, e, q),
                pow(b, es[lane], q),
                pow(b, es[LANES + lane], q),
            ]
            got = out[:, lane].tolist()
            assert got == [value * form % q for value in expected], (q, a, b)


def test_a_character_is_that_of_every_prime() -> None:
    values = [2, -2, 5, -6, 12, 49, -1, 21181, -3 * 10**5 - 7, 10**12]
    made = characters(values)
    assert (made.modulus[:-2] > 0).all() and made.modulus[-2] == 0
    for value, first, modulus in zip(values, made.first, made.modulus, strict=True):
        for p in naive.primes(1009, 3000):
            if modulus:
                place = p % int(modulus) // 2
                bit = made.table[int(first) + place // 8] >> (place % 8) & 1
                assert bit == (gmpy2.jacobi(value, p) == 1), (value, p)


@pytest.mark.parametrize("bits", [10, 31, 50, 61])
def test_quadratics_have_their_roots_and_no_others(bits: int) -> None:
    chance = random.Random(bits)
    ps = _primes(chance, bits) + [p for p in naive.primes(40, 400) if p % 32 == 1]
    forms = [(1, 2, 3), (-1, 2, 1), (-1, -2, 1), (5, -7, -11), (7, 0, 2**70), (3, 6, 3)]
    parts: list[int] = []
    for a0, a1, a2 in forms:
        parts += [a0, a1, a1**2 - 4 * a0 * a2]
    out = np.empty((len(ps), 2 * len(forms)), dtype=np.uint64)
    words_, first = limbs(whole(*map(abs, parts)))
    inverse_roots(
        np.array(ps, dtype=np.uint64),
        words_,
        first,
        np.array([v < 0 for v in parts], dtype=np.uint8),
        np.array([0, 0, 1, 0, 0, 0]),
        False,
        out,
    )
    for p, row in zip(ps, out.tolist(), strict=True):
        for s, (a0, a1, a2) in enumerate(forms):
            roots = row[2 * s : 2 * s + 2]
            if gmpy2.jacobi(parts[3 * s + 2], p) == -1:
                assert roots == [0, 0]
                continue
            for y in roots:
                assert y < p and (a0 * y * y + a1 * y + a2) % p == 0
            assert sum(roots) * a0 % p == -a1 % p  # both of them


def test_found_keeps_the_smallest_prime_of_each_cell() -> None:
    chance = random.Random(7)
    found, expected = Found(), {}
    for _ in range(300):
        p = chance.randint(3, 10**9)
        cells = chance.sample(range(20_000), 60)
        found.add(np.array(cells), p)
        for cell in cells:
            expected[cell] = min(p, expected.get(cell, p))
    cells_, factors = found.hits()
    assert dict(zip(cells_.tolist(), factors.tolist(), strict=True)) == expected
    assert (np.diff(cells_) > 0).all()


def test_jobs_are_arranged_by_row_and_rows_by_classes() -> None:
    chance = random.Random(9)
    sizes = [chance.randint(0, 5) for _ in range(20)]
    group_first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    jobs = Jobs(np.float64)
    while jobs.row.size < 9000:
        jobs.grow()
    jobs.count = 9000
    rows = [chance.randrange(2000) for _ in range(jobs.count)]
    groups = [chance.randrange(20) for _ in range(jobs.count)]
    jobs.row[: jobs.count], jobs.group[: jobs.count] = rows, groups
    made = jobs.arranged(2000, group_first)
    classes = [0] * 2000
    for row, group in zip(rows, groups, strict=True):
        classes[row] += sizes[group]
    for row in range(2000):
        mine = made.job[made.first[row] : made.first[row + 1]].tolist()
        assert mine == [i for i in range(jobs.count) if rows[i] == row]
    order = made.order.tolist()
    assert sorted(order) == [row for row in range(2000) if classes[row]]
    assert [classes[row] for row in order] == sorted(classes[row] for row in order)
    assert made.most == max(classes)


@kernel("int64(float64, int64)")
def float_remainder(p: float, modulus: int) -> Any:
    """p mod modulus."""
    return remainder(p, modulus)


def test_remainders_of_floats_are_exact() -> None:
    chance = random.Random(11)
    for _ in range(20_000):
        p = chance.getrandbits(chance.randint(11, 50)) | 1
        m = chance.randint(1, 2 ** chance.randint(1, 21))
        assert float_remainder(float(p), m) == p % m
        assert float_remainder(float(p // m * m), m) == 0

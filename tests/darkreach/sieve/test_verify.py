"""The check of factors says yes to divisors and no to all else."""

from __future__ import annotations

import math
import random

import gmpy2
import numpy as np

from darkreach.sieve.cells import whole
from darkreach.sieve.terms import Sources
from darkreach.sieve.verify import GROUP, divides, divides_product


def test_divisors_pass_and_their_neighbours_do_not() -> None:
    chance = random.Random(3)
    ks, bs, cs, n, p, truth = [], [], [], [], [], []
    for _ in range(400):
        prime = int(gmpy2.next_prime(chance.getrandbits(chance.randint(2, 61)) + 2))
        b = chance.choice([2, 3, 10, 2**80 + 1, chance.getrandbits(63) + 2])
        e, c = chance.choice([0, 1, chance.getrandbits(20)]), chance.choice([1, -1])
        if b % prime == 0:
            continue
        k = -c * pow(b, -e, prime) % prime + prime * chance.choice([0, 1, 2**64])
        right = chance.random() < 0.5
        ks.append(k if right else k + 1)
        bs.append(b)
        cs.append(c)
        n.append(e)
        p.append(prime)
        truth.append(right)
    sources = Sources(whole(*ks), whole(*bs), whole(*cs), np.zeros(len(ks), np.int64))
    assert divides(whole(*p), sources, whole(*n)).tolist() == truth


def test_nothing_to_check_is_no_error() -> None:
    empty = np.empty(0, dtype=np.int64)
    assert divides(empty, Sources(empty, empty, empty, empty), empty).size == 0


def test_divisors_of_products_pass_and_their_neighbours_do_not() -> None:
    chance = random.Random(5)
    factors = np.array([chance.randint(2, 2**31) for _ in range(3 * GROUP)])
    p, count, c, truth = [], [], [], []
    for most in [0, 1, GROUP - 1, GROUP, GROUP + 1, 3 * GROUP] * 10:
        prime = int(gmpy2.next_prime(chance.getrandbits(60) + 2))
        right = -math.prod(factors[:most].tolist()) % prime
        wrong = chance.random() < 0.5
        p.append(prime)
        count.append(most)
        c.append(right + wrong)
        truth.append(not wrong)
    columns = (np.array(column) for column in (p, count, c))
    assert divides_product(*columns, factors).tolist() == truth

"""Every operation of an engine against Python's own integers."""

from __future__ import annotations

import random

import gmpy2

from darkreach.arithmetic.engines import Engine

#: Round-off from which a computation goes on with the next length.
WORST = 0.40


def check_every_operation(engine: Engine) -> None:
    """On two residues that `random` chooses."""
    number = engine.number
    v, w = (gmpy2.mpz(random.randrange(int(number))) for _ in range(2))
    x, y, out = engine.load(v), engine.load(w), engine.load(0)
    assert engine.store(x) == v
    assert engine.square_many(x, 3, -2) < WORST
    for _ in range(3):
        v = (v * v - 2) % number
    assert engine.store(x) == v
    assert engine.multiply(x, y, out) < WORST
    assert engine.store(out) == v * w % number
    assert engine.store(x) == v
    assert engine.multiply(x, engine.prepare(y), out) < WORST
    assert engine.store(out) == v * w % number
    engine.add(x, y, out)
    assert engine.store(out) == (v + w) % number
    engine.subtract(x, y, out)
    assert engine.store(out) == (v - w) % number
    engine.scale(out, 1 - 2**31)
    u = (v - w) * (1 - 2**31) % number
    assert engine.store(out) == u
    for base in (3, 65535):
        assert engine.climb(out, base, 0b01011, 5) < WORST
        for bit in (0, 1, 0, 1, 1):
            u = u * u * base**bit % number
        assert engine.store(out) == u
    assert engine.square_many(out, 100) < WORST
    assert engine.store(out) == gmpy2.powmod(u, gmpy2.mpz(2) ** 100, number)

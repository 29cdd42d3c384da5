"""Forged test proofs are refused, honest ones never, no prime stays hidden (M2, M3)."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import gmpy2
import pytest

from darkreach import forms
from darkreach.checks import low_order
from darkreach.checks.verify import verify
from tests.darkreach.checks.forging import claimed, forged, honest, terms_of

#: A prime of each form, orders of elements, and an element that its formula gives away.
HIDDEN: list[tuple[str, tuple[int, ...], int | None]] = [
    ("3*2^353+1", (2, 3, 16, 256), None),
    ("960^128+1", (256,), 960),
    ("960^128+1", (2, 3, 5, 8), None),
    ("2^521-1", (521,), 2),
    ("2^521-1", (2, 3, 11, 31), None),
    ("2*3^1454+1", (2, 3, 9), None),
    ("3*2^827-1", (2, 359), None),
    ("(2^701+1)/3", (1402,), 2),
    ("(2^701+1)/3", (2, 5, 11), None),
    ("379!-1", (2,), None),
    ("116!+1", (2, 3, 7, 16), None),
    ("379#+1", (2, 3, 7), None),
    ("(10^317-1)/9", (317,), 10),
    ("(10^317-1)/9", (2, 5), None),
    ("10^100+267", (2, 3), None),
    ("141*2^141+1", (2, 3, 47), None),
    ("249*2^249-1", (2,), None),
    ("(2^129-1)^2-2", (2,), None),
    ("(2^87+1)^2-2", (2,), None),
]
CASES = [(text, order, root) for text, orders, root in HIDDEN for order in orders]
#: Of these forms the proofs that forgers begin with.
COPIED = [
    "3*2^353+1",
    "5*2^401+1",
    "960^128+1",
    "2^521-1",
    "2*3^301+1",
    "45*2^500-1",
    "116!+1",
    "120!-1",
]


@pytest.fixture(autouse=True)
def at_any_price(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small numbers have tests that are cheaper than their check for low order."""
    monkeypatch.setattr(low_order, "MOST_COST", 100.0)


def element_of(value: Any, order: int, root: int | None) -> Any:
    """An element of exactly this order."""
    if root is not None:
        assert exact_order(gmpy2.mpz(root), order, value)
        return gmpy2.mpz(root)
    powers = (gmpy2.powmod(a, (value - 1) // order, value) for a in range(2, 500))
    return next(found for found in powers if exact_order(found, order, value))


def exact_order(x: Any, order: int, value: Any) -> bool:
    return bool(
        gmpy2.powmod(x, order, value) == 1
        and all(
            gmpy2.powmod(x, order // q, value) != 1
            for q in range(2, order + 1)
            if order % q == 0 and gmpy2.is_prime(q)
        )
    )


def hidden(
    expression: str, order: int, root: int | None, powers: range, most: int
) -> tuple[int, int]:
    """Forged proofs that call this prime composite: how many are valid, and how many
    are accepted nevertheless."""
    value = forms.number(expression).value()
    assert gmpy2.is_prime(value)
    element, valid, accepted = element_of(value, order, root), 0, 0
    generators = [j for j in range(1, order) if math.gcd(j, order) == 1]
    for j in generators[:most]:
        for power in powers:
            terms = terms_of(expression, power)
            proof = forged(terms, gmpy2.powmod(element, j, value), order)
            answer = verify(proof.write(), expression)
            valid += answer.valid
            accepted += answer.accepted and answer.verdict == "composite"
    return valid, accepted


@pytest.mark.parametrize(("expression", "order", "root"), CASES)
def test_a_prime_hidden_by_an_element_of_low_order_is_not_accepted(
    expression: str, order: int, root: int | None
) -> None:
    valid, accepted = hidden(expression, order, root, range(3, 6), 1)
    assert valid >= 1, "the forger is no forger"
    assert accepted == 0


@pytest.mark.slow
def test_none_of_a_thousand_forgeries_hides_a_prime() -> None:
    valid, accepted = Counter[str](), 0
    for expression, order, root in CASES:
        found, wrong = hidden(expression, order, root, range(3, 11), 20)
        valid[expression] += found
        accepted += wrong
    assert accepted == 0
    assert valid.total() >= 1000, valid


def forgeries(trials: int) -> Iterator[tuple[str, bytes]]:
    """Names, and proofs of them that somebody made up or changed."""
    generator = random.Random(trials)
    good = {name: {p: honest(name, p).write() for p in (3, 4)} for name in COPIED}
    for trial in range(trials):
        name = generator.choice(COPIED)
        data = good[name][generator.choice((3, 4))]
        start, size = data.rindex(b"NUMBER="), forms.number(name).bits // 8 + 1
        body = data.index(b"\n", start) + 1
        made = bytearray(data)
        match trial % 6:
            case 0:  # one bit
                made[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
            case 1:  # a residue or a middle out of thin air
                place = generator.randrange(body, len(data) - size)
                made[place : place + size] = generator.randbytes(size)
            case 2:  # cut off
                del made[generator.randrange(len(data)) :]
            case 3:  # of another number
                others = [each for each in COPIED if each != name]
                made = bytearray(good[generator.choice(others)][3])
            case 4:  # of another power
                powers = [b"POWER=3", b"POWER=4"]
                old, new = powers if b"POWER=3" in data else reversed(powers)
                made = made.replace(old, new) + generator.randbytes(size)
            case 5:  # of another residue, with honest middles
                y = generator.randrange(2, int(forms.number(name).value()))
                made = bytearray(claimed(terms_of(name, 3), y).write())
        assert bytes(made) != data, trial
        yield name, bytes(made)


@pytest.mark.parametrize(
    "trials", [pytest.param(150), pytest.param(10_000, marks=[pytest.mark.slow])]
)
def test_no_forged_proof_is_accepted(trials: int) -> None:
    refused = 0
    for name, data in forgeries(trials):
        answer = verify(data, name)
        assert not answer.valid and not answer.accepted, name
        refused += 1
    assert refused == trials


@pytest.mark.parametrize(
    "trials", [pytest.param(5), pytest.param(1000, marks=[pytest.mark.slow])]
)
@pytest.mark.parametrize("form", range(6))
def test_no_honest_result_is_refused(form: int, trials: int) -> None:
    generator = random.Random(f"{form} {trials}")
    pick = generator.randrange
    for _ in range(trials):
        expression = [
            f"{2 * pick(1, 50) + 1}*2^{pick(400, 900)}+1",
            f"{2 * pick(1, 500)}^{2 ** pick(6, 8)}+1",
            f"2^{gmpy2.next_prime(pick(400, 900))}-1",
            f"{2 * pick(1, 50) + 1}*2^{pick(400, 900)}-1",
            f"{pick(90, 160)}!+1",
            f"{pick(90, 160)}!-1",
        ][form]
        answer = verify(honest(expression, pick(3, 6)).write(), expression)
        assert answer.accepted, (expression, answer.reason)

"""Random orders of all forms, done from sieve to certificate, against gmpy2."""

from __future__ import annotations

import random
from collections.abc import Callable

import gmpy2
import pytest

from darkreach.errors import DarkreachError, OrderError
from darkreach.order import Order
from searches.models import Candidate
from tests.audits import broken
from tests.hunts import drain, placed

pytestmark = pytest.mark.django_db(transaction=True)

Recipe = tuple[str, dict[str, str]]
Dice = random.Random


def span(dice: Dice, low: int, high: int, most: int, step: int = 1) -> str:
    first = dice.randint(low, high)
    last = first + dice.randint(3, most) * step
    return f"{first}:{last}:{step}" if step > 1 else f"{first}:{last}"


def sign(dice: Dice) -> str:
    return dice.choice(["+1", "-1", "+-1"])


def base(dice: Dice) -> int:
    return dice.choice([2, 2, 2, 3, 5, 6, 10, 7, 12, dice.randint(2, 300)])


def multiplier(dice: Dice) -> int:
    few = [1, 3, 5, 7, 9, 15, 21, 45, 2, 4, 12, 1001]
    large = [dice.randint(2, 10**6), dice.randint(10**12, 10**13)]
    return dice.choice(few + large)


def kbn(dice: Dice) -> Recipe:
    text = f"{multiplier(dice)}*{base(dice)}^n{sign(dice)}"
    return text, {"n": span(dice, 1, 400, 150)}


def many_k(dice: Dice) -> Recipe:
    ranges = {"k": span(dice, 1, 500, 30), "n": span(dice, 1, 100, 10)}
    return f"k*{base(dice)}^n{sign(dice)}", ranges


def factorial(dice: Dice) -> Recipe:
    step = dice.choice(["", "", "2", "3", "4"])
    return f"n!{step}{sign(dice)}", {"n": span(dice, 5, 200, 60)}


def primorial(dice: Dice) -> Recipe:
    return f"p#{sign(dice)}", {"p": span(dice, 2, 700, 300)}


def cullen_woodall(dice: Dice) -> Recipe:
    return f"n*{base(dice)}^n{sign(dice)}", {"n": span(dice, 2, 200, 100)}


def carol_kynea(dice: Dice) -> Recipe:
    text = f"({dice.choice([2, 3, 4, 6, 10, 14])}^n{dice.choice('+-')}1)^2-2"
    return text, {"n": span(dice, 1, 60, 50)}


def generalized_fermat(dice: Dice) -> Recipe:
    return f"b^{2 ** dice.randint(1, 6)}+1", {"b": span(dice, 2, 2000, 200)}


def exponents(dice: Dice) -> Recipe:
    b = dice.choice([2, 3, 5, 6, 7, 10, 11, 12])
    text = dice.choice(["2^p-1", "(2^p+1)/3", f"({b}^p-1)/{b - 1}"])
    return text, {"p": span(dice, 3, 300, 100)}


def palindromes(dice: Dice) -> Recipe:
    ranges = {"digits": str(dice.choice([1, 2, 3, 5]))}
    if dice.random() < 0.5:
        ranges["base"] = str(dice.randint(2, 12))
    return "palindrome", ranges


def near_repdigits(dice: Dice) -> Recipe:
    texts = ["10^(2*n+1)-10^n-1", "(10^(2n+1)-6*10^n-1)/3", "(10^n-1)/9*7+10^n"]
    more = ["(5*10^n-17)/3", "(64*10^n-1)/9", "10^(2n)+10^n+1"]
    return dice.choice(texts + more), {"n": span(dice, 1, 60, 50)}


def tuples(dice: Dice) -> Recipe:
    n, c = dice.randint(5, 60), dice.choice(["+1", "-1"])
    chain = ",".join(f"k*2^{n + i}{c}" for i in range(dice.randint(2, 4)))
    return dice.choice([f"k*2^{n}+-1", chain]), {"k": span(dice, 1, 900, 300, 2)}


def middles(dice: Dice) -> Recipe:
    text = f"10^{2 * dice.randint(10, 30)}+w*10^{dice.randint(3, 9)}+1"
    return text, {"w": span(dice, 0, 1000, 200)}


def free(dice: Dice) -> Recipe:
    texts = ["n^2+1", "n^4+n+1", "2^n+n", "n^n+1", "3^n-2^n", "2^n-3", "n!+n+1"]
    more = ["(n^2+n)*2^n+1", "7^n+6^n", "n!!+2", "n^3*10^20+7"]
    other = f"{multiplier(dice)}*{base(dice)}^n{dice.choice('+-')}{dice.randint(2, 13)}"
    return dice.choice([*texts, *more, other]), {"n": span(dice, 2, 100, 60)}


RECIPES: list[Callable[[Dice], Recipe]] = [
    *(kbn, many_k, factorial, primorial, cullen_woodall, carol_kynea),
    *(generalized_fermat, exponents, palindromes, near_repdigits, tuples, middles),
    free,
]


def understood(recipe: Callable[[Dice], Recipe], dice: Dice) -> tuple[Recipe, Order]:
    """An order of that form; those of even numbers only are refused."""
    while True:
        text, ranges = recipe(dice)
        try:
            return (text, ranges), Order.parse(text, ranges)
        except OrderError:
            continue


def prime_positions(order: Order) -> set[int]:
    """Where all members are prime, a number that occurs twice counting once."""
    again = set(order.duplicates.tolist())
    return {i for i in range(order.size) if i not in again and is_prime(order, i)}


def is_prime(order: Order, position: int) -> bool:
    try:
        values = [int(each.value()) for each in order.members(position)]
    except DarkreachError:
        return False  # not a whole number
    return bool(values) and all(v > 1 and gmpy2.is_prime(v) for v in values)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.__name__)
@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=pytest.mark.slow) for seed in range(12)]
)
def test_the_primes_are_those_of_gmpy2(
    recipe: Callable[[Dice], Recipe], seed: int
) -> None:
    (text, ranges), order = understood(recipe, Dice(f"{recipe.__name__} {seed}"))
    search = placed(text, **ranges)
    drain()
    search.refresh_from_db()
    assert search.state == "finished", (text, ranges)
    found = Candidate.objects.filter(search=search, state="prime")
    positions = set(found.values_list("index", flat=True))
    assert positions == prime_positions(order), (text, ranges)
    assert broken() == {}

"""The other families of a prime are found, whatever form it was hunted as."""

from __future__ import annotations

import gmpy2
import pytest

from darkreach import forms
from darkreach.forms.examined import TESTED_BITS
from darkreach.forms.tags import every_tag, tags

KNOWN = {
    "2^1+1": {"mersenne", "factorial", "palindromic", "sophie-germain", "wagstaff"},
    "11": {"palindromic", "repunit", "twin", "sophie-germain", "safe", "wagstaff"},
    "17": {"fermat", "generalized-fermat", "twin"},
    "23": {"kynea"},
    "3*2^2816+1": {"proth"},
    "3*2^1274-1": {"riesel"},
    "27!+1": {"factorial"},
    "(10^19-1)/9": {"repunit", "palindromic"},
    "2^89-1": {"mersenne", "riesel"},
    "31#+1": {"primorial"},
    "(2^7-1)^2-2": {"carol"},
    "(2^5+1)^2-2": {"kynea"},
    "(2^61+1)/3": {"wagstaff"},
    "26!!-1": {"multifactorial"},
    "141*2^141+1": {"cullen", "proth"},
    "115*2^115-1": {"woodall", "riesel"},
    "927*2^50+1": {"proth", "twin"},
    "1725*2^50-1": {"riesel", "sophie-germain"},
    "2*(1725*2^50-1)+1": {"safe"},
    "10^53-10^26-1": {"near-repdigit", "palindromic"},
    "(10^16+666)*10^14+1": {"palindromic"},
    "118^8+1": {"generalized-fermat"},
    "65537": {"fermat", "generalized-fermat"},
}


@pytest.mark.parametrize("text", KNOWN)
def test_known_primes_have_their_tags(text: str) -> None:
    number = forms.number(text)
    assert gmpy2.is_prime(number.value())
    assert KNOWN[text] <= set(tags(number)), tags(number)


def test_small_primes_agree_with_the_definitions() -> None:
    def prime(n: int) -> bool:
        return bool(gmpy2.is_prime(n)) if n > 1 else False

    squares = {a * a + 1 for a in range(2, 400, 2)}
    products, factorials = {2}, {2}
    for p in (3, 5, 7, 11, 13):
        products.add(max(products) * p)
    for n in range(3, 9):
        factorials.add(max(factorials) * n)
    for n in filter(prime, range(3, 100_000)):
        found = set(tags(forms.number(str(n))))
        assert found <= set(every_tag())
        expected = {
            "twin": prime(n - 2) or prime(n + 2),
            "sophie-germain": prime(2 * n + 1),
            "safe": prime((n - 1) // 2),
            "cunningham-2": prime(2 * n - 1) or prime((n + 1) // 2),
            "palindromic": str(n) == str(n)[::-1],
            "generalized-fermat": n in squares,
            "primorial": n - 1 in products or n + 1 in products,
            "factorial": n - 1 in factorials or n + 1 in factorials,
            "mersenne": n & (n + 1) == 0,
            "wagstaff": (3 * n - 1) & (3 * n - 2) == 0,
        }
        for tag, holds in expected.items():
            assert (tag in found) == holds, (n, tag)


def test_cullen_and_woodall_numbers_of_other_bases_are_known() -> None:
    for b in (3, 4, 6, 10):
        for n in range(b, 30):
            for c, name in ((1, "generalized-cullen"), (-1, "generalized-woodall")):
                number = forms.number(f"{n}*{b}^{n}{c:+d}")
                if gmpy2.is_prime(number.value()):
                    assert name in tags(number), number


def test_long_twins_are_known_by_their_companions() -> None:
    text = f"3*2^{TESTED_BITS + 100}"
    low, high = forms.number(f"{text}-1"), forms.number(f"{text}+1")
    assert "twin" not in tags(low)
    assert "twin" in tags(low, [high])

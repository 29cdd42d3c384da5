from __future__ import annotations

import gmpy2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkreach.errors import ExpressionError
from darkreach.forms.kbn import Kbn
from darkreach.identity import SAFE_PRIME, number_key


def test_the_modulus_is_the_largest_safe_prime_below_2_128() -> None:
    def is_safe(p: int) -> bool:
        return gmpy2.is_prime(p, 40) and gmpy2.is_prime((p - 1) // 2, 40)

    assert is_safe(SAFE_PRIME)
    assert not any(is_safe(p) for p in range(SAFE_PRIME + 1, 2**128))


@given(st.integers(0, 2**128 - 15450))
def test_a_number_below_the_modulus_is_its_own_key(value: int) -> None:
    assert number_key(str(value)) == f"{value:032x}"


@given(
    st.integers(1, 10**20),
    st.integers(2, 500),
    st.integers(0, 300),
    st.sampled_from((1, -1)),
)
@settings(deadline=None)
def test_the_key_does_not_depend_on_the_spelling(
    k: int, b: int, n: int, c: int
) -> None:
    value = k * b**n + c
    keys = {
        number_key(Kbn(k, b, n, c)),
        number_key(Kbn(k, b, n, c).normalised()),
        number_key(f"{k}*{b}^{n}{c:+d}"),
        number_key(f"{c}+{b}^{n}*{k}" if c > 0 else f"-1+{b}^{n}*{k}"),
        f"{value % SAFE_PRIME:032x}",
    }
    assert len(keys) == 1


def test_numbers_of_different_bases_have_one_key() -> None:
    assert number_key("9*2^3+1") == number_key("8*3^2+1") == f"{73:032x}"


def test_neighbours_have_different_keys() -> None:
    keys = {
        number_key(Kbn(k, b, n, c))
        for k in range(1, 30, 2)
        for b in (2, 10, 22)
        for n in range(1000, 1050)
        for c in (1, -1)
        if k % b
    }
    assert len(keys) == 15 * 3 * 50 * 2


def test_a_key_needs_no_number_that_fits_into_memory() -> None:
    assert len(number_key("3*2^(10^15)+1")) == 32


def test_only_one_number_has_a_key() -> None:
    with pytest.raises(ExpressionError, match="several"):
        number_key("3*2^5+-1")
    with pytest.raises(ExpressionError, match="no value"):
        number_key("3*2^n+1")

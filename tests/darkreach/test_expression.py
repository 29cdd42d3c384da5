from __future__ import annotations

import math
import time

import gmpy2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkreach.errors import ExpressionError
from darkreach.expression import (
    Integer,
    Node,
    Power,
    Product,
    Sum,
    Variable,
    evaluate,
    evaluate_mod,
    parse,
    show,
    size_bits,
    variables,
)

VALUES = {"k": 5, "n": 3, "b": 10, "p": 7}


def one(text: str) -> Node:
    (node,) = parse(text)
    return node


def python_value(text: str) -> int:
    """The slow obvious twin: Python's own arithmetic, powers written its way."""
    return int(eval(text.replace("^", "**"), {"__builtins__": {}}, VALUES))


def nodes() -> st.SearchStrategy[Node]:
    """Expressions whose values stay small: exponents are 0 to 4 or a variable."""
    leaves = st.integers(0, 99).map(Integer) | st.sampled_from("knbp").map(Variable)
    exponents = st.integers(0, 4).map(Integer) | st.just(Variable("n"))

    def larger(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        signed = st.tuples(st.sampled_from((1, -1)), inner)
        sums = st.lists(signed, min_size=2, max_size=4).map(lambda t: Sum(tuple(t)))
        negative = inner.map(lambda node: Sum(((-1, node),)))
        products = st.lists(inner, min_size=2, max_size=4).map(
            lambda f: Product(tuple(("*", node) for node in f))
        )
        return sums | negative | products | st.builds(Power, inner, exponents)

    return st.recursive(leaves, larger, max_leaves=10)


@given(nodes())
@settings(deadline=None)
def test_what_is_shown_is_read_back_as_the_same_expression(node: Node) -> None:
    assert parse(show(node)) == [node]


@given(nodes())
@settings(deadline=None)
def test_values_are_those_of_python(node: Node) -> None:
    expected = python_value(show(node))
    if expected.bit_length() > 10_000:
        return
    assert evaluate(node, VALUES) == expected


@given(nodes(), st.integers(1, 10**12))
@settings(deadline=None)
def test_residues_are_those_of_the_value(node: Node, m: int) -> None:
    assert evaluate_mod(node, VALUES, m) == python_value(show(node)) % m


@given(nodes())
@settings(deadline=None)
def test_no_number_is_larger_than_its_estimate(node: Node) -> None:
    value = abs(python_value(show(node)))
    estimate = size_bits(node, VALUES)
    assert value == 0 or math.log2(value) <= estimate + 1e-6


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2n", "2*n"),
        ("3*2n^2", "3*2*n^2"),
        (" 3 * 2 ^ n + 1 ", "3*2^n+1"),
        ("(2^3)^n", "(2^3)^n"),
        ("2^(3^n)", "2^(3^n)"),
        ("-1+2^n", "-1+2^n"),
        ("2n!", "2*n!"),
        ("n!!-1", "n!2-1"),
        ("n!3+1", "n!3+1"),
        ("(n+1)!", "(n+1)!"),
        ("p#+1", "p#+1"),
        ("((((2))))^((n))", "2^n"),
    ],
)
def test_spellings(text: str, shown: str) -> None:
    assert show(one(text)) == shown
    assert show(one(shown)) == shown


def test_plus_minus_stands_for_both_signs_and_commas_join_numbers() -> None:
    assert [show(node) for node in parse("k*2^50+-1")] == ["k*2^50-1", "k*2^50+1"]
    assert [show(node) for node in parse("2^n-1, 2^n+1")] == ["2^n-1", "2^n+1"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(2^61+1)/3", (2**61 + 1) // 3),
        ("5!", 120),
        ("0!", 1),
        ("10!3", 10 * 7 * 4),
        ("9!!", 945),
        ("11#", 2310),
        ("(10^5-1)/9*2", 22222),
        ("(2^12-1)/3/5", 273),
        ("1^(10^12)", 1),
        ("(0-1)^(10^12+1)", -1),
        ("0^0", 1),
        ("9" * 5000, gmpy2.mpz(10) ** 5000 - 1),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, str) else "",
)
def test_values_of_numbers(text: str, value: int) -> None:
    assert evaluate(one(text), {}) == value
    assert evaluate_mod(one(text), {}, 10**9 + 7) == value % (10**9 + 7)


def test_pari_is_told_factorials_and_primorials_in_its_words() -> None:
    assert show(one("p#+1"), "pari") == "vecprod(primes([2,p]))+1"
    assert show(one("n!+1"), "pari") == "n!+1"
    assert show(one("n!2+1"), "pfgw") == "n!2+1"
    with pytest.raises(ExpressionError, match="no multifactorial"):
        show(one("n!2+1"), "pari")


def test_variables_are_found() -> None:
    assert variables(one("k*b^(2n+1)-1")) == {"k", "b", "n"}
    assert variables(one("3*2^5+1")) == set()


BAD = {
    "": "empty",
    "9**9**9": "write \\^",
    "9^9^9": "tower",
    "2^n^2": "tower",
    "(2^n+1": "never closed",
    "2^n+1)": "no opening",
    ")(": "missing before",
    "2^": "ends where",
    "3*2^N+1": "write n instead of N",
    "3*2^n+x y": "operator is missing",
    "kn*2^5+1": "operator is missing",
    "2(n+1)": "operator is missing",
    "2^2n+1": "two things",
    "1/2n": "two things",
    "3 4*2^n": "side by side",
    "2^n±1": "instead of",
    "٣*2^n+1": "no meaning",
    "²^n": "no meaning",
    "2^n\n+1": "no meaning",
    "2^n=1": "no meaning",
    "2^n+-1+-3": "only once",
    "2^--1": "missing before",
    "2,,3": "ends where",
    "f(2,3)": "operator is missing",
    "(2,3)": "comma",
    "n!!!3!": "operator is missing",
    "n!3!": "parentheses",
    "2^n!": "parentheses",
    "n!0": "between 1 and",
    "2+1," * 9 + "5": "at most 8",
    "(" * 60 + "2" + ")" * 60: "nested",
    "1" * 1_000_000: "at most 10000",
    "(" * 1_000_000: "at most 10000",
    "3*2^n+1" + " " * 20_000: "at most 10000",
}


@pytest.mark.parametrize(("text", "message"), BAD.items(), ids=[t[:12] for t in BAD])
def test_bad_text_is_refused_at_once_in_one_line(text: str, message: str) -> None:
    begin = time.perf_counter()
    with pytest.raises(ExpressionError, match=message) as caught:
        parse(text)
    assert time.perf_counter() - begin < 0.25
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "text",
    [
        "2^(2^40)",
        "9^(9^9)",
        "(9^9)^(9^9)",
        "(9^(9^9))*0",
        "(10^9)!",
        "(10^30)!",
        "(10^12)#",
        "2^(2^(2^(2^30)))",
        "3^(10^7)*3^(10^8)",
        "+".join(["3^60000000"] * 800),
        "2^" + "9" * 5000,
        "1^" + "9" * 5000,
    ],
    ids=lambda text: text[:20],
)
def test_a_huge_number_is_refused_before_it_is_computed(text: str) -> None:
    begin = time.perf_counter()
    with pytest.raises(ExpressionError):
        evaluate(one(text), {}, max_bits=10**7)
    assert time.perf_counter() - begin < 1


def test_a_long_text_of_permitted_numbers_is_refused_before_it_takes_long() -> None:
    with pytest.raises(ExpressionError, match="too long to compute"):
        evaluate(one("+".join(["3^60000"] * 800)), {}, max_bits=10**5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("7/2", "remainder"),
        ("7/2*2", "remainder"),
        ("7/0", "zero"),
        ("2^(0-1)", "negative"),
        ("(0-3)!", "negative"),
        ("n+1", "no value"),
    ],
)
def test_what_is_not_a_whole_number_is_refused(text: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message):
        evaluate(one(text), {})
    with pytest.raises(ExpressionError, match=message):
        evaluate_mod(one(text), {}, 101)


def test_the_residue_of_a_number_far_too_large_to_build_is_quick() -> None:
    m = 2**61 - 1
    assert evaluate_mod(one("3*2^(10^30)+1"), {}, m) == (3 * pow(2, 10**30, m) + 1) % m

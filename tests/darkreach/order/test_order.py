from __future__ import annotations

import json
import time

import gmpy2
import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from darkreach import forms
from darkreach.errors import OrderError
from darkreach.identity import SAFE_PRIME, number_key
from darkreach.order import Order
from tests.darkreach.order import naive_orders

ORDERS = [
    ("3*2^n+1", {"n": "1:40"}),
    ("3*2^n-1", {"n": "5,1,2,9"}),
    ("2^n-1", {"n": "0:20"}),
    ("k*2^n-1", {"k": "1:12", "n": "0:9"}),
    ("k*2^50+-1", {"k": "3:200:6"}),
    ("k*2^50-1,2*(k*2^50-1)+1", {"k": "1:99:2"}),
    ("k*b^n+1", {"k": "1:20", "b": "2:12", "n": "0:7"}),
    ("k*b^n+-1", {"k": "1:20", "b": "2:12", "n": "0:7"}),
    ("k*b^n-1", {"k": "1:20", "b": "4", "n": "0:7"}),
    ("6*4^n-1", {"n": "0:20"}),
    ("3*b^5+1", {"b": "2:60"}),
    ("k*b^5-1", {"k": "1:60", "b": "2:12"}),
    ("k*b^0+1", {"k": "1:9", "b": "2:12"}),
    ("(2b)^8+1", {"b": "1:30"}),
    ("2^p-1", {"p": "2:60"}),
    ("k*2^p-1", {"k": "1:9", "p": "2:30"}),
    ("(6k+3)*2^9+1", {"k": "0:30"}),
    ("(100-k)*2^(40-n)+1", {"k": "1:20", "n": "1:30"}),
    ("(k+10^30)*2^n+1", {"k": "1:9", "n": "1:5"}),
    ("(k+2^63-2)*2^n+1", {"k": "1:9", "n": "1:5"}),
    ("10^18*k*6^n-1", {"k": "1:40", "n": "0:20"}),
    ("a*2^n+1,b*2^n+1", {"a": "1:8", "b": "1:8", "n": "1:4"}),
    ("2^n+1,k*2^n+1", {"k": "1:9", "n": "1:9"}),
    ("2^n+1,2^m+1", {"m": "1:9", "n": "1:9"}),
    ("2^n+1,3*2^m-1,2^n-1", {"m": "1:9", "n": "1:9"}),
    ("k*2^n+1,n*2^k+1", {"k": "1:9", "n": "1:9"}),
    ("9*2^n+1,8*3^m+1", {"m": "0:9", "n": "0:9"}),
    ("3*2^5+1", {}),
    ("n*2^n-1", {"n": "1:40"}),
    ("n*b^n+-1", {"b": "2:6", "n": "1:12"}),
    ("(n+3)*4^n-1", {"n": "0:12"}),
    ("n*2^n+1,n*2^n-1", {"n": "1:9"}),
]

FORMULAS = [
    ("n!+1", {"n": "1:30"}),
    ("n!-1", {"n": "1:30"}),
    ("n!+-1", {"n": "0:12"}),
    ("n!!-1", {"n": "0:40"}),
    ("n!3+1", {"n": "1:40"}),
    ("p#+1", {"p": "2:100"}),
    ("n#-1", {"n": "0:30"}),
    ("k*p#-1", {"k": "1:20", "p": "2:20"}),
    ("k*n!+1", {"k": "1:12", "n": "1:12"}),
    ("(2^p+1)/3", {"p": "2:60"}),
    ("(10^p-1)/9", {"p": "2:40"}),
    ("(b^p-1)/(b-1)", {"b": "2:9", "p": "2:12"}),
    ("(2^n-1)^2-2", {"n": "1:30"}),
    ("(b^n+1)^2-2", {"b": "2:8", "n": "1:8"}),
    ("(10^(k+3)+666)*10^(k+1)+1", {"k": "0:20"}),
    ("10^(2n+1)-10^n-1", {"n": "1:20"}),
    ("(10^(2n+1)-6*10^n-1)/3", {"n": "0:20"}),
    ("2^n+3", {"n": "0:20"}),
    ("3-2^n", {"n": "0:5"}),
    ("n^n+1", {"n": "1:20"}),
    ("n^2+k^2", {"n": "1:12", "k": "1:12"}),
    ("n!+1,2^n-1", {"n": "1:12"}),
    ("(n^2+n)/3+1", {"n": "1:30"}),
]

pytest_formulas = pytest.mark.parametrize(
    ("expression", "ranges"), FORMULAS, ids=[text for text, _ in FORMULAS]
)

pytest_orders = pytest.mark.parametrize(
    ("expression", "ranges"), ORDERS, ids=[text for text, _ in ORDERS]
)


@pytest_orders
def test_positions_and_numbers_are_those_of_plain_enumeration(
    expression: str, ranges: dict[str, str]
) -> None:
    order = Order.parse(expression, ranges)
    expected = naive_orders.numbers(order)
    assert order.size == len(expected)
    for index, values in enumerate(naive_orders.positions(order)):
        assert order.assignment(index) == values
        numbers = order.members(index)
        assert [number.value() for number in numbers] == expected[index]
        assert all(number == number.normalised() for number in numbers)
    largest = max(max(row) for row in expected)
    assert order.max_bits == largest.bit_length()


@pytest_formulas
def test_formulas_give_the_numbers_of_plain_enumeration(
    expression: str, ranges: dict[str, str]
) -> None:
    order = Order.parse(expression, ranges)
    assert not order.is_kbn
    expected = naive_orders.numbers(order)
    assert order.size == len(expected)
    left_out = set(order.not_candidates.tolist())
    assert order.not_candidates.tolist() == naive_orders.not_candidates(order)
    assert order.duplicates.tolist() == naive_orders.duplicates(order)
    for index, values in enumerate(naive_orders.positions(order)):
        assert order.assignment(index) == values
        if index in left_out:
            continue
        members = order.members(index)
        assert [number.value() for number in members] == expected[index]
        for number in members:
            assert number.expression == forms.number(number.expression).expression
            again = forms.number(number.expression)
            assert (again.bits, again.digits, again.key) == (
                number.bits,
                number.digits,
                f"{number.value() % SAFE_PRIME:032x}",
            )
            assert number.bits == number.value().bit_length()
            assert number.digits == len(str(number.value()))
            assert number.mod(997) == number.value() % 997
        assert max(number.bits for number in members) <= order.max_bits
    again = Order.from_spec(json.loads(json.dumps(order.spec())))
    assert (again.key, again.title) == (order.key, order.title)
    assert again.families == order.families


@pytest_orders
def test_sequences_hold_every_number_once(
    expression: str, ranges: dict[str, str]
) -> None:
    order = Order.parse(expression, ranges)
    expected = naive_orders.numbers(order)
    spans = [(0, order.size), (order.size // 3, order.size // 2), (order.size, 0)]
    for member in range(order.member_count):
        for first, count in spans:
            found: dict[int, int] = {}
            heads = set()
            for s in order.sequences(member, first, count):
                assert s.n.dtype == s.index.dtype == np.int64
                assert (np.diff(s.index) > 0).all()
                assert s.k % s.b and not gmpy2.is_power(s.b)
                heads.add((s.k, s.b))
                for n, index in zip(s.n.tolist(), s.index.tolist(), strict=True):
                    assert index not in found
                    found[index] = s.k * s.b**n + s.c
            assert len(heads) == len(list(order.sequences(member, first, count)))
            assert found == {
                index: expected[index][member] for index in range(first, first + count)
            }
            columns = order.columns(member, first, count)
            rows = zip(columns.k, columns.b, columns.n, strict=True)
            assert [int(k) * int(b) ** int(n) + columns.c for k, b, n in rows] == [
                found[index] for index in columns.index.tolist()
            ]


@pytest_orders
def test_duplicates_and_numbers_below_two_are_found(
    expression: str, ranges: dict[str, str]
) -> None:
    order = Order.parse(expression, ranges)
    assert order.duplicates.dtype == order.not_candidates.dtype == np.int64
    assert order.duplicates.tolist() == naive_orders.duplicates(order)
    assert order.not_candidates.tolist() == naive_orders.not_candidates(order)


@pytest_orders
def test_keys_are_equal_exactly_for_equal_numbers(
    expression: str, ranges: dict[str, str]
) -> None:
    order = Order.parse(expression, ranges)
    repeated = set(order.duplicates.tolist())
    no_candidates = set(order.not_candidates.tolist())
    assert not repeated & no_candidates
    seen = set()
    for index in range(order.size):
        if index in no_candidates:
            continue
        key = order.candidate_key(index)
        assert len(key) == 32
        assert (key in seen) == (index in repeated)
        seen.add(key)


@pytest_orders
def test_an_order_comes_back_from_its_spec(
    expression: str, ranges: dict[str, str]
) -> None:
    order = Order.parse(expression, ranges)
    again = Order.from_spec(json.loads(json.dumps(order.spec())))
    assert again.spec() == order.spec()
    assert again.key == order.key
    assert again.title == order.title
    assert list(again.ranges) == list(order.ranges)
    assert again.families == order.families


def texts(values: st.SearchStrategy[int], many: int) -> st.SearchStrategy[str]:
    listed = st.lists(values, min_size=1, max_size=many).map(
        lambda numbers: ",".join(map(str, numbers))
    )
    spans = st.tuples(values, st.integers(0, many), st.integers(1, 3)).map(
        lambda t: f"{t[0]}:{t[0] + t[1]}:{t[2]}"
    )
    return listed | spans


def odd_numbers_of(expression: str, ranges: dict[str, str]) -> Order:
    """The order, unless all its numbers are even."""
    try:
        return Order.parse(expression, ranges)
    except OrderError as error:
        assert "is even here" in str(error)
        reject()


@given(
    st.sampled_from(("k*b^n+1", "k*b^n-1", "k*b^(2n)+-1", "2*k*b^n+1,b^n-1")),
    texts(st.integers(1, 40), 12),
    texts(st.integers(2, 40), 8),
    texts(st.integers(0, 12), 6),
)
@settings(deadline=None)
def test_duplicates_of_mixed_bases_are_exact(
    expression: str, k: str, b: str, n: str
) -> None:
    order = odd_numbers_of(expression, {"k": k, "b": b, "n": n})
    assert order.duplicates.tolist() == naive_orders.duplicates(order)
    assert order.not_candidates.tolist() == naive_orders.not_candidates(order)


@given(st.data(), texts(st.integers(1, 400), 60), texts(st.integers(0, 30), 20))
@settings(deadline=None)
def test_duplicates_of_one_base_are_exact(data: st.DataObject, k: str, n: str) -> None:
    b = data.draw(st.sampled_from((2, 4, 6, 12)))
    order = odd_numbers_of(f"k*{b}^n+1", {"k": k, "n": n})
    assert order.duplicates.tolist() == naive_orders.duplicates(order)


def test_many_duplicates_are_found_in_small_windows_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("darkreach.order.coincidences._CHUNK", 100)
    monkeypatch.setattr("darkreach.order.coincidences._SORTED_AT_ONCE", 50)
    order = Order.parse("k*b^n+1", {"k": "1:20", "b": "2:12", "n": "0:7"})
    assert order.duplicates.tolist() == naive_orders.duplicates(order)


def test_nine_times_eight_is_eight_times_nine() -> None:
    order = Order.parse("k*b^n+1", {"k": "8,9", "b": "2,3", "n": "2:3"})
    first, second = (
        next(i for i in range(order.size) if order.assignment(i) == values)
        for values in ({"b": 2, "k": 9, "n": 3}, {"b": 3, "k": 8, "n": 2})
    )
    assert order.duplicates.tolist() == [max(first, second)]
    assert order.candidate_key(first) == order.candidate_key(second) == number_key("73")


@pytest.mark.parametrize(
    "variants",
    [
        [
            ("3*2^n+1", {"n": "1:5"}),
            ("1+3*2^n", {"n": "1,2,3,4,5"}),
            ("(2^n*3)+1", {"n": "1:5:1"}),
            ("  6 * 2^(n-1) + 1", {"n": "5,3,1,2,4"}),
        ],
        [("4*2^n+1", {"n": "0:10"}), ("2^(n+2)+1", {"n": "0:10"})],
        [("6*4^n-1", {"n": "1:9"}), ("3*2^(2n+1)-1", {"n": "1:9"})],
        [
            ("k*2^50+-1", {"k": "3:99:6"}),
            ("k*2^50+1,k*2^50-1", {"k": "3:101:6"}),
            ("k*2^50+1,k*2^50+-1", {"k": "3:101:6"}),
        ],
        [
            ("k*2^50-1,2*(k*2^50-1)+1", {"k": "1:9:2"}),
            ("k*2^51-1,2^50*k-1", {"k": "1:9:2"}),
        ],
        [("2^p-1", {"p": "2:10"}), ("2^p-1", {"p": "2,3,5,7"})],
        [("k*2^n+1", {"k": "3", "n": "1:5"}), ("k*2^n+1", {"n": "1:5", "k": "3:3"})],
    ],
    ids=lambda variants: variants[0][0],
)
def test_one_order_in_other_words_has_one_key(
    variants: list[tuple[str, dict[str, str]]],
) -> None:
    orders = [Order.parse(*variant) for variant in variants]
    assert len({order.key for order in orders}) == 1
    assert len({order.title for order in orders}) == 1


def test_other_orders_have_other_keys() -> None:
    orders = [
        ("3*2^n+1", {"n": "1:5"}),
        ("3*2^n-1", {"n": "1:5"}),
        ("3*2^n+-1", {"n": "1:5"}),
        ("5*2^n+1", {"n": "1:5"}),
        ("3*2^n+1", {"n": "1:6"}),
        ("3*2^n+1", {"n": "1:5:2"}),
        ("3*2^p+1", {"p": "1:5"}),
    ]
    assert len({Order.parse(*order).key for order in orders}) == len(orders)


@pytest.mark.parametrize(
    ("expression", "ranges", "title"),
    [
        ("3*2^n+1", {"n": "1:2000"}, "3*2^n+1, n = 1:2000"),
        ("k*2^50+-1", {"k": "3:99:6"}, "k*2^50+-1, k = 3:99:6"),
        ("k*2^n+1", {"n": "1:9", "k": "3,5"}, "k*2^n+1, k = 3:5:2, n = 1:9"),
        ("3*2^5+1", {}, "3*2^5+1"),
        (
            "3*2^n+1",
            {"n": ",".join(str(n * n) for n in range(1, 50))},
            "3*2^n+1, n = 1, …, 2401 (49 values)",
        ),
    ],
)
def test_titles(expression: str, ranges: dict[str, str], title: str) -> None:
    assert Order.parse(expression, ranges).title == title


@pytest.mark.parametrize(
    ("expression", "ranges", "notes"),
    [
        ("3*2^n+1", {"n": "1:9"}, []),
        ("k*2^n+1", {"k": "3:99:2", "n": "1:9"}, []),
        ("12*2^n+1", {"n": "1:9"}, ["k = 12 is even: 12*2^n+1 = 3*2^(n+2)+1"]),
        (
            "k*2^n+1",
            {"k": "9:12", "n": "1:9"},
            ["k = 10 is even: 10*2^n = 5*2^(n+1), and so on"],
        ),
        (
            "5*b^n+1",
            {"b": "3,4", "n": "1:9"},
            ["b = 4 is a perfect power: 4^n = 2^(2*n), and so on"],
        ),
        (
            "9*b^n-1",
            {"b": "3,10", "n": "1:9"},
            ["k = 9 is divisible by 3: 9*3^n = 3^(n+2), and so on"],
        ),
        (
            "k*b^n-1",
            {"k": "18", "b": "6", "n": "1:9"},
            ["k = 18 is divisible by 6: 18*6^n = 3*6^(n+1), and so on"],
        ),
        (
            "3*2^n+1,3*2^n+1",
            {"n": "1:9"},
            ["a number that is written twice counts once"],
        ),
    ],
)
def test_normalisations_are_said(
    expression: str, ranges: dict[str, str], notes: list[str]
) -> None:
    assert Order.parse(expression, ranges).notes == notes


REFUSED = [
    (
        "3*5^n+1",
        {"n": "1:9"},
        "every number of .* is even here, because k and b are odd",
    ),
    ("k*b^n-1", {"k": "1:9:2", "b": "3:9:2", "n": "1:9"}, "is even here"),
    ("3*2^n+1", {"n": "0"}, "because k is odd and n is 0"),
    ("3^n+1", {"n": "0:5"}, "is even here"),
    ("2*3^n+1,3^n+1", {"n": "1:5"}, "is even here"),
    ("3*2^n+1", {}, "range of n is missing"),
    ("3*2^n+1", {"n": "1:5", "k": "1:2"}, "'k', which is no variable"),
    ("3*2^n+1", {"n": "1:5", "--force": "1"}, "no variable"),
    ("3*2^n+1", {"n": "5:1"}, "reversed"),
    ("3*2^n+1", {"n": ""}, "not understood"),
    ("3*2^n+1", {"n": "1:1000000000"}, "1000000000 values"),
    ("k*2^n+1", {"k": "1:100000", "n": "1:100000"}, "10000000000 positions"),
    ("k*2^n+1", {"k": "0:9", "n": "1:9"}, "k must be at least 1 .* be 0"),
    ("0*2^n+1", {"n": "1:9"}, "k must be at least 1"),
    ("-3*2^n+1", {"n": "1:9"}, "k must be at least 1 .* be -3"),
    ("1-2^n", {"n": "1:9"}, "k must be at least 1"),
    ("3*b^n+1", {"b": "1:9", "n": "1:9"}, "b must be at least 2 .* be 1"),
    ("3*1^n+1", {"n": "1:9"}, "b must be at least 2"),
    ("3*0^n+1", {"n": "1:9"}, "b must be at least 2"),
    ("3*2^(n-5)+1", {"n": "1:9"}, "n must be at least 0 .* be -4"),
    ("3*2^(10-n)+1", {"n": "1:11"}, "n must be at least 0 .* be -1"),
    ("3*2^(0-5)+1", {}, "n must be at least 0"),
    ("3*2^n+1", {"n": "999999999999999999"}, "more than 4294967296 bits"),
    ("3*2^(10^30)+1", {}, "bits"),
    ("n*2^n+1", {"n": "0:9"}, "k must be at least 1 .* be 0"),
    ("n*3^n+1", {"n": "1:9:2"}, "is even here"),
    ("n!+2", {"n": "2:9"}, "no number of .* is odd here"),
    ("n!+a*b^c", {"n": "2:9", "a": "1", "b": "1", "c": "1"}, "4 variables"),
    ("n!+1", {"n": "1:2000000"}, "2000000 positions"),
    ("n!+1", {"n": "1:1000000000"}, "1000000000 values"),
    ("n!+1", {"n": "999999999"}, "more than 100000000 bits"),
    ("2^(10-n)+3", {"n": "1:11"}, "negative"),
    ("2^n+3", {}, "range of n is missing"),
    ("9**9**9", {}, r"write \^"),
    ("9^9^9", {}, "tower"),
    ("3*2^n+1)", {"n": "1:9"}, "no opening"),
    ("(" * 10**6, {}, "at most 10000 are read"),
    ("3*2^n+1" * 10**5, {"n": "1:9"}, "at most 10000 are read"),
    (None, {}, "is a text"),
]


@pytest.mark.parametrize(
    ("expression", "ranges", "message"),
    REFUSED,
    ids=[f"{str(text)[:15]} {list(r.values())[:2]}"[:40] for text, r, _ in REFUSED],
)
def test_bad_orders_are_refused_at_once_in_one_line(
    expression: str, ranges: dict[str, str], message: str
) -> None:
    begin = time.perf_counter()
    with pytest.raises(OrderError, match=message) as caught:
        Order.parse(expression, ranges)
    assert time.perf_counter() - begin < 0.25
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("change", ["form", "version", "expression", "ranges", "more"])
def test_a_spec_that_was_changed_is_refused(change: str) -> None:
    spec = {**Order.parse("3*2^n+1", {"n": "1:9"}).spec(), change: 7}
    with pytest.raises(OrderError):
        Order.from_spec(spec)
    with pytest.raises(OrderError):
        Order.from_spec([])  # type: ignore[arg-type]


def test_positions_outside_are_refused() -> None:
    order = Order.parse("3*2^n+1", {"n": "1:9"})
    for index in (-1, 9):
        with pytest.raises(IndexError):
            order.assignment(index)
    with pytest.raises(IndexError):
        list(order.sequences(0, 5, 5))


@pytest.mark.parametrize(
    ("expression", "ranges"),
    [
        ("3*2^n+1", {"n": "1:100000000"}),
        ("k*2^50+-1", {"k": "1:200000000:2"}),
        ("2*b^9+1", {"b": "2:100000001"}),
        ("k*2^n+1", {"k": "1:1999:2", "n": "1:100000"}),
    ],
)
def test_the_largest_orders_take_no_time(
    expression: str, ranges: dict[str, str]
) -> None:
    begin = time.perf_counter()
    order = Order.parse(expression, ranges)
    assert order.size == 10**8
    assert order.key and order.title and order.max_bits
    assert order.members(order.size - 1)
    assert order.not_candidates.size == 0
    if len(ranges) == 1:
        assert order.duplicates.size == 0
    assert sum(s.n.size for s in order.sequences(0, 10**7, 1000)) == 1000
    assert time.perf_counter() - begin < 0.5


@pytest.mark.parametrize(
    ("expression", "ranges", "count"),
    [
        ("3*2^n+1", {"n": "1:9"}, 1),
        ("k*2^50+-1", {"k": "3:99:6"}, 2),
        ("k*2^n+1", {"k": "3:9:2", "n": "1:100"}, 4),
        ("k*2^n+1", {"k": "3:99:2", "n": "1:3"}, 3),
        ("2*b^n+1", {"b": "2:9", "n": "1:100"}, 8),
    ],
)
def test_a_sieve_is_told_how_many_series_it_has(
    expression: str, ranges: dict[str, str], count: int
) -> None:
    assert Order.parse(expression, ranges).sequence_count == count

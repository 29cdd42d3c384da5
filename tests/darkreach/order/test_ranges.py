from __future__ import annotations

import time

import gmpy2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkreach.errors import OrderError
from darkreach.order.ranges import Range


@pytest.mark.parametrize(
    ("variable", "text", "canonical", "values"),
    [
        ("n", "1:5", "1:5", [1, 2, 3, 4, 5]),
        ("n", "1,2,3,4,5", "1:5", [1, 2, 3, 4, 5]),
        ("n", "5, 4,3,2,1,1", "1:5", [1, 2, 3, 4, 5]),
        ("n", "1:5:1", "1:5", [1, 2, 3, 4, 5]),
        ("n", " 1 : 6 : 2 ", "1:5:2", [1, 3, 5]),
        ("n", "7", "7:7", [7]),
        ("n", "7:9:5", "7:7", [7]),
        ("n", "2,9", "2:9:7", [2, 9]),
        ("n", "1,2,4", "1,2,4", [1, 2, 4]),
        ("n", "007:010", "7:10", [7, 8, 9, 10]),
        ("n", "999999999999999999", "999999999999999999:999999999999999999", None),
        ("p", "1:10", "2:7", [2, 3, 5, 7]),
        ("p", "3:30:4", "3:23:4", [3, 7, 11, 19, 23]),
        ("p", "3,7,11,19,23", "3:23:4", [3, 7, 11, 19, 23]),
        ("p", "3:20:2", "3:19", [3, 5, 7, 11, 13, 17, 19]),
        ("p", "2,7,31", "2,7,31", [2, 7, 31]),
        ("p", "7:7", "7:7", [7]),
    ],
)
def test_ranges_and_their_canonical_text(
    variable: str, text: str, canonical: str, values: list[int] | None
) -> None:
    read = Range.parse(variable, text)
    assert read.text == canonical
    assert Range.parse(variable, canonical).text == canonical
    if values is not None:
        assert read.all().tolist() == values
        assert [read.at(place) for place in range(len(read))] == values
        assert (read.first, read.last) == (values[0], values[-1])
        assert read.parities() == {value % 2 for value in values}


@given(
    st.integers(0, 3000),
    st.integers(0, 6000),
    st.integers(1, 40),
    st.sampled_from(("n", "p")),
)
@settings(deadline=None)
def test_a_progression_is_what_python_says(
    first: int, length: int, step: int, variable: str
) -> None:
    numbers = list(range(first, first + length + 1, step))
    if variable == "p":
        numbers = [n for n in numbers if gmpy2.is_prime(n)]
    if not numbers:
        return
    read = Range.parse(variable, f"{first}:{first + length}:{step}")
    assert read.all().tolist() == numbers
    again = Range.parse(variable, read.text)
    assert again.all().tolist() == numbers
    if len(numbers) <= 1000:
        listed = Range.parse(variable, ",".join(map(str, numbers)))
        assert listed.text == read.text


@given(st.sets(st.integers(0, 500), min_size=1), st.sampled_from(("n", "p")))
@settings(deadline=None)
def test_a_list_is_found_again_in_its_text_and_by_value(
    numbers: set[int], variable: str
) -> None:
    if variable == "p":
        numbers = {int(gmpy2.next_prime(number)) for number in numbers}
    read = Range.parse(variable, ",".join(map(str, numbers)))
    ordered = sorted(numbers)
    assert Range.parse(variable, read.text).all().tolist() == ordered
    for value in range(-1, 520):
        place = ordered.index(value) if value in numbers else None
        assert read.find(value) == place
    places = np.arange(len(ordered))[::-1]
    assert read.take(places).tolist() == ordered[::-1]


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("n", "", "not understood"),
        ("n", ":", "not understood"),
        ("n", "1:", "not understood"),
        ("n", "1:2:3:4", "not understood"),
        ("n", "1,,2", "not understood"),
        ("n", "1:5,7", "not understood"),
        ("n", "a:b", "not understood"),
        ("n", "1.5", "not understood"),
        ("n", "1e", "not understood"),
        ("n", "1:5\n", "not understood"),
        ("n", "١:٥", "not understood"),
        ("n", "²", "not understood"),
        ("n", "-5:5", "negative"),
        ("n", "5:-5", "negative"),
        ("n", "5:4", "reversed"),
        ("n", "1:5:0", "step"),
        ("n", "1:" + "9" * 30, "more than 18 digits"),
        ("n", "0:100000000", "100000001 values"),
        ("n", "9" * 2_000_001, "no short text"),
        ("n", ",".join(map(str, range(100_001))), "100001 numbers"),
        ("p", "8:10", "no prime"),
        ("p", "2,3,4", "4 is not prime"),
        ("p", "2:100000001", "at most"),
        ("n", None, "no short text"),
        ("n", 5, "no short text"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_bad_ranges_are_refused_at_once(variable: str, text: str, message: str) -> None:
    begin = time.perf_counter()
    with pytest.raises(OrderError, match=message) as caught:
        Range.parse(variable, text)
    assert time.perf_counter() - begin < 0.25
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_powers_of_ten_are_read_as_hunters_write_them() -> None:
    assert Range.parse("n", "1e3:1.5e3").text == "1000:1500"
    assert Range.parse("k", "3,2e1,17E0").text == Range.parse("k", "3,17,20").text
    assert Range.parse("n", "0:1e6:2.5e5").text == "0:1000000:250000"


@pytest.mark.parametrize(
    "text", ["1.5:20", "1:1.55e1", "e5:10", "1e:9", "1:1e18", "1e99"]
)
def test_what_is_no_whole_number_is_no_bound(text: str) -> None:
    with pytest.raises(OrderError):
        Range.parse("n", text)

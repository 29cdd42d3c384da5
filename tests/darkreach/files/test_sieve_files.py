"""Sieve files of other programs are read as they mean it, or refused with the line."""

from __future__ import annotations

import io
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkreach.errors import OrderError
from darkreach.files import lines, listing, sieve_files
from darkreach.files.lines import FileError
from darkreach.files.listing import Listed
from darkreach.order import Order

READERS = ("abc", "abcd", "npg")


def read(text: str) -> list[Listed]:
    return sieve_files.read(io.StringIO(text))


def numbers(listed: Listed) -> set[str]:
    """The expressions of the numbers that are listed; members joined by a space."""
    return {
        " ".join(number.expression for number in listed.order.members(index))
        for index in listed.positions.tolist()
    }


@pytest.mark.parametrize(
    ("text", "wanted", "depth"),
    [
        (
            "ABC $a*2^$b+1 // Sieved to 5000000000\n21181 1000012\n3 7\n",
            {"21181*2^1000012+1", "3*2^7+1"},
            5 * 10**9,
        ),
        (
            "ABC $a*2^1290-1 // Sieved to 5e9\r\n9\r\n\r\n15\r\n",
            {"9*2^1290-1", "15*2^1290-1"},
            5 * 10**9,
        ),
        ("ABC 5*$a^$b+1\n6 100\n10 20\n", {"5*6^100+1", "5*10^20+1"}, 0),
        (
            "ABCD 3*2^$a+1 [10] // Sieved to 77\n2\n\n3\n",
            {"3*2^10+1", "3*2^12+1", "3*2^15+1"},
            77,
        ),
        (
            "ABCD 3*2^$a+1 [10]\n2\nABCD 7*2^$a+1 [20]\n-4\n",
            {"3*2^10+1", "3*2^12+1", "7*2^20+1", "7*2^16+1"},
            0,
        ),
        ("ABCD $a*2^$b-1 [3 10] // Sieved to 9\n2 -5\n", {"3*2^10-1", "5*2^5-1"}, 9),
        ("12345:P:1:2:1\n3 7\n5 9\n", {"3*2^7+1", "5*2^9+1"}, 12345),
        ("12345:P:0:2:257\n3 7\n", {"3*2^7+1"}, 12345),
        ("9:M:1:10:2\n7 7\n", {"7*10^7-1"}, 9),
        ("9:M:0:2:258\n3 7\n", {"3*2^7-1"}, 9),
        ("9:T:0:2:3\n15 7\n", {"15*2^7-1 15*2^7+1"}, 9),
        ("9:S:2:2:10\n15 7\n", {"15*2^7-1 15*2^8-1"}, 9),
        ("9:C:2:2:5\n15 7\n", {"15*2^7+1 15*2^8+1"}, 9),
        ("9:K:1:2:7\n15 7\n", {"15*2^7-1 15*2^7+1 15*2^8+1"}, 9),
        ("9:J:1:2:11\n15 7\n", {"15*2^7-1 15*2^7+1 15*2^8-1"}, 9),
        ("9:B:2:2:15\n15 7\n", {"15*2^7-1 15*2^7+1 15*2^8-1 15*2^8+1"}, 9),
        ("ABC\t2^100+$a\n277\n279\n", {"2^100+277", "2^100+279"}, 0),
        ("ABC $a*2^$a+$a\n3\n", {"3*2^3+3"}, 0),
        ("ABC 3*2^$a+1 // Sieved to 1e999\n7\n", {"3*2^7+1"}, 2**62),
        (f"ABC 3*2^$a+1 // Sieved to {'9' * 9_999}\n7\n", {"3*2^7+1"}, 2**62),
        ("ABC 3*2^$a+1 // Sieved to 9007199254740995\n7\n", {"3*2^7+1"}, 2**53 + 3),
        ("ABC $a*2^50+1 & $a*2^50-1\n9\n", {"9*2^50-1 9*2^50+1"}, 0),
    ],
)
def test_a_file_lists_the_numbers_it_means(
    text: str, wanted: set[str], depth: int
) -> None:
    (listed,) = read(text)
    assert numbers(listed) == wanted
    assert listed.sieved_to == depth


@pytest.mark.parametrize(
    "text",
    [
        "ABC $a*2^$b$c // {number_primes,$a,1} Sieved to 9\n3 7 +1\n3 9 -1\n",
        "ABC 3*2^$a+1 | 3*2^$b-1\n7 9\n",
    ],
)
def test_both_signs_make_two_orders(text: str) -> None:
    found = [numbers(each) for each in read(text)]
    assert sorted(found, key=str) == [{"3*2^7+1"}, {"3*2^9-1"}]


def test_a_constant_without_its_own_sign_is_read_too() -> None:
    (listed,) = read("ABC $a*2^$b+$c\n3 7 1\n5 8 1\n")
    assert numbers(listed) == {"3*2^7+1", "5*2^8+1"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "empty"),
        ("ABC $a*2^$b$c\n3 7 +1\n3 9 1\n", "line 3: .*no sign"),
        ("ABC $a*2^$b+$c\n3 7 +1\n", "line 2: .*not a whole number"),
        ("ABC $a*2^$b+$c\n3 7 -1\n", "line 2: .*not a whole number"),
        ("ABC $a*2^$b$c+$c\n3 7 +1\n", r"line 1: \$c stands once"),
        ("ABC $a*2^$b+1\n3 7\n3\n", "line 3: 1 values for the 2"),
        ("ABC $a*2^$b+1\n3 7 9\n", "line 2: 3 values for the 2"),
        ("ABC $a*2^$b+1\n3 seven\n", "line 2: 'seven' is not"),
        ("ABC $a*2^$b+1\n3 1234567890123456789\n", "line 2: .*18 digits"),
        ("ABC $a*2^$c+1\n3 7\n", "line 1: .*gap"),
        ("ABC 3*2^7+1\n3\n", "line 1: .*no variable"),
        ("ABC $a+1 | $a-1 & $a\n3\n", "line 1: .*not both"),
        ("ABC2 $a*2^$b+1\na: from 1 to 9\n", "line 1: ABC2"),
        ("ABCDE $a\n", "line 1: want ABCD"),
        ("ABCD $a*2^9+1 [x]\n", "line 1: 'x' is not"),
        ("ABCD $a*2^9+1 [5 6]\n", "line 1: 2 first values for 1"),
        ("ABCD $a*2^9+1 [5]\n2 2\n", "line 2: 2 differences for 1"),
        ("ABCD $a*2^9+1 [5]\n-6\n", "line 2: a value leaves"),
        ("ABCD $a*2^9$b [5 1]\n2 2\n", "line 1: differences cannot"),
        ("9:T:1:2:1\n3 7\n", "line 1: mode T and mask 1 contradict"),
        ("9:P:1:2:64\n3 7\n", "line 1: .*mask 64"),
        ("9:P:2:2:1\n3 7\n", "line 1: programs disagree .* chain 2"),
        ("9:T:2:2:3\n3 7\n", "line 1: programs disagree .* chain 2"),
        ("9:C:3:2:5\n3 7\n", "line 1: programs disagree .* chain 3"),
        ("9:Y:4:2:29\n3 7\n", "line 1: .*mode Y, mask 29"),
        ("9:2:3:2:21\n3 7\n", "line 1: .*mode 2, mask 21"),
        ("9:S:1:2:1034\n3 7\n", "line 1: .*mask 1034"),
        ("9:T:1:2:259\n3 7\n", "line 1: .*mask 259"),
        ("\u0663:P:1:2:1\n3 7\n", "line 1: an ABC file begins"),
        ("ABC 2^100$a\n+277\n", "line 1: .*constant only"),
        ("ABC $a*2^9+$b | 2^9+$b\n3 7\n", "line 1: .*constant only"),
        ("ABC " + " | ".join(f"$a*2^{n}+1" for n in range(21)), "line 1: more than 20"),
        ("9:P:1:2:1\n3\n", "line 2: want k and n"),
        ("9:P:1:2:1\n3 -7\n", "line 2: '-7' is not"),
        ("some text\n", "line 1: an ABC file begins"),
        ("ABC $a*2^$b+1\n", "lists no number"),
        ("ABC $a*2^$b+1\n0 7\n", "k must be at least 1"),
        ("ABC $a*2^$b+1\n3\0 7\n", "line 2: this is no text"),
    ],
)
def test_a_malformed_file_is_refused_and_the_line_named(
    text: str, complaint: str
) -> None:
    with pytest.raises(OrderError, match=complaint) as caught:
        read(text)
    assert "\n" not in str(caught.value)


def test_sizes_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileError, match="line 2: longer than"):
        read("ABC $a*2^9+1\n" + "1" * 20_000 + "\n")
    monkeypatch.setattr(lines, "MOST_BYTES", 100)
    with pytest.raises(FileError, match="larger than"):
        read("ABC $a*2^9+1\n" + "123\n" * 100)
    monkeypatch.undo()
    monkeypatch.setattr(listing, "MOST_ROWS", 10)
    with pytest.raises(FileError, match="line 12: more than 10 rows"):
        read("ABC $a*2^9+1\n" + "123\n" * 20)
    with pytest.raises(OrderError, match="split the file"):
        values = random.Random(1).sample(range(1, 10**9), 200)
        monkeypatch.undo()
        monkeypatch.setattr(listing, "MOST_POSITIONS", 1000)
        read("ABC $a*2^$b+1\n" + "".join(f"{k} {k}\n" for k in values))


def test_repeated_rows_and_equal_numbers_count_once() -> None:
    (listed,) = read("ABC $a*2^$b+1\n1 6\n2 5\n1 6\n2 7\n")
    assert numbers(listed) == {"2^6+1", "2^8+1"}
    assert listed.left_out == 2


def test_a_number_listed_only_by_its_later_spelling_is_kept() -> None:
    (listed,) = read("ABC $a*2^$b+1\n2 5\n1 9\n1 7\n")
    assert numbers(listed) == {"2^6+1", "2^9+1", "2^7+1"}


def test_numbers_below_two_are_left_out() -> None:
    (listed,) = read("ABC $a*2^$b-1\n1 0\n1 1\n3 4\n")
    assert numbers(listed) == {"3*2^4-1"}
    assert listed.left_out == 2


def test_few_values_far_apart_become_a_list() -> None:
    chance = random.Random(5)
    values = sorted(chance.sample(range(1, 10**12, 2), 300))
    (listed,) = read("9:P:1:2:1\n" + "".join(f"{k} 50\n" for k in values))
    assert listed.order.size == 300
    assert Order.from_spec(listed.order.spec()).key == listed.order.key
    assert listed.positions.size == 300


@given(
    st.sampled_from(READERS),
    st.sampled_from(
        [
            *("k*2^n+1", "k*2^n-1", "k*10^n+1", "k*2^n-1,k*2^n+1"),
            *("k*2^n-1,k*2^(n+1)-1", "k*2^n+1,k*2^(n+1)+1"),
            "k*2^n-1,k*2^n+1,k*2^(n+1)-1,k*2^(n+1)+1",
        ]
    ),
    st.integers(1, 50),
    st.integers(1, 60),
    st.randoms(use_true_random=False),
)
def test_what_is_written_is_read_again(
    form: str, expression: str, k: int, n: int, chance: Any
) -> None:
    ranges = {"k": f"{k}:{k + 20}:3", "n": f"{n}:{n + 30}"}
    order = Order.parse(expression, ranges)
    usable = np.setdiff1d(np.arange(order.size), order.duplicates)
    usable = np.setdiff1d(usable, order.not_candidates)
    chosen = sorted(chance.sample(usable.tolist(), min(25, usable.size)))
    out = io.StringIO()
    sieve_files.writer(form)(out, order, chosen, 12_345)
    (listed,) = read(out.getvalue())
    wanted = {
        " ".join(number.expression for number in order.members(index))
        for index in chosen
    }
    assert {" ".join(sorted(x.split())) for x in numbers(listed)} == {
        " ".join(sorted(x.split())) for x in wanted
    }
    assert listed.sieved_to == 12_345


@pytest.mark.parametrize("form", ["abc", "abcd"])
@pytest.mark.parametrize(
    ("expression", "ranges"),
    [
        ("Phi(3,n)", {"n": "2:20"}),
        ("R(p)", {"p": "2:20"}),
        ("p#-1", {"p": "5:30"}),
        ("n!3+1", {"n": "5:20"}),
        ("n*2^n-1", {"n": "2:20"}),
        ("b^16+1", {"b": "2:40:2"}),
        ("2^p-1", {"p": "2:30"}),
        ("(2^p+1)/3", {"p": "3:30"}),
        ("(2^n-1)^2-2", {"n": "2:20"}),
        ("(2k+1)*2^(3n-1)+1", {"k": "1:4", "n": "1:9"}),
        ("2^n-k", {"k": "1:9:2", "n": "5:9"}),
        ("2^(3^n)+n", {"n": "1:4"}),
        ("6k+5,6k+7", {"k": "1:9"}),
    ],
)
def test_numbers_of_every_form_come_back(
    form: str, expression: str, ranges: dict[str, str]
) -> None:
    order = Order.parse(expression, ranges)
    left_out = np.union1d(order.duplicates, order.not_candidates)
    usable = np.setdiff1d(np.arange(order.size), left_out).tolist()
    out = io.StringIO()
    sieve_files.writer(form)(out, order, usable, 99)
    # Each constant that is added last makes an order of its own.
    found = set().union(*map(numbers, read(out.getvalue())))
    assert found == numbers(Listed(order, np.array(usable), 0, 99))


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("abc", "ABC 3*2^$a+1 // Sieved to 99\n5\n6\n9\n"),
        ("abcd", "ABCD 3*2^$a+1 [5] // Sieved to 99\n1\n3\n"),
        ("npg", "99:P:1:2:1\n3 5\n3 6\n3 9\n"),
    ],
)
def test_the_formats_look_as_other_programs_want_them(form: str, text: str) -> None:
    out = io.StringIO()
    order = Order.parse("3*2^n+1", {"n": "5:9"})
    sieve_files.writer(form)(out, order, [0, 1, 4], 99)
    assert out.getvalue() == text


def test_what_a_format_cannot_hold_is_refused() -> None:
    out = io.StringIO()
    with pytest.raises(OrderError, match="NewPGen"):
        order = Order.parse("k*b^n+1", {"k": "4", "b": "5,7", "n": "2:9:2"})
        sieve_files.writer("npg")(out, order, [0], 9)
    with pytest.raises(OrderError, match="no mode"):
        order = Order.parse("k*2^n+1,k*2^(n+1)-1", {"k": "3", "n": "2:9"})
        sieve_files.writer("npg")(out, order, [0], 9)
    with pytest.raises(OrderError, match="no format"):
        sieve_files.writer("zip")
    with pytest.raises(OrderError, match="without variables"):
        sieve_files.writer("abc")(out, Order.parse("3*2^5+1", {}), [0], 9)

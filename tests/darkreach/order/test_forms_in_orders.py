"""Random orders of every form, in random spellings: parsed, printed, parsed back."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkreach.errors import OrderError
from darkreach.expression import evaluate, parse, show
from darkreach.order import Order

_SMALL = st.integers(2, 40)

#: The spellings of each form; N, B and K are numbers, small letters variables.
SPELLINGS = [
    *("k*2^n+1", "k*b^n-1", "K*B^n+1", "1+2^n*K", "k*B^N-1", "k*2^N+-1"),
    *("k*2^N-1,2*(k*2^N-1)+1", "k*B^N+1,2*(k*B^N+1)-1", "(2k+1)*B^(3n)-1"),
    *("n*B^n+1", "n*B^n-1", "(n+1)*B^(n+1)-1", "b^16+1", "(2b)^8+1", "2^p-1"),
    *("n!+1", "n!-1", "1+n!", "n!!-1", "n!3+1", "(n+1)!5-1", "n!+-1"),
    *("p#+1", "p#-1", "K*p#+1", "(2^p+1)/3", "(1+2^p)/3", "R(p)", "R(p,B)"),
    *("(10^p-1)/9", "(B^n-1)^2-2", "(B^n+1)^2-2", "Phi(3,B^n)", "Phi(6,b)"),
    *("10^(2n+1)-10^n-1", "(10^(n+3)+666)*10^(n+1)+1", "(10^(2n+1)-6*10^n-1)/3"),
    *("K*10^n+7", "B^n-2", "n^2+n+41", "palindrome"),
]


@st.composite
def ranges(draw: st.DrawFn, low: int) -> str:
    first = draw(st.integers(low, 40))
    match draw(st.sampled_from(["span", "step", "list", "one"])):
        case "span":
            return f"{first}:{first + draw(st.integers(0, 12))}"
        case "step":
            return f"{first}:{first + draw(st.integers(0, 30))}:{draw(_SMALL)}"
        case "list":
            more = draw(st.lists(st.integers(low, 60), max_size=4))
            return ",".join(map(str, sorted({first, *more})))
    return str(first)


@st.composite
def orders(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    text = draw(st.sampled_from(SPELLINGS))
    if text == "palindrome":
        digits = draw(st.integers(1, 5))
        given = {"digits": f"{digits}:{digits + draw(st.integers(0, 3))}"}
        if draw(st.booleans()):
            given["base"] = str(draw(st.integers(2, 36)))
        return text, given
    for letter in "NBK":
        text = text.replace(letter, str(draw(_SMALL)))
    letters = {sign for sign in text if sign.islower()} - set("hi")
    if "Phi" in text:
        letters -= {"p"}
    spaced = draw(st.booleans()) and "Phi" not in text and "R" not in text
    text = " + ".join(text.split("+")) if spaced and "+-" not in text else text
    given = {}
    for letter in sorted(letters):
        low = {"p": 2, "b": 2}.get(letter, 1)
        given[letter] = "2:60" if letter == "p" else draw(ranges(low))
    return text, given


def check(text: str, given_: dict[str, str]) -> None:
    try:
        order = Order.parse(text, given_)
    except OrderError as refusal:
        # Only what holds no odd number is refused among these.
        assert any(word in str(refusal) for word in ("even", "odd", "no prime")), text
        return
    again = Order.from_spec(json.loads(json.dumps(order.spec())))
    assert (again.key, again.spec(), again.title) == (
        order.key,
        order.spec(),
        order.title,
    )
    assert order.title and "\n" not in order.title
    if text == "palindrome":
        return
    index = order.size // 2
    if index in {*order.not_candidates.tolist()}:
        return
    values = order.assignment(index)
    for node, number in zip(parse(order.expression), order.members(index), strict=True):
        assert evaluate(node, values) == number.value()
        for dialect in ("canonical", "pfgw", "t5k"):
            (read,) = parse(show(node, dialect))  # type: ignore[arg-type]
            assert evaluate(read, values) == number.value()
            (read,) = parse(number.shown(dialect))
            assert evaluate(read, {}) == number.value()


@settings(max_examples=300, deadline=None)
@given(orders())
def test_orders_of_every_form_come_back(order: tuple[str, dict[str, str]]) -> None:
    check(*order)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(orders())
def test_ten_thousand_orders_come_back(order: tuple[str, dict[str, str]]) -> None:
    check(*order)

"""What residues of one number say together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from verification.weighing import Standing, independent, weigh

FIRST = Standing(
    id=1,
    key="k",
    expression="3*2^100+1",
    variant=0,
    test=(2, 5),
    res64="00000000000000AA",
    verdict="composite",
    host="a",
    version="0.1.0",
    kernel="fft 64",
    ordered=False,
)
DOUBLE = replace(FIRST, id=2, host="b", kernel="fft 80", ordered=True)
OTHER = "00000000000000BB"


def test_one_residue_settles_and_confirms_nothing() -> None:
    found = weigh([FIRST])
    assert (found.state, found.double, found.confirmed) == ("composite", False, [])


def test_two_equal_residues_on_other_arithmetic_confirm_each_other() -> None:
    found = weigh([FIRST, DOUBLE])
    assert (found.state, found.double) == ("composite", True)
    assert found.confirmed == [FIRST, DOUBLE]


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ({}, True),
        ({"kernel": FIRST.kernel}, False),
        ({"host": FIRST.host}, True),
        ({"host": FIRST.host, "ordered": False}, False),
        ({"ordered": False}, True),
    ],
)
def test_independent_is_other_arithmetic_and_another_host_or_an_ordered_repetition(
    change: dict[str, object], counts: bool
) -> None:
    assert independent(FIRST, replace(DOUBLE, **change)) is counts  # type: ignore[arg-type]


def test_counts_of_equal_residues_decide_nothing() -> None:
    """Three hosts that ran the same kernel may share its error."""
    same = [replace(FIRST, id=i, host=str(i)) for i in range(3)]
    assert not weigh(same).double


def test_residues_that_differ_are_a_dispute_which_a_third_decides() -> None:
    liar = replace(FIRST, res64=OTHER)
    found = weigh([liar, DOUBLE])
    assert (found.state, found.missing, found.refuted) == ("disputed", 0, [])
    third = replace(DOUBLE, id=3, host="c", kernel="fft 96")
    found = weigh([liar, DOUBLE, third], disputed=True)
    assert (found.state, found.double, found.refuted) == ("composite", True, [liar])


def test_a_third_value_leaves_the_dispute_open() -> None:
    values = [FIRST, replace(DOUBLE, res64=OTHER), replace(DOUBLE, id=3, res64="CC")]
    assert weigh(values).state == "disputed"


def test_a_certificate_refutes_whoever_called_the_prime_composite() -> None:
    right = replace(DOUBLE, verdict="prime", res64="1")
    found = weigh([FIRST, right], proven_prime=True)
    assert (found.state, found.refuted, found.confirmed) == (
        "probable",
        [FIRST],
        [right],
    )


def test_a_retest_that_says_composite_is_a_dispute_over_both_bases() -> None:
    prime = replace(FIRST, verdict="probable prime", res64="1")
    retest = replace(DOUBLE, variant=1, test=(2, 7), res64=OTHER)
    found = weigh([prime, retest])
    assert (found.state, found.retested, found.missing) == ("disputed", True, 0)


def test_other_versions_may_choose_other_bases() -> None:
    other = replace(DOUBLE, version="0.2.0", test=(2, 7), res64=OTHER)
    assert weigh([FIRST, other]).state == "composite"
    assert weigh([FIRST, replace(other, version=FIRST.version)]).state == "disputed"


def test_the_number_in_another_shape_may_be_tested_to_another_base() -> None:
    """5 is 2^3-3 and 2*3^1-1."""
    prime = replace(FIRST, verdict="probable prime", test=(1, 3), res64="1")
    shape = replace(prime, id=2, expression="2*3^1-1", test=(1, 7))
    again = replace(shape, id=3, kernel="fft 80", ordered=True)
    found = weigh([prime, shape, again])
    assert (found.state, found.refuted) == ("probable", [])
    # What agrees with neither of one shape is still a contradiction.
    assert weigh([prime, shape, replace(again, res64=OTHER)]).state == "disputed"


def test_shapes_with_one_test_confirm_each_other() -> None:
    shape = replace(DOUBLE, expression="6*2^99+1")
    assert weigh([FIRST, shape]).double
    liar = replace(shape, id=3, test=(1, 11), res64=OTHER)
    third = replace(shape, id=4, host="c", kernel="fft 96")
    assert weigh([FIRST, liar, shape, third]).refuted == [liar]

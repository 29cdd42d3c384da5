"""Arguments that ask for powers: replayed only to the questions they were given to."""

from __future__ import annotations

import json
from typing import Any

import gmpy2
import pytest

from darkreach.arithmetic import modulus
from darkreach.arithmetic.gmp import Shift
from darkreach.arithmetic.guarded import Guarded
from darkreach.derivation import Argument, Derivation
from darkreach.errors import CheckpointError
from darkreach.forms import number
from darkreach.residues import Residue
from tests.darkreach.arithmetic.twin_engine import TwinRoad

FORM = number("3*2^2500-1")


def two_bases(first: int, second: int) -> Derivation:
    return resume(first, second, None)


def resume(first: int, second: int, saved: dict[str, Any] | None) -> Derivation:
    def argue() -> Argument:
        one = yield Residue(1, first)
        two = yield Residue(1, second)
        return one["res2048"], two["res2048"]

    return Derivation(argue, lambda: modulus(FORM), saved)


def stopped_in_the_second_question() -> dict[str, Any]:
    derivation = two_bases(3, 5)
    while not derivation.state()["history"]:
        derivation.advance(0.0)
    derivation.advance(0.0)
    assert 0.0 < derivation.fraction < 1.0
    saved: dict[str, Any] = json.loads(json.dumps(derivation.state()))
    return saved


def test_a_resumed_argument_concludes_the_same() -> None:
    whole = two_bases(3, 5)
    while not whole.advance(1.0):
        pass
    resumed = resume(3, 5, stopped_in_the_second_question())
    while not resumed.advance(1.0):
        pass
    assert resumed.conclusion == whole.conclusion
    assert resumed.kernel == whole.kernel


@pytest.mark.parametrize("bases", [(7, 5), (3, 7)])
def test_answers_to_other_questions_are_refused(bases: tuple[int, int]) -> None:
    with pytest.raises(CheckpointError, match="another way"):
        resume(*bases, stopped_in_the_second_question())


def test_a_finished_argument_stays_finished() -> None:
    whole = two_bases(3, 5)
    while not whole.advance(1.0):
        pass
    again = resume(3, 5, json.loads(json.dumps(whole.state())))
    assert again.finished
    assert again.conclusion == whole.conclusion


def test_errors_that_were_made_good_are_counted_across_a_checkpoint() -> None:
    """Lengths 64 are too short for the twin of an engine: each start finds that out."""

    def guarded() -> Guarded:
        road = TwinRoad(FORM.value(), 64, 1024)
        return Guarded(Shift(3, 2500, -1), road)

    def argue() -> Argument:
        one = yield Residue(1, 3)
        return one["res2048"]

    derivation = Derivation(argue, guarded)
    while not derivation.errors:
        assert not derivation.advance(0.0)
    saved = json.loads(json.dumps(derivation.state()))
    resumed = Derivation(argue, guarded, saved)
    assert resumed.errors == {"roundoff": 1}
    while not resumed.advance(1.0):
        pass
    assert resumed.errors == {"roundoff": 2}
    assert resumed.kernel == "twin 128"
    residue = gmpy2.powmod(3, FORM.value() - 1, FORM.value())
    assert int(resumed.conclusion, 16) == residue % 2**2048

"""Arguments that ask for powers: replayed only to the questions they were given to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from darkreach.arithmetic import modulus
from darkreach.derivation import Argument, Derivation
from darkreach.errors import CheckpointError
from darkreach.forms import number
from darkreach.residues import Residue

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

"""The p-1 stage: resumable anywhere, short steps, clear refusals."""

from __future__ import annotations

import time
from typing import Any

import pytest

from darkreach.errors import CheckpointError, OrderError
from darkreach.stages import pm1, program

# 2^269-1 and 2^569-1 with bounds that find a factor; a prime; members of which the
# second has the factor; a number above the size of a single powmod.
TASK: dict[str, Any] = {
    "stage": "pm1",
    "candidates": [
        {"index": 4, "members": ["2^269-1"]},
        {"index": 5, "members": ["3*2^189+1"]},
        {"index": 9, "members": ["3*2^189+1", "2^4133-1"]},
        {"index": 11, "members": ["2^60-1"]},
    ],
    "b1": 23,
    "b2": 2141,
}
ROWS = [
    {"index": 4, "factor": "13822297", "member": 0},
    {"index": 5, "factor": None, "member": None},
    {"index": 9, "factor": "11173615097", "member": 1},
]


def finish(run: Any, seconds: float = 1.0) -> dict[str, Any]:
    while pm1.step(run, seconds) < 1.0:
        pass
    return pm1.result(run)


def test_each_candidate_gets_a_row() -> None:
    result = finish(program("pm1").start(TASK))
    assert result["results"][:3] == ROWS
    assert (2**60 - 1) % int(result["results"][3]["factor"]) == 0
    assert (result["b1"], result["b2"]) == (23, 2141)
    assert result["software"]["program"] == "darkreach"
    assert result["seconds"] > 0


def test_a_run_goes_on_from_every_checkpoint() -> None:
    expected = finish(pm1.start(TASK))["results"]
    run = pm1.start(TASK)
    rounds = 0
    while pm1.step(run, 1e-9) < 1.0:
        run = pm1.start(TASK, pm1.state(run))
        rounds += 1
    assert rounds > 10
    assert pm1.result(run)["results"] == expected
    again = pm1.start(TASK, pm1.state(run))
    assert finish(again)["results"] == expected


def test_a_checkpoint_of_another_task_is_refused() -> None:
    saved = pm1.state(pm1.start(TASK))
    with pytest.raises(CheckpointError):
        pm1.start(TASK | {"b1": 24}, saved)


@pytest.mark.parametrize(("b1", "b2"), [(1, 10), (0, 0), (10**9, 0), (100, 10**10)])
def test_bounds_out_of_reach_are_refused(b1: int, b2: int) -> None:
    with pytest.raises(OrderError, match="p-1 takes"):
        pm1.start(TASK | {"b1": b1, "b2": b2})


@pytest.mark.parametrize("expression", ["3*2^100000+1", "10*3^63000-1"])
def test_a_slice_of_a_long_number_is_short(expression: str) -> None:
    """100,000 bits, in both stages: a step asked for 0.1 s takes no second."""
    candidates = [{"index": 0, "members": [expression]}]
    task = {"stage": "pm1", "candidates": candidates, "b1": 30, "b2": 500}
    run = pm1.start(task)
    longest = 0.0
    done = 0.0
    while done < 1.0:
        began = time.perf_counter()
        done = pm1.step(run, 0.1)
        longest = max(longest, time.perf_counter() - began)
    assert longest < 1.0

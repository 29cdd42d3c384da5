"""Every stage has a program with the same four functions."""

from __future__ import annotations

import subprocess
import sys

import pytest

from darkreach.stages import STAGES, program


@pytest.mark.parametrize("stage", STAGES)
def test_a_program_has_four_functions(stage: str) -> None:
    module = program(stage)
    for name in ("start", "step", "state", "result"):
        assert callable(getattr(module, name))


@pytest.mark.parametrize("name", ["", "members", "os", "sieve.x"])
def test_another_name_is_no_stage(name: str) -> None:
    with pytest.raises(ValueError, match="is not a stage"):
        program(name)


def test_asking_for_the_stages_does_not_load_the_compiler() -> None:
    code = "import sys, darkreach.stages; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0

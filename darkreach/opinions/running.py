"""Finding another program, running it in an empty folder, and ending it in time."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from darkreach.arithmetic import Number
from darkreach.opinions.opinion import Opinion, Said
from darkreach.residues import fermat_bases

#: Longest time of one opinion unless somebody says otherwise.
DEFAULT_SECONDS = 3600.0
#: Characters of output that are kept, from the end.
KEPT = 4000
#: Longest number that fits a command line in every system.
_LONGEST = 100_000
_LOOK_EVERY = 0.05


@dataclass(frozen=True)
class Order:
    """How a program is asked: arguments after its path, input, files in its folder."""

    arguments: list[str]
    input: str = ""
    files: dict[str, str] = field(default_factory=dict)
    #: A file that is the answer; the program goes on when it is written, and is ended.
    answer: str = ""


@dataclass(frozen=True)
class Program:
    """Another program: its names on disk, the question and how the answer is read.

    variable: of the environment, names an executable that is elsewhere. order: from
    number and base; ValueError where the program cannot be asked. read: from all
    output, None where it does not answer. version: from output.
    """

    name: str
    variable: str
    executables: tuple[str, ...]
    order: Callable[[Number, int], Order]
    read: Callable[[str, Number, int], Said | None]
    version: Callable[[str], str]
    #: Another way to run it where none of the executables is there.
    otherwise: Callable[[], list[str] | None] = lambda: None


def find(program: Program) -> list[str] | None:
    """How it is started."""
    named = os.environ.get(program.variable)
    for name in (named,) if named else program.executables:
        if path := shutil.which(name):
            return [path]
    return None if named else program.otherwise()


def other_base(number: Number) -> int:
    """The least prime after 3 that says something about the form."""
    return next(base for base in fermat_bases(number) if base > 3)


def ask(
    program: Program,
    number: Number,
    base: int | None = None,
    seconds: float = DEFAULT_SECONDS,
) -> Opinion:
    """Its opinion; of verdict `none` where it has none."""
    start = find(program)
    if start is None:
        return _none(program, number, [], "it is not installed")
    base = base or other_base(number)
    try:
        order = program.order(number, base)
    except ValueError as trouble:
        return _none(program, number, start, str(trouble))
    command = [*start, *order.arguments]
    if sum(map(len, command)) > _LONGEST:
        return _none(program, number, start, "the number is too long for its command")
    begin = time.monotonic()
    output, in_time = _run(command, order, seconds)
    took = time.monotonic() - begin
    said = program.read(output, number, base)
    if said is None:
        reason = (
            "it gave no answer" if in_time else f"no answer after {seconds:.0f} seconds"
        )
        said = Said("none")
    else:
        reason = ""
    return Opinion(
        program=program.name,
        version=program.version(output),
        command=command,
        expression=number.expression,
        verdict=said.verdict,
        reason=reason,
        res64=said.res64,
        residue_type=said.residue_type,
        base=said.base,
        seconds=took,
        output=output[-KEPT:],
        files=order.files | ({"stdin": order.input} if order.input else {}),
    )


def _none(program: Program, number: Number, command: list[str], reason: str) -> Opinion:
    return Opinion(program.name, "", command, number.expression, "none", reason)


def _run(command: list[str], order: Order, seconds: float) -> tuple[str, bool]:
    """Everything that it printed, and whether it ended (or answered) in time."""
    with tempfile.TemporaryDirectory(prefix="darkreach-opinion-") as folder:
        place = Path(folder)
        for name, text in order.files.items():
            (place / name).write_text(text)
        printed = place / "printed"
        with printed.open("wb") as out:
            process = subprocess.Popen(
                command,
                cwd=place,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                in_time = _wait(process, order, place, seconds)
            finally:
                _end(process)
        text = printed.read_text(errors="replace")
        answer = place / order.answer
        if order.answer and answer.exists():
            text += answer.read_text(errors="replace")
        return text, in_time


def _wait(
    process: subprocess.Popen[bytes], order: Order, place: Path, seconds: float
) -> bool:
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(order.input.encode())
        process.stdin.close()
    end = time.monotonic() + seconds
    while process.poll() is None:
        if order.answer and (place / order.answer).exists():
            time.sleep(_LOOK_EVERY)
            return True
        if time.monotonic() > end:
            return False
        time.sleep(_LOOK_EVERY)
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    """It and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()

"""Checkpoints: what was written comes back, and nothing else is ever believed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from darkreach import checkpoint
from darkreach.errors import CheckpointError

TASK = {"stage": "prp", "candidates": [{"index": 7, "members": ["3*2^189+1"]}]}
OTHER = {"stage": "prp", "candidates": [{"index": 8, "members": ["3*2^201+1"]}]}
PRINT = checkpoint.fingerprint(TASK)
PAYLOAD = {"done": 17, "values": [f"{3**500:x}"], "text": 'é\n"'}


def _mutated(data: bytes, chance: random.Random) -> bytes:
    """The data with one kind of damage that files really suffer."""
    kind = chance.randrange(7)
    at = chance.randrange(len(data))
    if kind == 0:  # one bit
        return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
    if kind == 1:  # cut off
        return data[:at]
    if kind == 2:  # torn: the rest never reached the disk
        return data[:at] + bytes(len(data) - at)
    if kind == 3:  # noise
        length = chance.randrange(1, 64)
        return data[:at] + chance.randbytes(length) + data[at + length :]
    if kind == 4:  # a tail
        return data + chance.randbytes(chance.randrange(1, 64))
    if kind == 5:  # two places exchanged
        other = chance.randrange(len(data))
        mixed = bytearray(data)
        mixed[at], mixed[other] = mixed[other], mixed[at]
        return bytes(mixed)
    length = chance.randrange(1, 200)  # a sector of another time
    return data[:at] + data[at + length :]


def test_a_checkpoint_comes_back_as_it_was() -> None:
    data = checkpoint.pack("prp", PRINT, PAYLOAD)
    assert checkpoint.unpack(data, "prp", PRINT) == PAYLOAD


def test_the_fingerprint_does_not_depend_on_the_order_of_keys() -> None:
    turned = dict(reversed(list(TASK.items())))
    assert checkpoint.fingerprint(turned) == PRINT
    assert checkpoint.fingerprint(OTHER) != PRINT


def test_five_thousand_damaged_checkpoints_are_all_refused() -> None:
    chance = random.Random(18)
    data = checkpoint.pack("prp", PRINT, PAYLOAD)
    refused = 0
    while refused < 5000:
        damaged = _mutated(data, chance)
        if damaged == data:
            continue
        with pytest.raises(CheckpointError):
            checkpoint.unpack(damaged, "prp", PRINT)
        refused += 1


def test_every_prefix_is_refused() -> None:
    data = checkpoint.pack("prp", PRINT, PAYLOAD)
    for length in range(len(data)):
        with pytest.raises(CheckpointError):
            checkpoint.unpack(data[:length], "prp", PRINT)


def test_every_single_bit_flip_is_refused() -> None:
    data = checkpoint.pack("prp", PRINT, {"done": 1})
    for bit in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CheckpointError):
            checkpoint.unpack(bytes(damaged), "prp", PRINT)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            checkpoint.pack("prp", "0" * 64, PAYLOAD),
            "another task",
        ),
        (checkpoint.pack("prove", PRINT, PAYLOAD), "belongs to 'prove'"),
        (b"", "cut short"),
        (b"x" * 500, "not a checkpoint"),
    ],
)
def test_the_refusal_says_what_is_wrong(data: bytes, words: str) -> None:
    with pytest.raises(CheckpointError, match=words):
        checkpoint.unpack(data, "prp", PRINT)


def test_another_format_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "VERSION", 2)
    newer = checkpoint.pack("prp", PRINT, PAYLOAD)
    monkeypatch.undo()
    with pytest.raises(CheckpointError, match="version 2"):
        checkpoint.unpack(newer, "prp", PRINT)


def test_a_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "block-7"
    checkpoint.write_file(path, b"old")
    checkpoint.write_file(path, b"new")
    assert checkpoint.read_file(path) == b"new"
    assert list(tmp_path.iterdir()) == [path]


_WRITE_TOO_MUCH = """
import resource, sys
from darkreach import checkpoint
resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
try:
    checkpoint.write_file(sys.argv[1], bytes(2**21))
except OSError:
    sys.exit(7)
"""


def test_a_full_disk_leaves_the_old_checkpoint(tmp_path: Path) -> None:
    """The disk takes a megabyte of a file and then refuses, as a full one does."""
    path = tmp_path / "block-7"
    checkpoint.write_file(path, checkpoint.pack("prp", PRINT, PAYLOAD))
    child = subprocess.run([sys.executable, "-c", _WRITE_TOO_MUCH, str(path)])
    assert child.returncode == 7
    assert checkpoint.unpack(checkpoint.read_file(path), "prp", PRINT) == PAYLOAD
    assert list(tmp_path.iterdir()) == [path]


_WRITE_FOR_EVER = """
import sys
from darkreach import checkpoint
done = 0
while True:
    payload = {"done": done, "values": ["ab" * 200_000]}
    checkpoint.write_file(sys.argv[1], checkpoint.pack("prp", sys.argv[2], payload))
    done += 1
    if done == 1:
        print("ready", flush=True)
"""


def test_a_killed_writer_leaves_a_whole_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "block-7"
    for wait in (0.003, 0.011, 0.017, 0.029):
        child = subprocess.Popen(
            [sys.executable, "-c", _WRITE_FOR_EVER, str(path), PRINT],
            stdout=subprocess.PIPE,
        )
        with child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(wait)
            child.send_signal(signal.SIGKILL)
        assert checkpoint.unpack(checkpoint.read_file(path), "prp", PRINT)["values"]


def test_a_device_or_a_pipe_is_written_to_and_stays_what_it_is(tmp_path: Path) -> None:
    """Renamed over /dev/null, a file would take it away from the whole machine."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        checkpoint.write_file(pipe, b"told")
        assert os.read(reader, 100) == b"told"
        assert pipe.is_fifo()
    finally:
        os.close(reader)

"""Checkpoints: the saved state of a stage program, safe against every kind of damage.

Layout, all numbers little-endian: magic (8 bytes), format version (4), body length (8),
SHA-256 (32) over everything else, body. The body is JSON and names its kind (which
program wrote it) and its fingerprint (the task it belongs to). What does not match in
every respect is refused with CheckpointError: starting again is cheap, a wrong residue
is not. The checksum guards against accidents, not against forgery.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import tempfile
from pathlib import Path
from typing import Any

from darkreach.errors import CheckpointError

MAGIC = b"darkrch\n"
VERSION = 1
_HEAD = struct.Struct("<8sIQ")
_DIGEST_BYTES = 32
_BODY_START = _HEAD.size + _DIGEST_BYTES


def fingerprint(task: dict[str, Any]) -> str:
    """SHA-256 (hex) of the canonical JSON of a task: the same task, the same text."""
    return hashlib.sha256(_canonical(task)).hexdigest()


def pack(kind: str, fingerprint: str, payload: dict[str, Any]) -> bytes:
    """The bytes of a checkpoint. The payload must be JSON-able; big integers go in
    as hexadecimal strings."""
    body = _canonical({"kind": kind, "fingerprint": fingerprint, "payload": payload})
    head = _HEAD.pack(MAGIC, VERSION, len(body))
    return head + hashlib.sha256(head + body).digest() + body


def unpack(data: bytes, kind: str, fingerprint: str) -> dict[str, Any]:
    """The payload of a checkpoint of this kind for this task, else CheckpointError."""
    found = json.loads(_checked_body(data))
    if found["kind"] != kind:
        raise CheckpointError(
            f"this checkpoint belongs to {found['kind']!r}, not to {kind!r}"
        )
    if found["fingerprint"] != fingerprint:
        raise CheckpointError("this checkpoint belongs to another task")
    payload: dict[str, Any] = found["payload"]
    return payload


def write_file(path: str | os.PathLike[str], data: bytes) -> None:
    """Replace the file atomically: after a crash or on a full disk (OSError) it holds
    either the old bytes or the new ones, never a mixture. Into a device or a pipe, such
    as /dev/null, it writes: another file in its place would take it away from all."""
    target = Path(path)
    if target.exists() and not target.is_file():
        with target.open("wb") as file:
            file.write(data)
        return
    handle, name = tempfile.mkstemp(
        dir=target.parent, prefix=f".{target.name}.", suffix=".tmp"
    )
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_directory(target.parent)


def read_file(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a checkpoint file (OSError when there is none)."""
    return Path(path).read_bytes()


def _canonical(value: dict[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _checked_body(data: bytes) -> bytes:
    if len(data) < _BODY_START:
        raise CheckpointError("this checkpoint is cut short: its head is incomplete")
    head, digest = data[: _HEAD.size], data[_HEAD.size : _BODY_START]
    magic, version, length = _HEAD.unpack(head)
    body = data[_BODY_START:]
    if magic != MAGIC:
        raise CheckpointError("this is not a checkpoint of darkreach")
    if version != VERSION:
        raise CheckpointError(
            f"this checkpoint has format version {version}, this program reads"
            f" version {VERSION}"
        )
    if length != len(body):
        raise CheckpointError(
            f"this checkpoint is cut short or has grown: {len(body)} bytes,"
            f" not {length}"
        )
    if hashlib.sha256(head + body).digest() != digest:
        raise CheckpointError("this checkpoint is damaged: its checksum is wrong")
    return body


def _sync_directory(folder: Path) -> None:
    """Make a rename in this folder survive a power failure."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

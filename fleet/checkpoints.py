"""When and where the state of a long block is saved (numbers: reliability page).

Small states go to the ledger, at most once a minute. States above 1 MB go to the
local disk every minute and to the ledger every ten: whoever gets the block next on
another host loses ten minutes at most.
"""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

from django.conf import settings

from darkreach import checkpoint
from fleet import leases
from fleet.leases import Grant

# Blocks shorter than this (seconds) are simply done again.
SHORTEST_BLOCK = 120.0
_LARGE = 1_000_000
_LARGE_EVERY = 600.0

Saved = tuple[dict[str, Any], bytes]


class Saver:
    """Saves one block's state when it is due."""

    def __init__(self, grant: Grant, task: dict[str, Any], estimate: float) -> None:
        self._grant = grant
        self._task = task
        self._estimate = estimate
        self._started = self._local = self._ledger = time.monotonic()

    def due(self) -> bool:
        """True once a minute, for blocks that are long by estimate or in fact."""
        now = time.monotonic()
        long = max(self._estimate, now - self._started) >= SHORTEST_BLOCK
        return long and now - self._local >= settings.CHECKPOINT_EVERY

    def save(self, data: bytes, last: bool = False) -> bool:
        """Keep the state. False: the lease is gone. `last`: the worker stops now."""
        now = self._local = time.monotonic()
        if len(data) > _LARGE:
            _write_local(self._grant.block, self._task, data)
            if not last and now - self._ledger < _LARGE_EVERY:
                return True
        self._ledger = now
        return leases.save_checkpoint(self._grant, self._task, data)


def load(block_id: int) -> Saved | None:
    """The state to go on from: this host's own if it is there, else the ledger's.

    A host's own file is never older than what the same host sent to the ledger; a
    file that a later lease elsewhere overtook costs time, not correctness.
    """
    return _read_local(block_id) or leases.load_checkpoint(block_id)


def forget(block_id: int) -> None:
    """Remove every state of a block, after its end or when it cannot be read."""
    _path(block_id).unlink(missing_ok=True)
    leases.drop_checkpoint(block_id)


def _path(block_id: int) -> Path:
    return Path(settings.HOME) / "checkpoints" / f"block-{block_id}"


def _write_local(block_id: int, task: dict[str, Any], data: bytes) -> None:
    path = _path(block_id)
    path.parent.mkdir(exist_ok=True)
    saved = {"task": task, "data": base64.b64encode(data).decode()}
    checkpoint.write_file(path, json.dumps(saved).encode())


def _read_local(block_id: int) -> Saved | None:
    try:
        saved = json.loads(checkpoint.read_file(_path(block_id)))
        return saved["task"], base64.b64decode(saved["data"])
    except (OSError, ValueError, KeyError):
        return None

"""When and where the state of a long block is saved (numbers: reliability page).

Small states go to the ledger, at most once a minute. States above 1 MB go to the
local disk every minute and to the ledger every ten: whoever gets the block next on
another host loses ten minutes at most.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from darkreach import checkpoint
from fleet import leases
from fleet.leases import Grant
from searches.models import Block

log = logging.getLogger(__name__)

# Blocks shorter than this (seconds) are simply done again.
SHORTEST_BLOCK = 120.0
_LARGE = 1_000_000
_LARGE_EVERY = 600.0

Saved = tuple[dict[str, Any], bytes]


class Saver:
    """Saves one block's state when it is due."""

    def __init__(self, grant: Grant, block: Block, task: dict[str, Any]) -> None:
        self._grant = grant
        self._block = block
        self._task = task
        self._started = self._local = self._ledger = time.monotonic()

    def due(self) -> bool:
        """True once a minute, for blocks that are long by estimate or in fact."""
        now = time.monotonic()
        long = max(self._block.estimate, now - self._started) >= SHORTEST_BLOCK
        return long and now - self._local >= settings.CHECKPOINT_EVERY

    def save(self, data: bytes, last: bool = False) -> None:
        """Keep the state; `last`: the worker stops now.

        A lease that is gone is noticed by the keeper. While the ledger is away the
        state stays on this host, and the worker goes on computing.
        """
        now = self._local = time.monotonic()
        large = len(data) > _LARGE
        kept = large and _write_local(self._block, self._task, data)
        if kept and not last and now - self._ledger < _LARGE_EVERY:
            return
        try:
            leases.save_checkpoint(self._grant, self._task, data)
            self._ledger = now
        except (DatabaseError, InterfaceError) as error:
            log.warning("state of block %s stays here: %s", self._grant.block, error)
            connection.close()
            _write_local(self._block, self._task, data)


def load(block: Block) -> Saved | None:
    """The state to go on from: this host's own if it is there, else the ledger's.

    A host's own file is never older than what the same host sent to the ledger; a
    file that a later lease elsewhere overtook costs time, not correctness.
    """
    found = _read_local(block) or leases.load_checkpoint(block.pk)
    if found is None and block.copy_of_id is not None:
        return leases.load_checkpoint(block.copy_of_id)
    return found


def forget(block: Block) -> None:
    """Remove every state of a block, after its end or when it cannot be read."""
    _path(block).unlink(missing_ok=True)
    leases.drop_checkpoint(block.pk)


def _path(block: Block) -> Path:
    """One name per block, also when a new ledger in the same folder counts anew."""
    origin = f"{block.search.key} {block.pk} {block.created_at.isoformat()}"
    name = hashlib.sha256(origin.encode()).hexdigest()[:32]
    return Path(settings.HOME) / "checkpoints" / name


def _write_local(block: Block, task: dict[str, Any], data: bytes) -> bool:
    """False when the disk does not take it: an older state stays readable there."""
    path = _path(block)
    saved = {"task": task, "data": base64.b64encode(data).decode()}
    try:
        path.parent.mkdir(exist_ok=True)
        checkpoint.write_file(path, json.dumps(saved).encode())
    except OSError as error:
        log.error("state of block %s not kept on this host: %s", block.pk, error)
        return False
    return True


def _read_local(block: Block) -> Saved | None:
    try:
        saved = json.loads(checkpoint.read_file(_path(block)))
        return saved["task"], base64.b64decode(saved["data"])
    except (OSError, ValueError, KeyError):
        return None

"""What the processes of one worker tell each other, in memory that they share.

Made before the pool forks. The parent writes what it was told (pause, drain, blocks
that are to go elsewhere, "look at the ledger"); each child writes what it is doing.
Without locks, like the stop flag: a process that is killed or frozen in the middle of
a line must not make the others wait. A torn line is not shown.
"""

from __future__ import annotations

import json
import mmap
import time
from typing import Any

import billiard

#: Lines of the board: more slots than these work, but are not shown.
LINES = 256
#: Bytes of a line; blocks that this worker will not take again; both arbitrary.
_LINE, _REFUSED = 512, 64
#: Seconds after which a line that nobody writes any more counts as empty.
_STALE = 15.0
_LOOKS, _PAUSED, _DRAINING, _HEARD, _REFUSALS, _FIRST = range(6)
_HEAD = 8 * (_FIRST + _REFUSED)


class Board:
    """Counters and lines that all forked processes of a worker share."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, _HEAD + LINES * _LINE)
        # Aligned words of eight bytes are written whole.
        self._words = memoryview(self._shared)[:_HEAD].cast("Q")

    # -- what the parent was told

    def look(self) -> None:
        """All processes are to ask the ledger about their lease now."""
        self._words[_LOOKS] += 1

    @property
    def looks(self) -> int:
        """Grows each time that there is a reason to look at the ledger."""
        return int(self._words[_LOOKS])

    @property
    def paused(self) -> bool:
        """Give blocks back and take no others."""
        return bool(self._words[_PAUSED])

    @paused.setter
    def paused(self, value: bool) -> None:
        self._words[_PAUSED] = int(value)

    @property
    def draining(self) -> bool:
        """Finish the blocks that are held and take no others."""
        return bool(self._words[_DRAINING])

    @draining.setter
    def draining(self, value: bool) -> None:
        self._words[_DRAINING] = int(value)

    def refuse(self, block: int) -> None:
        """Give this block back, and do not take it again; the last 64 are kept."""
        self._words[_FIRST + self._words[_REFUSALS] % _REFUSED] = block
        self._words[_REFUSALS] += 1

    @property
    def refused(self) -> list[int]:
        """The blocks that are to go elsewhere."""
        count = min(self._words[_REFUSALS], _REFUSED)
        return [int(block) for block in self._words[_FIRST : _FIRST + count]]

    # -- what the children do

    def hear(self) -> None:
        """A ring or a tick arrived."""
        self._words[_HEARD] += 1

    @property
    def heard(self) -> int:
        """Grows with what arrives; two that come at once may count as one."""
        return int(self._words[_HEARD])

    def show(self, doing: dict[str, Any]) -> None:
        """Write what this process does into its line."""
        text = json.dumps({**doing, "at": time.monotonic()}).encode()
        if len(text) < _LINE:
            self._write(text)

    def clear(self) -> None:
        """This process does nothing at the moment."""
        self._write(b"")

    def _write(self, text: bytes) -> None:
        index = _my_line()
        if index < LINES:
            start = _HEAD + index * _LINE
            self._shared[start : start + _LINE] = text.ljust(_LINE, b"\0")

    def shown(self) -> list[dict[str, Any]]:
        """What the processes of this worker do now."""
        lines = [self._read(index) for index in range(LINES)]
        return [line for line in lines if line is not None]

    def _read(self, index: int) -> dict[str, Any] | None:
        start = _HEAD + index * _LINE
        text = self._shared[start : start + _LINE].rstrip(b"\0")
        if not text:
            return None
        try:
            line: dict[str, Any] = json.loads(text)
        except ValueError:
            return None
        fresh = time.monotonic() - line.pop("at") < _STALE
        return line if fresh else None


def _my_line() -> int:
    """The place of this process in its pool; 0 outside one."""
    return int(getattr(billiard.current_process(), "index", None) or 0)


board = Board()

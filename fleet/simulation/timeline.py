"""What happens when: events in the order of their time."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from typing import Any

Action = Callable[..., None]


class Timeline:
    """A clock that jumps from one event to the next; seconds since the beginning."""

    def __init__(self) -> None:
        self.now = 0.0
        self._order = itertools.count()
        self._events: list[tuple[float, int, Action, tuple[Any, ...]]] = []

    def after(self, seconds: float, action: Action, *arguments: Any) -> None:
        """Call the action so many seconds from now."""
        if seconds < float("inf"):
            event = (self.now + seconds, next(self._order), action, arguments)
            heapq.heappush(self._events, event)

    def every(self, seconds: float, action: Action) -> None:
        """Call the action now and again and again."""

        def again() -> None:
            action()
            self.after(seconds, again)

        self.after(seconds, again)

    def run(self, until: float, stop: Callable[[], bool]) -> None:
        """Let events happen until a time, or until there is a reason to stop."""
        while self._events and self._events[0][0] <= until and not stop():
            self.now, _, action, arguments = heapq.heappop(self._events)
            action(*arguments)

"""Figures that cost a scan, remembered for a moment by each process.

However many people look at a page, the ledger and the bell are asked once in a while.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from django.core.cache import cache

T = TypeVar("T")


def remembered(seconds: int) -> Callable[[Callable[[], T]], Callable[[], T]]:
    """Keep what the function returns for that long."""

    def wrap(read: Callable[[], T]) -> Callable[[], T]:
        @wraps(read)
        def recall() -> T:
            return cache.get_or_set(f"pages.{read.__qualname__}", read, seconds)

        return recall

    return wrap

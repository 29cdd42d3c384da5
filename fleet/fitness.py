"""Whether this host computes right: known answers before the first lease, then daily.

The vectors of the self-test are dealt into `PARTS`. All processes of one home folder
that want to work share them out, a lock for each part, and keep what came out: for a
day when all is well, for the same program on the same machine. Where one answer is
wrong no process of this home takes a lease; the worker pauses and says which answer.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import gmpy2
from django.conf import settings

import darkreach
from fleet.stopping import stopping

log = logging.getLogger(__name__)

PARTS = 4
#: Seconds for which a good result holds, and a bad one before it is tried again.
GOOD_FOR, BAD_FOR = 24 * 3600.0, 60.0
#: Wrong answers that are named; the others are counted.
_NAMED = 2

#: Until when this process need not look again, by the monotonic clock.
_good_until = 0.0


def fit() -> bool:
    """May this process take a lease? Computes first what is due.

    False also when the worker is to stop before all is computed.
    """
    global _good_until
    if not settings.SELF_TEST or time.monotonic() < _good_until:
        return True
    for wait in (False, True):
        for part in range(PARTS):
            _ensure(part, wait)
    ages = [_age(_read(part), bad=False) for part in range(PARTS)]
    if None in ages:
        return False
    oldest = max(age for age in ages if age is not None)
    _good_until = time.monotonic() + GOOD_FOR - oldest
    return True


def reason() -> str:
    """Why this host takes no work; "" if nothing is known against it."""
    if not settings.SELF_TEST:
        return ""
    records = [_read(part) for part in range(PARTS)]
    failed = [line for record in records for line in record.get("failed", [])]
    if not failed:
        return ""
    named = "; ".join(failed[:_NAMED])
    more = f" and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
    return f"the self-test failed on {platform.node()}: {named}{more}"


def forget_failures() -> None:
    """Whatever went wrong before, a worker that starts here computes it again."""
    for part in range(PARTS):
        if _read(part).get("failed"):
            _path(part).unlink(missing_ok=True)


def _ensure(part: int, wait: bool) -> None:
    """See to it that the part is computed, by this process unless another is at it."""
    if _holds(_read(part)):
        return
    with _lock(part, wait) as ours:
        if ours and not _holds(_read(part)):
            _compute(part)


def _compute(part: int) -> None:
    from darkreach import selftest  # only who computes needs the compilers

    report = selftest.run(part=part, parts=PARTS, stop=stopping.is_set)
    if stopping.is_set():
        return
    record = {"of": _of(), "at": time.time(), "failed": report.failed}
    record |= {"vectors": report.counts.total(), "seconds": report.seconds}
    draft = _path(part).with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(record), encoding="utf-8")
    draft.replace(_path(part))


def _holds(record: dict[str, Any]) -> bool:
    """Whether what is known of a part is not to be computed again."""
    return _age(record, bad=bool(record.get("failed"))) is not None


def _age(record: dict[str, Any], bad: bool) -> float | None:
    """Seconds since a good (or bad) result that still holds; None if it does not."""
    if not record or bool(record["failed"]) != bad:
        return None
    age = time.time() - record["at"]
    return age if 0 <= age < (BAD_FOR if bad else GOOD_FOR) else None


def _read(part: int) -> dict[str, Any]:
    """What came out last here; {} for another program or machine."""
    try:
        record: dict[str, Any] = json.loads(_path(part).read_text(encoding="utf-8"))
        return record if record["of"] == _of() and "failed" in record else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


@contextmanager
def _lock(part: int, wait: bool) -> Iterator[bool]:
    """Hold the part; False if another process does. The system frees the lock of a
    process that dies."""
    path = _path(part).with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)


def _of() -> dict[str, Any]:
    """What a result depends on: the program, its compilers, the machine."""
    return {
        "version": darkreach.__version__,
        "numba": version("numba"),
        "gmp": f"{gmpy2.version()} {gmpy2.mp_version()}",
        "machine": [platform.node(), platform.machine(), platform.processor()],
    }


def _path(part: int) -> Path:
    return Path(settings.HOME) / "selftest" / f"{part + 1}-of-{PARTS}.json"

"""The live state of the whole fleet, read from the bell in one go.

Every heartbeat leaves a short line beside its full description, in one hash with those
of all others: the bell gives them out in one answer, for which it neither scans nor
looks up a thousand keys.

When a host was heard is written and compared by the bell's clock alone: a host whose
own is a day wrong lives like any other, and hides nobody.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.conf import settings

# A description that expires, a line with the time, a place in the index. Whoever was
# not heard for long leaves line and index.
_BEAT = """
local now = redis.call('time')[1]
redis.call('set', KEYS[1], ARGV[1], 'ex', ARGV[4])
redis.call('hset', KEYS[2], ARGV[3], ARGV[2] .. '\\t' .. now)
redis.call('zadd', KEYS[3], now, ARGV[3])
local old = now - 10 * ARGV[4]
local gone = redis.call('zrangebyscore', KEYS[3], '-inf', old, 'limit', 0, 1000)
if #gone > 0 then
  redis.call('zrem', KEYS[3], unpack(gone))
  redis.call('hdel', KEYS[2], unpack(gone))
end
"""
_LONGEST_NAME = 60


class Present(NamedTuple):
    """A live worker, as texts; empty where nothing is known."""

    worker: str
    hostname: str
    hardware_class: str
    version: str
    queues: str
    slots: str
    busy: str
    state: str
    #: Of its first slot: block, stage, progress in percent, expression.
    block: str
    stage: str
    progress: str
    current: str
    #: Numbers per second over all slots.
    speed: str
    load: str
    temperature: str
    #: Seconds since it was heard.
    age: str


_FIELDS = len(Present._fields)


def total(workers: Iterable[Present], name: str) -> int:
    """The sum of a column, over those who say a number in it."""
    texts = (str(getattr(worker, name)) for worker in workers)
    return sum(int(text) for text in texts if text.isascii() and text.isdecimal())


def line_of(description: dict[str, Any]) -> str:
    """The short line of a heartbeat."""
    doing = description.get("doing") or []
    first = doing[0] if doing else {}
    speed = sum(line.get("speed") or 0.0 for line in doing)
    progress = first.get("progress")
    row = Present(
        worker=description["worker"],
        hostname=description["hostname"],
        hardware_class=description.get("hardware_class", ""),
        version=description.get("version", ""),
        queues=",".join(description["queues"]),
        slots=description["slots"],
        busy=str(len(doing)),
        state=_state(description),
        block=first.get("block", ""),
        stage=first.get("stage", ""),
        progress="" if progress is None else f"{100 * progress:.0f}",
        current=description.get("unfit") or first.get("current", ""),
        speed=f"{speed:.3g}" if speed else "",
        load=_shown(description.get("load")),
        temperature=_shown(description.get("temperature")),
        age="",
    )
    return "\t".join(_word(value) for value in row[:-1])


def _state(description: dict[str, Any]) -> str:
    """unfit (known answers came out wrong), paused, works or idle."""
    for state in ("unfit", "paused"):
        if description.get(state):
            return state
    return "works" if description.get("doing") else "idle"


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _word(value: object) -> str:
    """What a host says of itself must not break the line."""
    return " ".join(str(value).split())[:_LONGEST_NAME]


def beat(client: Any, keys: tuple[str, str, str], told: dict[str, Any]) -> None:
    """Keep what a host says of itself: its description, its line among all, its place
    in the index (the keys, in this order). Raises redis.RedisError when the bell is
    away."""
    args = [json.dumps(told), line_of(told), told["worker"], settings.HEARTBEAT_TTL]
    client.register_script(_BEAT)(keys=keys, args=args)


def read(client: Any, lines: str) -> list[Present]:
    """All live workers. Raises redis.RedisError when the bell is away."""
    pipe = client.pipeline(transaction=False)
    pipe.time()
    pipe.hvals(lines)
    (now, _), told = pipe.execute()
    found = (_present(line.decode("utf-8", "replace"), now) for line in told)
    return [one for one in found if one is not None]


def _present(line: str, now: int) -> Present | None:
    """None of those not heard within the heartbeat's ttl, and of what is no line.

    Another version of this program may say more of a host, or less.
    """
    told = line.split("\t")
    heard, known = told.pop(), _FIELDS - 1
    if not heard.isdecimal() or (age := now - int(heard)) > settings.HEARTBEAT_TTL:
        return None
    if len(told) != known:
        told = [*told[:known], *[""] * (known - len(told))]
    return Present._make([*told, str(age)])

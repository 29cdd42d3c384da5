"""The live state of the whole fleet, read from the bell in one go.

Every heartbeat leaves a short line beside its full description. The bell joins the
lines of all live workers, found by the sorted set and never by SCAN, into one answer:
a thousand answers cost several times as much to read as one long one.

When a host was heard is written and compared by the bell's clock alone: a host whose
own is a day wrong lives like any other, and hides nobody.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.conf import settings

# A description and a line that expire, and a place in the index.
_BEAT = """
redis.call('set', KEYS[1], ARGV[1], 'ex', ARGV[4])
redis.call('set', KEYS[2], ARGV[2], 'ex', ARGV[4])
local now = redis.call('time')[1]
redis.call('zadd', KEYS[3], now, ARGV[3])
redis.call('zremrangebyscore', KEYS[3], 0, now - 10 * ARGV[4])
"""
# The lines of those heard lately, each with the seconds since then.
_JOIN = """
local now = redis.call('time')[1]
local heard = redis.call('zrangebyscore', KEYS[1], now - ARGV[1], '+inf', 'withscores')
-- A string that is joined twice, or a number that is written, costs as much as a line.
local parts, n, ends = {}, 0, {}
for first = 1, #heard, 1000 do
  local last = math.min(first + 999, #heard)
  local keys, k = {}, 0
  for i = first, last, 2 do
    k = k + 1
    keys[k] = ARGV[2] .. heard[i]
  end
  local lines = redis.call('mget', unpack(keys))
  for i = 1, k do
    if lines[i] then
      local score = heard[first + 2 * i - 1]
      if not ends[score] then
        ends[score] = '\\t' .. (now - score) .. '\\n'
      end
      parts[n + 1] = lines[i]
      parts[n + 2] = ends[score]
      n = n + 2
    end
  end
end
return table.concat(parts)
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
    """Keep what a host says of itself: its description, its line, its place in the
    index (the keys, in this order). Raises redis.RedisError when the bell is away."""
    args = [json.dumps(told), line_of(told), told["worker"], settings.HEARTBEAT_TTL]
    client.register_script(_BEAT)(keys=keys, args=args)


def read(client: Any, index: str, prefix: str) -> list[Present]:
    """All live workers. Raises redis.RedisError when the bell is away."""
    script = client.register_script(_JOIN)
    joined = script(keys=[index], args=[settings.HEARTBEAT_TTL, prefix])
    text = joined.decode("utf-8", "replace")
    return [_present(line) for line in text.split("\n") if line]


def _present(line: str) -> Present:
    """Another version of this program may say more of a host, or less."""
    told = line.split("\t")
    if len(told) != _FIELDS:
        age, known = told.pop(), _FIELDS - 1
        told = [*told[:known], *[""] * (known - len(told)), age]
    return Present._make(told)

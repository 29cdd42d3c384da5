"""The live state of the whole fleet, read from the bell in one go.

Every heartbeat leaves a short line beside its full description. The bell joins the
lines of all live workers, found by the sorted set and never by SCAN, into one answer:
a thousand answers cost several times as much to read as one long one.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from django.conf import settings

_JOIN = """
local names = redis.call('zrangebyscore', KEYS[1], ARGV[1], '+inf')
local lines = {}
for first = 1, #names, 500 do
  local keys = {}
  for i = first, math.min(first + 499, #names) do
    keys[#keys + 1] = ARGV[2] .. names[i]
  end
  for _, line in ipairs(redis.call('mget', unpack(keys))) do
    if line then lines[#lines + 1] = line end
  end
end
return table.concat(lines, '\\n')
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
    heard_at: str


def line_of(description: dict[str, Any], now: float) -> str:
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
        state="paused" if description.get("paused") else "works" if doing else "idle",
        block=first.get("block", ""),
        stage=first.get("stage", ""),
        progress="" if progress is None else f"{100 * progress:.0f}",
        current=first.get("current", ""),
        speed=f"{speed:.3g}" if speed else "",
        load=_shown(description.get("load")),
        temperature=_shown(description.get("temperature")),
        heard_at=f"{now:.0f}",
    )
    return "\t".join(_word(value) for value in row)


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _word(value: object) -> str:
    """What a host says of itself must not break the line."""
    return " ".join(str(value).split())[:_LONGEST_NAME]


def read(client: Any, index: str, prefix: str) -> list[Present]:
    """All live workers. Raises redis.RedisError when the bell is away."""
    since = time.time() - settings.HEARTBEAT_TTL
    joined = client.register_script(_JOIN)(keys=[index], args=[since, prefix])
    text = joined.decode("utf-8", "replace")
    return [Present._make(line.split("\t")) for line in text.split("\n") if line]

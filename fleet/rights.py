"""What a trusted host may do in the ledger and on the bell, and nothing else.

PostgreSQL: every host has a role of its own, a member of one group per ledger that has
the rights. On the bell: one ACL user per host, with the queues that it serves. Both
lists are what a worker was seen to need; a test runs one with them.
"""

from __future__ import annotations

from collections.abc import Iterable

#: Tables that hosts read: all of ours, and none of Django's accounts and sessions.
READ = (
    *(f"searches_{name}" for name in ("search", "block", "sievedspan", "listedspan")),
    *(f"searches_{name}" for name in ("candidate", "factor", "outboxevent")),
    *(f"fleet_{name}" for name in ("worker", "lease", "command", "turn", "limit")),
    *(f"fleet_{name}" for name in ("checkpoint", "speed", "tick")),
    *(f"verification_{name}" for name in ("residue", "certificate")),
    *(f"verification_{name}" for name in ("certificatecheck", "prime", "primetag")),
    *(f"verification_{name}" for name in ("refutation", "reliability")),
    *(f"verification_{name}" for name in ("testproof", "prooffile", "claim")),
    "verification_certification",
)
#: Where they add rows.
INSERT = (
    *(f"searches_{name}" for name in ("block", "sievedspan", "candidate", "factor")),
    "searches_outboxevent",
    *(f"fleet_{name}" for name in ("worker", "lease", "turn", "checkpoint", "speed")),
    *(f"verification_{name}" for name in ("residue", "certificate")),
    *(f"verification_{name}" for name in ("testproof", "prooffile")),
)
#: What they change: columns, or the whole row where none are named.
UPDATE = {
    "searches_search": (
        *("state", "finished_at", "sieve_limit", "sieve_figures"),
        *("pm1_b1", "pm1_b2", "pm1_note", "pm1_undecided"),
    ),
    "searches_block": (),
    "searches_candidate": (),
    "fleet_worker": ("seen_at", "stopped_at"),
    "fleet_lease": ("ended_at", "ending", "outcome"),
    "fleet_command": ("state", "taken_at", "ended_at", "answer"),
    "fleet_turn": (),
    "fleet_checkpoint": (),
    "fleet_speed": ("seconds", "samples"),
    "verification_claim": ("answer", "host", "software", "seconds"),
}
#: What they remove: states of blocks that are done.
DELETE = ("fleet_checkpoint",)
#: Never theirs, whatever else changes: only the coordinator accepts primes and judges.
NEVER_WRITTEN = (
    "verification_prime",
    "verification_primetag",
    "verification_certificatecheck",
    "verification_confirmation",
    "verification_refutation",
    "verification_reliability",
    "verification_certification",
    "verification_rightanswer",
)

_COMMANDS = (
    "@connection @pubsub brpop blpop lpush rpush ltrim llen hset hget hdel hmget hmset "
    "hexists hlen hincrbyfloat zadd zrem zrange zrangebyscore zrevrangebyscore zscore "
    "zcard zremrangebyscore sadd smembers srem sismember set setex get mget del exists "
    "expire pexpire ttl pttl multi exec discard watch unwatch eval evalsha script|load "
    "script|exists time info client type ping"
)
#: Celery's own keys and ours, beside the queues.
_KEYS = (
    *("_kombu.binding*", "*celery.pidbox*", "unacked*", "celeryev*"),
    *(f"darkreach:{name}" for name in ("workers", "lines", "metrics", "outbox")),
    *(f"darkreach:{name}:*" for name in ("worker", "look")),
)
#: Who subscribes to a pattern must have just that pattern in the list, and kombu
#: subscribes to the channel of its database so.
_CHANNELS = (
    *("*celery.pidbox*", "*celeryev*"),
    *(f"/{database}.celery.pidbox" for database in range(16)),
)


def statements(group: str) -> list[str]:
    """The GRANTs of the group, whose name is quoted already. They may be repeated, and
    take back whatever an earlier version gave."""
    lists = {"SELECT": READ, "INSERT": INSERT, "DELETE": DELETE}
    found = [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {group}",
        f"GRANT USAGE ON SCHEMA public TO {group}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {group}",
    ]
    found += [
        f"GRANT {what} ON {', '.join(tables)} TO {group}"
        for what, tables in lists.items()
    ]
    for table, columns in UPDATE.items():
        where = f" ({', '.join(columns)})" if columns else ""
        found.append(f"GRANT UPDATE{where} ON {table} TO {group}")
    return found


def acl(queues: Iterable[str]) -> list[str | bytes]:
    """The rules of a bell user that serves these queues."""
    rules: list[str | bytes] = ["resetkeys", "resetchannels", "nocommands"]
    for queue in queues:
        # Celery keeps messages of other priorities in a key with this suffix.
        rules += [f"~{queue}", f"~{queue}\x06\x16*".encode()]
    rules += [f"~{key}" for key in _KEYS]
    rules += [f"&{channel}" for channel in _CHANNELS]
    return [*rules, *(f"+{command}" for command in _COMMANDS.split())]

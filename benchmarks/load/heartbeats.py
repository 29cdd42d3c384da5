"""A thousand hosts beat every ten seconds: what the bell pays, how fast it is read.

    python -m benchmarks.load.heartbeats --hosts 1000 --seconds 30

Prints the share of one core that the bell used, and the time in which the state of
all hosts is read.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from benchmarks.load.place import prepared


def description(number: int, slots: int) -> dict[str, Any]:
    """A heartbeat as a busy host sends it."""
    doing = [
        {
            "pid": 1000 + slot,
            "block": number * slots + slot,
            "stage": "prp",
            "queue": "prp",
            "count": 100,
            "progress": 0.4321,
            "current": "12345*2^1234567+1",
            "seconds": 33.2,
            "speed": 2.34,
        }
        for slot in range(slots)
    ]
    return {
        "worker": f"{number:032x}",
        "hostname": f"host-{number}.example",
        "pid": 4321,
        "queues": ["pm1", "prove", "prp", "sieve"],
        "slots": slots,
        "node": f"worker-1@host-{number}",
        "hardware_class": "cpu",
        "version": "0.1.0",
        "load": 3.9,
        "memory": 12345.0,
        "temperature": 61.0,
        "paused": False,
        "doing": doing,
    }


def used(bell: Any) -> float:
    """Seconds of processor that the bell's server has used."""
    cpu = bell.client().info("cpu")
    return float(cpu["used_cpu_user"]) + float(cpu["used_cpu_sys"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--slots", type=int, default=4)
    parser.add_argument("--every", type=float, default=10.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    told = parser.parse_args()
    with prepared(bell=True):
        from fleet import bell

        beats = [description(number, told.slots) for number in range(told.hosts)]
        for beat in beats:
            bell.heartbeat(beat)
        before, began, sent = used(bell), time.monotonic(), 0
        while (passed := time.monotonic() - began) < told.seconds:
            bell.heartbeat(beats[sent % told.hosts])
            sent += 1
            time.sleep(max(0.0, sent * told.every / told.hosts - passed))
        share = (used(bell) - before) / (time.monotonic() - began)
        times = []
        for _ in range(300):
            start = time.perf_counter()
            rows = bell.present()
            times.append(1000 * (time.perf_counter() - start))
    times.sort()
    sys.stdout.write(
        f"{sent / told.seconds:.0f} beats/s; bell {100 * share:.1f} % of one core;"
        f" {len(rows)} hosts read: p50 {times[150]:.2f} ms, p95 {times[285]:.2f} ms\n"
    )


if __name__ == "__main__":
    main()

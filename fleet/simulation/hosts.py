"""The hosts of a simulation: how fast they are, and how they fail."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

HOUR = 3600.0


@dataclass(frozen=True)
class Mix:
    """What the hosts of a fleet are like. Shares are 0 to 1, times are seconds."""

    #: Spread of the speeds: standard deviation of their natural logarithm.
    spread: float = 0.5
    #: The share of all hosts that fails within an hour, and how failures divide into
    #: crashes, hosts that stand still and wake up, and hosts switched off in order.
    failing: float = 0.05
    crashes: float = 0.7
    freezes: float = 0.2
    #: How long a failed host is away, and a frozen one stands still, on average.
    away: float = 1200.0
    frozen: float = 300.0
    #: The share that joins within the first hours only, one after the other.
    late: float = 0.1
    joining: float = 4 * HOUR


@dataclass
class Host:
    """One host with one slot; `worker` is a new id after each start."""

    name: str
    speed: float
    worker: str = ""
    up: bool = False
    frozen: bool = False
    #: Of its starts: what was planned for an earlier one does not happen any more.
    start: int = 0
    #: Seconds it was up, and of these seconds of work that counted.
    up_since: float = 0.0
    up_seconds: float = 0.0
    useful_seconds: float = field(default=0.0)


class Population:
    """Draws of one seed: the hosts, and everything about them that is chance."""

    def __init__(self, count: int, mix: Mix, seed: int) -> None:
        self.mix = mix
        self._chance = random.Random(seed)
        self.hosts = [self._host(number) for number in range(count)]

    def _host(self, number: int) -> Host:
        speed = math.exp(self._chance.gauss(-(self.mix.spread**2) / 2, self.mix.spread))
        return Host(f"simulated-{number}", speed)

    def happens(self, share: float) -> bool:
        """True in so many of all cases."""
        return self._chance.random() < share

    def joins_after(self) -> float:
        """Seconds until a host joins: most are there from the beginning."""
        if self.happens(self.mix.late):
            return self._chance.uniform(0.0, self.mix.joining)
        return self._chance.uniform(0.0, 20.0)

    def fails_after(self) -> float:
        """Seconds until a host that is up fails; infinite if none ever does."""
        if self.mix.failing <= 0.0:
            return math.inf
        return self._chance.expovariate(self.mix.failing / HOUR)

    def failure(self) -> str:
        """`crash`, `freeze` or `leave`."""
        draw = self._chance.random()
        if draw < self.mix.crashes:
            return "crash"
        return "freeze" if draw < self.mix.crashes + self.mix.freezes else "leave"

    def away_for(self, mean: float) -> float:
        """Seconds, exponential around the mean."""
        return self._chance.expovariate(1 / mean)

    def work(self, target: float) -> float:
        """Seconds that a block of this target takes on a host of speed 1."""
        return target * math.exp(self._chance.gauss(0.0, 0.15))

    def identity(self) -> str:
        """The id of a worker that starts."""
        return f"{self._chance.getrandbits(128):032x}"

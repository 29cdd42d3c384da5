"""What a simulation found, as figures and as lines for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Report:
    """The figures of one run. Shares are 0 to 1, times seconds unless named."""

    workers: int
    hours: float
    seed: int
    ledger: str
    blocks: int = 0
    done: int = 0
    claims: int = 0
    crashes: int = 0
    freezes: int = 0
    leaves: int = 0
    reclaims: int = 0
    quarantined: int = 0
    refused_late: int = 0
    #: Seconds of hosts that were up while there was work, and of work that counted.
    up_seconds: float = 0.0
    useful_seconds: float = 0.0
    lost_seconds: float = 0.0
    #: Simulated hours until the last block was done; None: not within the time.
    finished_after: float | None = None
    #: Real time: of the whole run, and of the statements of one block.
    real_seconds: float = 0.0
    claim_ms: list[float] = field(default_factory=list, repr=False)
    close_ms: list[float] = field(default_factory=list, repr=False)

    @property
    def utilisation(self) -> float:
        """The share of the hosts' time that counted, while there was work for all."""
        return self.useful_seconds / self.up_seconds if self.up_seconds else 0.0

    @property
    def reclaim_rate(self) -> float:
        """Leases that were taken back, of all that were granted."""
        return self.reclaims / self.claims if self.claims else 0.0

    @property
    def overhead(self) -> float:
        """Real time in the ledger per block, of the block's simulated time."""
        spent = sum(self.claim_ms) + sum(self.close_ms)
        return spent / 1000 / self.useful_seconds if self.useful_seconds else 0.0

    def figures(self) -> dict[str, Any]:
        """Everything as plain data."""
        whole = asdict(self)
        for name in ("claim_ms", "close_ms"):
            times = whole.pop(name)
            whole[name] = {"p50": at(times, 0.5), "p99": at(times, 0.99)}
        return {
            **whole,
            "utilisation": self.utilisation,
            "reclaim_rate": self.reclaim_rate,
            "overhead": self.overhead,
        }

    def lines(self) -> list[str]:
        """The same for people."""
        finished = "not within this time"
        if self.finished_after is not None:
            finished = f"after {self.finished_after:.2f} h"
        claim, close = self.claim_ms, self.close_ms
        return [
            f"{self.workers} hosts for {self.hours:g} h, seed {self.seed}, on"
            f" {self.ledger}; computed in {self.real_seconds:.0f} s",
            f"blocks        {self.done:,} of {self.blocks:,} done; finished {finished}",
            f"utilisation   {100 * self.utilisation:.2f} % of the time of hosts that"
            " were up, while there was work",
            f"failures      {self.crashes} crashes, {self.freezes} hosts that stood"
            f" still, {self.leaves} switched off in order",
            f"reclaims      {self.reclaims} = {100 * self.reclaim_rate:.2f} % of"
            f" {self.claims:,} leases; {self.refused_late} late results refused;"
            f" {self.quarantined} blocks quarantined",
            f"lost work     {self.lost_seconds / 3600:.1f} host hours"
            f" of {self.up_seconds / 3600:,.0f}",
            f"ledger        claim p50 {at(claim, 0.5):.2f} ms, p99"
            f" {at(claim, 0.99):.2f} ms; close p50 {at(close, 0.5):.2f} ms, p99"
            f" {at(close, 0.99):.2f} ms; {100 * self.overhead:.4f} % of the work",
        ]


def at(values: Sequence[float], share: float) -> float:
    """A quantile; 0 of nothing."""
    if not values:
        return 0.0
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]

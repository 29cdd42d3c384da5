"""What this host is made of: cores, memory, vector registers, graphics processors.

Read from the system's own files and by llvmlite, which the kernels need anyway. Imports
nothing of Django: the settings choose the hardware class of a host from here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

CLASSES = ("cpu", "highmem", "gpu")
_SYSTEM = Path("/")
#: MB of memory, in all and for each core, from which a host counts as `highmem`.
_HIGH_MEMORY, _HIGH_MEMORY_PER_CORE = 64_000, 8_000
#: Seconds that a driver may take to name its devices.
_PATIENCE = 10


@dataclass(frozen=True)
class Hardware:
    """A host as its workers see it."""

    #: Cores that this process may use, which a container may have limited.
    cores: int
    #: MB, of the host or of the container; None where the system does not say.
    memory: int | None
    #: The devices of graphics processors; () if there are none.
    gpus: tuple[str, ...]

    @property
    def suits(self) -> str:
        """The class of such a host if nobody names one."""
        if self.gpus:
            return "gpu"
        memory = self.memory or 0
        if memory >= _HIGH_MEMORY and memory >= self.cores * _HIGH_MEMORY_PER_CORE:
            return "highmem"
        return "cpu"

    def describe(self) -> dict[str, Any]:
        """For the ledger: plain data, with names of graphics processors where a driver
        tells them, and the width of the vector registers."""
        names = list(self.gpus) and (_named_gpus() or list(self.gpus))
        return {**asdict(self), "gpus": names, "vector_width": _width()}


def detect(system: Path = _SYSTEM) -> Hardware:
    """This host now, from files only."""
    return Hardware(cores(), _memory(system), _gpus(system))


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def contradiction(named: str, hardware: Hardware) -> str:
    """Why a host may not be of the class that somebody named; empty if it may."""
    if named == "gpu" and not hardware.gpus:
        return "no graphics processor is seen here (no /dev/nvidia0, no /dev/kfd)"
    return ""


def _memory(system: Path) -> int | None:
    """The smaller of the host's memory and the limit of a control group, in MB."""
    sizes = []
    for line in _read(system / "proc/meminfo").splitlines():
        if line.startswith("MemTotal:"):
            sizes.append(int(line.split()[1]) // 1024)
    for limit in ("memory.max", "memory/memory.limit_in_bytes"):
        text = _read(system / "sys/fs/cgroup" / limit).strip()
        if text.isdigit():
            sizes.append(int(text) // 2**20)
    return min(sizes, default=None)


def _gpus(system: Path) -> tuple[str, ...]:
    devices = [p.name for p in sorted((system / "dev").glob("nvidia[0-9]*"))]
    if (system / "dev/kfd").exists():
        devices.append("kfd")
    return tuple(devices)


def _named_gpus() -> list[str]:
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    try:
        done = subprocess.run(
            [program, "--query-gpu=name", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in done.stdout.splitlines() if line.strip()]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def _width() -> int:
    """Doubles in one vector register."""
    # Brings the compiler with it, which most processes that import this never need.
    from darkreach.arithmetic.fft.width import native_width

    return native_width()

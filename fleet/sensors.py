"""What this host says about itself: load, free memory, temperature.

All from the system's own files, so that nothing needs to be installed; what a system
does not tell is None.
"""

from __future__ import annotations

import os
from pathlib import Path

_SYSTEM = Path("/")
_TEMPERATURES = (
    "sys/class/hwmon/hwmon*/temp*_input",
    "sys/class/thermal/thermal_zone*/temp",
)
#: Degrees Celsius; sensors that are not connected say things beyond.
_POSSIBLE = range(1, 130)


def read(system: Path = _SYSTEM) -> dict[str, float | None]:
    """Load of the last minute, free memory in MB, the hottest sensor in Celsius."""
    return {
        "load": _load(),
        "memory": _memory(system),
        "temperature": _temperature(system),
    }


def _load() -> float | None:
    try:
        return round(os.getloadavg()[0], 2)
    except OSError:
        return None


def _memory(system: Path) -> float | None:
    try:
        text = (system / "proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return None
    for line in text.splitlines():
        if line.startswith("MemAvailable:"):
            return float(int(line.split()[1]) // 1024)
    return None


def _temperature(system: Path) -> float | None:
    hottest = None
    for pattern in _TEMPERATURES:
        for path in system.glob(pattern):
            try:
                celsius = int(path.read_text(encoding="ascii")) / 1000
            except (OSError, ValueError):
                continue
            if int(celsius) in _POSSIBLE:
                hottest = max(hottest or celsius, celsius)
    return hottest

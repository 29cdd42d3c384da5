"""Kind `ecpp`: elliptic curves, for primes of no form that another proof knows.

PARI makes the certificate (A. Enge, Asymptotically fast elliptic-curve primality
proving, 2024; the function `primecert`), in a process of its own: by the Python package
`cypari` or by the program `gp`, whichever is installed. A step is [N, t, s, a, [x, y]]:
the curve y^2 = x^3 + ax + b through (x, y) has N + 1 - t = s*q points modulo N, and q
is the next N, down to 64 bits.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import Any

from darkreach.arithmetic import Modulus, Number
from darkreach.certificates.conclusions import Proven, Unproven, certificate
from darkreach.derivation import Answer, Argument

#: Longer numbers take hours: about (bits/1000)^5 seconds on one core.
LONGEST_BITS = 5_000
_LOOK_EVERY = 0.02

# It ends with the process that started it, also when that one is killed.
_BY_CYPARI = """
import ctypes, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
from cypari import pari
pari.allocatemem(10**8, 2 * 10**9, silent=True)
print(pari("primecert(" + sys.stdin.read() + ")"))
"""


def command() -> list[str] | None:
    """How PARI is started here; None if it is not installed."""
    if importlib.util.find_spec("cypari") is not None:
        return [sys.executable, "-c", _BY_CYPARI]
    gp = shutil.which("gp")
    return [gp, "-q", "-s", "1G"] if gp else None


def expected_seconds(bits: int) -> float:
    """About how long PARI takes for a number of so many bits on one core."""
    return float((bits / 1000) ** 4)


@dataclass(frozen=True)
class Curves:
    """The steps of PARI's certificate; null if it has none."""

    bits: int

    def chain(self, modulus: Modulus) -> Pari:
        return Pari(modulus, expected_seconds(self.bits))

    def answer(self, chain: Pari) -> Answer:
        return {"steps": chain.steps}


class Pari:
    """PARI at work in another process. It cannot be interrupted and resumed: a saved
    state is that it has to begin again."""

    kernel = "PARI primecert"
    check = "certificate"

    def __init__(self, modulus: Modulus, expected: float) -> None:
        self.modulus = modulus
        self.expected = expected
        self.seconds = 0.0
        self.steps: list[Any] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._output = tempfile.TemporaryFile()  # noqa: SIM115

    @property
    def fraction(self) -> float:
        """By the clock, since PARI does not tell."""
        return self.seconds / (self.seconds + max(self.expected - self.seconds, 1.0))

    def advance(self, seconds: float) -> bool:
        """Wait about so long; True when PARI is finished."""
        process = self._process or self._start()
        begin = time.perf_counter()
        while process.poll() is None:
            if time.perf_counter() - begin >= seconds:
                self.seconds += seconds
                return False
            time.sleep(_LOOK_EVERY)
        self._output.seek(0)
        self.steps = _read(self._output.read().decode("ascii", "replace"))
        self._output.close()
        return True

    def state(self) -> dict[str, Any]:
        """Nothing is kept."""
        return {}

    def resume(self, state: dict[str, Any]) -> None:
        """Begins again."""

    def __del__(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._output.close()

    def _start(self) -> subprocess.Popen[bytes]:
        line = command()
        assert line is not None
        number = self.modulus.number.digits(10)
        text = number if line[0] == sys.executable else f"print(primecert({number}))\n"
        process = subprocess.Popen(
            line,
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdin is not None
        process.stdin.write(text.encode())
        process.stdin.close()
        self._process = process
        return process


def _read(text: str) -> list[Any] | None:
    """The last line that PARI printed, which is a list of lists."""
    lines = text.strip().splitlines()
    try:
        steps = json.loads(lines[-1])
    except (ValueError, IndexError):
        return None
    return steps if isinstance(steps, list) and steps else None


def make_ecpp(number: Number, why: str) -> Argument:
    """Proven, or Unproven with the reason `why` no other proof applies."""
    bits = number.bits
    if bits > LONGEST_BITS:
        return Unproven(f"{why}; {bits} bits are too many for ECPP here")
    if command() is None:
        return Unproven(f"{why}; ECPP needs PARI: install cypari or the program gp")
    answer = yield Curves(bits)
    if answer["steps"] is None:
        return Unproven(f"{why}; PARI found no certificate")
    return Proven(certificate("ecpp", number, {"steps": answer["steps"]}))

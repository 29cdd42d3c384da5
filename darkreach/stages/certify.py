"""Stage `certify`: what is left of a test proof, computed by anybody.

task    {"stage": "certify", "expression", "base", "start", "span", "bits"}; start and
        bits in hexadecimal: start^(2^span) * base^bits modulo the number.
result  {"sha256", "res64", "seconds", "software"}: the hash and the low 64 bits of the
        value, little-endian in as many bytes as the number has. Whoever gave the task
        knows the right hash (darkreach/checks/verify.py) and compares.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from typing import Any

import gmpy2

from darkreach import checkpoint, forms, software
from darkreach.arithmetic import Modulus, modulus
from darkreach.arithmetic.chains import Chain
from darkreach.arithmetic.gmp import release_gil
from darkreach.checks.gerbicz import climbed
from darkreach.errors import OrderError

KIND = "certify"
_MOST_BASE = 10_000


class Climb(Chain):
    """start^(2^span) * base^bits."""

    def __init__(
        self, modulus: Modulus, base: int, start: Any, span: int, bits: Any
    ) -> None:
        super().__init__(modulus, span)
        self.base, self.bits = base, bits
        self.x = modulus.load(start)

    def run(self, count: int) -> None:
        left = self.length - self.done - count
        bits = int(gmpy2.f_mod_2exp(self.bits >> left, count))
        self.x = climbed(self.modulus, self.x, self.base, bits, count)

    def held(self) -> Sequence[Any]:
        return (self.x,)

    def hold(self, residues: Sequence[Any]) -> None:
        (self.x,) = residues


class Certifying:
    """A run of one task."""

    def __init__(self, task: dict[str, Any], saved: bytes | None) -> None:
        number = forms.number(task["expression"])
        start, bits = gmpy2.mpz(task["start"], 16), gmpy2.mpz(task["bits"], 16)
        base, span = task["base"], task["span"]
        fits = 2 <= base < _MOST_BASE and 1 <= span <= 4 * number.bits
        if not fits or not 0 < start < number.value() or bits.bit_length() > span:
            raise OrderError("this is no claim of a test proof")
        self.current, self.seconds = number.expression, 0.0
        self._bytes = -(-number.bits // 8)
        self._fingerprint = checkpoint.fingerprint(task)
        self.chain = Climb(modulus(number), base, start, span, bits)
        if saved is not None:
            payload = checkpoint.unpack(saved, KIND, self._fingerprint)
            self.seconds = payload["seconds"]
            self.chain.resume(payload["chain"])


def digest(value: Any, size: int) -> str:
    """SHA-256 of a residue modulo a number of `size` bytes."""
    return hashlib.sha256(int(value).to_bytes(size, "little")).hexdigest()


def start(task: dict[str, Any], saved: bytes | None = None) -> Certifying:
    return Certifying(task, saved)


def step(run: Certifying, seconds: float = 1.0) -> float:
    release_gil()
    begin = time.perf_counter()
    finished = run.chain.advance(seconds)
    run.seconds += time.perf_counter() - begin
    return 1.0 if finished else min(run.chain.fraction, 0.9999)


def state(run: Certifying) -> bytes:
    payload = {"seconds": run.seconds, "chain": run.chain.state()}
    return checkpoint.pack(KIND, run._fingerprint, payload)


def result(run: Certifying) -> dict[str, Any]:
    if run.chain.done < run.chain.length:
        raise ValueError("this run is not finished")
    (value,) = run.chain.values()
    return {
        "sha256": digest(value, run._bytes),
        "res64": f"{int(value) % 2**64:016X}",
        "seconds": run.seconds,
        "software": software.description(run.chain.kernel),
    }

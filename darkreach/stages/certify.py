"""Stage `certify`: what is left of test proofs, computed by anybody.

task    {"stage": "certify", "claims": [claim, ...]}; a claim {"expression", "base",
        "start", "span", "bits"} asks for start^(2^span) * base^bits modulo the number;
        start and bits are hexadecimal.
result  {"results": [{"sha256", "res64"}, ...], "seconds", "software"}: the hash and the
        low 64 bits of each value, little-endian in as many bytes as the number has.
        Whoever gave the task knows the right hashes (darkreach/checks/verify.py).
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
        self.claims: list[dict[str, Any]] = task["claims"]
        self.results: list[dict[str, Any]] = []
        self.kernels: set[str] = set()
        self.seconds = 0.0
        self.current = ""
        self.chain: Climb | None = None
        self._fingerprint = checkpoint.fingerprint(task)
        payload = None
        if saved is not None:
            payload = checkpoint.unpack(saved, KIND, self._fingerprint)
            self.seconds, self.results = payload["seconds"], payload["results"]
            self.kernels = set(payload["kernels"])
        self._open()
        if payload and self.chain is not None:
            self.chain.resume(payload["chain"])

    def advance(self, seconds: float) -> None:
        begin = time.perf_counter()
        while self.chain is not None:
            if not self.chain.advance(seconds - (time.perf_counter() - begin)):
                break
            (value,) = self.chain.values()
            size = -(-int(self.chain.modulus.number.bit_length()) // 8)
            answer = {"sha256": digest(value, size), "res64": f"{value % 2**64:016X}"}
            self.results.append(answer)
            self.kernels.add(self.chain.kernel)
            self._open()
            if time.perf_counter() - begin >= seconds:
                break
        self.seconds += time.perf_counter() - begin

    @property
    def fraction(self) -> float:
        if self.chain is None:
            return 1.0
        done = len(self.results) + self.chain.fraction
        return min(done / len(self.claims), 0.9999)

    def state(self) -> dict[str, Any]:
        return {
            "seconds": self.seconds,
            "results": self.results,
            "kernels": sorted(self.kernels),
            "chain": self.chain.state() if self.chain is not None else None,
        }

    def _open(self) -> None:
        """The next claim."""
        self.chain, self.current = None, ""
        if len(self.results) < len(self.claims):
            claim = self.claims[len(self.results)]
            self.chain, self.current = _climb(claim), claim["expression"]


def _climb(claim: dict[str, Any]) -> Climb:
    number = forms.number(claim["expression"])
    start, bits = gmpy2.mpz(claim["start"], 16), gmpy2.mpz(claim["bits"], 16)
    base, span = claim["base"], claim["span"]
    fits = 2 <= base < _MOST_BASE and 1 <= span <= 4 * number.bits
    if not fits or not 0 < start < number.value() or bits.bit_length() > span:
        raise OrderError("this is no claim of a test proof")
    return Climb(modulus(number), base, start, span, bits)


def digest(value: Any, size: int) -> str:
    """SHA-256 of a residue modulo a number of `size` bytes."""
    return hashlib.sha256(int(value).to_bytes(size, "little")).hexdigest()


def start(task: dict[str, Any], saved: bytes | None = None) -> Certifying:
    return Certifying(task, saved)


def step(run: Certifying, seconds: float = 1.0) -> float:
    release_gil()
    run.advance(seconds)
    return run.fraction


def state(run: Certifying) -> bytes:
    return checkpoint.pack(KIND, run._fingerprint, run.state())


def result(run: Certifying) -> dict[str, Any]:
    if run.chain is not None:
        raise ValueError("this run is not finished")
    return {
        "results": run.results,
        "seconds": run.seconds,
        "software": software.description(" + ".join(sorted(run.kernels))),
    }

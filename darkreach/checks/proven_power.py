"""A power that leaves a test proof behind: it saves the points as it passes them, and
makes the middles of them when its value is checked.

A point is read out of the transform twice, and the chain that goes on from the same
words is checked later; points of a stretch that is done again are saved again. The
points of long tests do not fit a checkpoint: a test that is interrupted then goes on
without a proof, and gets a second test instead.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterator
from typing import Any

import gmpy2

from darkreach.arithmetic import Modulus
from darkreach.arithmetic.power import Power
from darkreach.checks.gerbicz import Blocks
from darkreach.checks.pietrzak import middles
from darkreach.checks.proof_file import Terms, TestProof
from darkreach.errors import SenselessError

#: Bytes of points that a checkpoint takes along.
MOST_IN_STATE = 4 * 2**20


class ProvenPower(Power):
    """base^exponent with the proof of it; `proof` is None where it was lost."""

    def __init__(self, modulus: Modulus, terms: Terms) -> None:
        exponent = terms.exponent_value()
        blocks = Blocks.plan(exponent.bit_length(), terms.number.bits)
        super().__init__(modulus, terms.base, exponent, blocks)
        self.terms = terms
        self.proof: TestProof | None = None
        self._positions = terms.layout().positions(terms.power)
        self._points: dict[int, tuple[bytes, bytes]] = {}
        self._builder: Iterator[Any] | None = None
        self._lost = False

    def reach(self) -> int:
        following = (each for each in self._positions if each > self.done)
        return min(super().reach(), next(following, self.length) - self.done)

    def watched(self, count: int) -> None:
        super().watched(count)
        if self.done in self._positions and self.done < self.length:
            value = self.modulus.store(self.x)
            if self.modulus.store(self.x) != value:
                raise SenselessError("a residue was read in two ways")
            data = self.terms.bytes_of(value)
            self._points[self.done] = data, hashlib.sha256(data).digest()

    def advance(self, seconds: float) -> bool:
        begin = time.perf_counter()
        if not super().advance(seconds):
            return False
        if self._lost or self.proof is not None:
            return True
        builder = self._builder = self._builder or self._build()
        return all(time.perf_counter() - begin < seconds for _ in builder)

    def state(self) -> dict[str, Any]:
        state = super().state()
        size = self.terms.residue_bytes << self.terms.power
        if self._lost or size > MOST_IN_STATE:
            return state | {"points": None}
        points = {
            str(place): base64.b64encode(data).decode()
            for place, (data, _) in self._points.items()
        }
        return state | {"points": points}

    def resume(self, state: dict[str, Any]) -> None:
        super().resume(state)
        points = state.get("points")
        self._lost = points is None
        for place, text in (points or {}).items():
            data = base64.b64decode(text)
            self._points[int(place)] = data, hashlib.sha256(data).digest()

    def _build(self) -> Iterator[Any]:
        y = self.value()
        challenges = self.terms.challenges(y)
        found = []
        for middle in middles(
            self.modulus,
            self.terms.power,
            self._point,
            lambda value: challenges.after(self.terms.bytes_of(value)),
        ):
            if middle is not None:
                found.append(middle)
            yield
        self.proof = TestProof(self.terms, y, tuple(found))
        self._points.clear()

    def _point(self, number: int) -> Any:
        data, digest = self._points[self._positions[number - 1]]
        if hashlib.sha256(data).digest() != digest:
            raise SenselessError("the memory of this machine lost a point of the proof")
        return gmpy2.mpz(int.from_bytes(data, "little"))

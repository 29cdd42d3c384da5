"""Lucas sequences modulo N, checked: `LucasLadder` (V_m, V_(m+1), Q^m) and
`LucasLehmerRiesel` (the LLR test, and others that square on to an end known before).

A ladder has an invariant. With D = P^2 - 4Q, neighbours satisfy

    V_(m+1)^2 - P V_m V_(m+1) + Q V_m^2 = -D Q^m,

and a defect d between the sides becomes d*v^2 or d*w^2 by a step: once there, it stays.
So one look at the integers finds an error anywhere before it, but for a chance like
1/N. It costs three multiplications by GMP. The first numbers of a ladder are small, and
zero is among what they can become by an error: each of the first steps is looked at.

The LLR test carries one number, and has no such equation (the Jacobi symbol of u - 2
sees one error of two). It ends with 0 for a prime, which no error makes up: the last
squaring is computed a second time by GMP, and that the root of 2 before it came about
by chance has the odds 1/N. For any other end everything is computed again with another
transform length and compared window by window; where they differ, until two of them
agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gmpy2

from darkreach.arithmetic import Modulus
from darkreach.arithmetic.chains import Standing, stuck
from darkreach.arithmetic.checked import CheckedChain
from darkreach.errors import CheckpointError

#: Steps between two looks at a sequence; those at LLR are at most so many in all.
WINDOW, MOST_WINDOWS = 4096, 32
#: Steps after which V_m has the size of N, whatever that is.
_EARLY = 40


class LucasLadder(CheckedChain):
    """V_m(P, Q), V_(m+1)(P, Q) and Q^m mod N, for small P and Q.

    V_2j = V_j^2 - 2Q^j and V_(2j+1) = V_j V_(j+1) - P Q^j take the pair of neighbours
    from j to 2j or 2j + 1, a bit of m at a time. See Crandall and Pomerance, Prime
    Numbers, 3.6.
    """

    v: Any
    w: Any
    power: Any

    def __init__(
        self, modulus: Modulus, p: int, q: int, index: Any, window: int = WINDOW
    ) -> None:
        super().__init__(modulus, index.bit_length(), window)
        self.p, self.q, self.index = p, q, index
        self.begin()

    @property
    def check(self) -> str:
        return "invariant"

    @property
    def end_of_window(self) -> int:
        early = self._good.done < min(_EARLY, self.length)
        return self._good.done + 1 if early else super().end_of_window

    def start(self) -> tuple[Any, ...]:
        return 2, self.p, 1

    def seal(self) -> int:
        return hash((self.p, self.q, self.index, self.modulus.number))

    def sound(self, values: tuple[Any, ...]) -> bool:
        v, w, power = values
        number, p, q = self.modulus.number, self.p, self.q
        if q in (1, -1):
            odd = self.index.bit_test(self.length - self.done) if self.done else False
            if power != (q if odd else 1) % number:
                return False
        defect = w * (w - p * v) + q * v * v + (p * p - 4 * q) * power
        return bool(power != 0 and defect % number == 0)

    def run(self, count: int) -> None:
        top = self.length - self.done
        for position in range(top - 1, top - 1 - count, -1):
            self._double(self.index.bit_test(position))

    def _double(self, odd: bool) -> None:
        if self.q in (1, -1):
            self._double_units(odd)
        else:
            self._double_any(odd)

    def _double_units(self, odd: bool) -> None:
        """The same where Q^j is 1 or -1: two multiplications instead of three."""
        m, v, w = self.modulus, self.v, self.w
        sign = 1 if m.store(self.power) == 1 else -1
        shift = m.load(self.p * sign % m.number)
        middle = m.subtract(m.multiply(v, w), shift)
        if odd:
            self.v, self.w = middle, m.square_add(w, -2 * self.q * sign)
        else:
            self.v, self.w = m.square_add(v, -2 * sign), middle
        self.power = m.load((self.q if odd else 1) % m.number)

    def _double_any(self, odd: bool) -> None:
        m, v, w, power = self.modulus, self.v, self.w, self.power
        middle = m.subtract(m.multiply(v, w), m.scale(power, self.p))
        square = m.multiply(power, power)
        if odd:
            upper = m.scale(power, 2 * self.q)
            self.v, self.w = middle, m.subtract(m.multiply(w, w), upper)
            self.power = m.scale(square, self.q)
        else:
            self.v, self.w = m.subtract(m.multiply(v, v), m.scale(power, 2)), middle
            self.power = square

    def held(self) -> Sequence[Any]:
        return self.v, self.w, self.power

    def hold(self, residues: Sequence[Any]) -> None:
        self.v, self.w, self.power = residues


class LucasLehmerRiesel(CheckedChain):
    """u_(n-2) of the test of N = k*2^n - 1: u_0 = V_k(v1, 1), then u -> u^2 - 2.

    The climb to V_k is a ladder of few steps, the n - 2 squarings are the work. `end`
    is what a prime ends with.
    """

    u: Any
    w: Any

    def __init__(
        self,
        modulus: Modulus,
        k: int,
        n: int,
        v1: Any,
        window: int | None = None,
        end: Any = 0,
    ) -> None:
        self.k, self.start_value, self.end = gmpy2.mpz(k), v1, end
        self.ladder_length = self.k.bit_length()
        length = self.ladder_length + n - 2
        window = window or max(WINDOW, -(-length // MOST_WINDOWS))
        super().__init__(modulus, length, window)
        #: Hashes of what was computed up to the end of each window; and whether the
        #: end was seen, so that two of them have to be equal.
        self._votes: dict[int, list[int]] = {}
        self._again = False
        self.begin()

    @property
    def check(self) -> str:
        return "twice" if self._again else "end" if self.end else "zero"

    @property
    def end_of_window(self) -> int:
        """The last step is a window of its own."""
        last = self.length - 1
        return min(super().end_of_window, last if self._good.done < last else last + 1)

    def start(self) -> tuple[Any, ...]:
        return 2, self.start_value

    def seal(self) -> int:
        given = self.k, self.start_value, self.end, self.length, self.modulus.number
        return hash(given)

    def sound(self, values: tuple[Any, ...]) -> bool:
        votes, vote = self._votes.setdefault(self.done, []), hash(values)
        if self.done == self.length and values[0] == self.end:
            before = self._good.value[0]
            return bool((before * before - 2 - self.end) % self.modulus.number == 0)
        agreed = vote in votes
        if not agreed:
            votes.append(vote)
        return agreed or (not self._again and self.done < self.length)

    def go_back(self) -> None:
        if self.done == self.length and not self._again:
            self._again = True
            self.modulus.lengthen()
            self.begin()
            return
        super().go_back()
        if self._failures == 1:
            self.modulus.lengthen()

    def run(self, count: int) -> None:
        climbing = max(0, min(count, self.ladder_length - self.done))
        top = self.ladder_length - self.done
        if climbing:
            v1 = self.modulus.load(self.start_value)
            for position in range(top - 1, top - 1 - climbing, -1):
                self._double(v1, self.k.bit_test(position))
        self.u = self.modulus.lucas_many(self.u, count - climbing)

    def _double(self, v1: Any, odd: bool) -> None:
        m = self.modulus
        middle = m.subtract(m.multiply(self.u, self.w), v1)
        if odd:
            self.u, self.w = middle, m.lucas_many(self.w, 1)
        else:
            self.u, self.w = m.lucas_many(self.u, 1), middle

    def held(self) -> Sequence[Any]:
        return self.u, self.w

    def hold(self, residues: Sequence[Any]) -> None:
        self.u, self.w = residues

    def suspicion(self, start: Standing) -> str:
        """Zero before the end, or 2 or -1 for ever: a composite may come to it, but is
        computed twice before it is believed."""
        if self.done < self.length and self.modulus.is_zero(self.u):
            return "zero"
        return stuck(self.modulus, self.u, start)

    def state(self) -> dict[str, Any]:
        votes = [[place, found] for place, found in self._votes.items()]
        return super().state() | {"votes": votes, "again": self._again}

    def resume(self, state: dict[str, Any]) -> None:
        super().resume(state)
        try:
            self._votes, self._again = dict(state["votes"]), state["again"]
        except (KeyError, ValueError) as trouble:
            raise CheckpointError("this checkpoint is of another chain") from trouble

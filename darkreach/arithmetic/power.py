"""base^exponent modulo N, checked.

A long power is a chain under the check of Gerbicz and Li; a short one is done in one
piece modulo a multiple of N. `value` gives nothing that has not passed its check. After
a failed check the chain goes back to the value of the last check that held and on in
shorter blocks, from the second time with a longer transform; each failure is counted in
`modulus.errors["check"]`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gmpy2

from darkreach.arithmetic import Modulus
from darkreach.arithmetic.chains import (
    IMPOSSIBLE,
    ONE_PIECE_BITS,
    POWMOD,
    Chain,
    Standing,
    stuck,
)
from darkreach.arithmetic.checked import MOST_FAILURES, Checked
from darkreach.arithmetic.gmp import Division
from darkreach.checks import gerbicz, multiple
from darkreach.errors import CheckpointError, DamageError, SenselessError

#: Without a fast reduction, powmod is the faster one up to here.
DIVISION_BITS = 10_000


class Power(Chain):
    """base^exponent mod N, from the top bit of the exponent down; base is small and
    prime to N."""

    def __init__(
        self,
        modulus: Modulus,
        base: int,
        exponent: Any,
        blocks: gerbicz.Blocks | None = None,
    ) -> None:
        super().__init__(modulus, int(exponent.bit_length()))
        self.base, self.exponent = base, exponent
        self._seal = self._sealed()
        # Zeros at the end of the exponent need no look at its bits.
        self.zeros = gmpy2.bit_scan1(exponent) if exponent else 0
        self.x = modulus.load(1)
        self._product: Any = None
        self._good = Checked.of(0, gmpy2.mpz(1))
        self._older = self._good
        self._failures = self._level = 0
        bits = int(modulus.number.bit_length())
        self._blocks = blocks or gerbicz.Blocks.plan(max(self.length, 1), bits)
        pieces = isinstance(modulus, Division) and bits < DIVISION_BITS
        self._whole = blocks is None and (bits < ONE_PIECE_BITS or pieces)
        if self._whole:
            self._in_one_piece()

    @property
    def kernel(self) -> str:
        return POWMOD if self._whole else self.modulus.kernel

    @property
    def check(self) -> str:
        return "multiple" if self._whole else "gerbicz-li"

    def value(self) -> Any:
        """The integer base^exponent mod N, when the chain is finished."""
        if self._good.done < self.length:
            raise ValueError("this power is not finished")
        if not self._good.intact:
            raise DamageError("the memory of this machine lost a checked value")
        return self._good.value

    def _in_one_piece(self) -> None:
        for turn in range(MOST_FAILURES):
            number = self.modulus.number
            found = multiple.power(self.base, self.exponent, number, turn)
            if found is not None and found != 0:
                self._good = Checked.of(self.length, found)
                self.done, self.x = self.length, self.modulus.load(found)
                return
            self.modulus.errors["check"] += 1
        raise DamageError("a power came out wrong again and again")

    def reach(self) -> int:
        """Up to the next check."""
        return self._left - self._window_end

    def run(self, count: int) -> None:
        left = self._left
        last = left - count
        while left > last:
            end = max(last, self._now_blocks.end_of_block(left))
            self._squarings(left, left - end)
            left = end
            if left % self._now_blocks.block == 0 and left > self._window_end:
                self._multiply_in()

    def watched(self, count: int) -> None:
        try:
            super().watched(count)
            if self._left == self._window_end:
                self._look()
        except SenselessError:
            self._go_back()

    def held(self) -> Sequence[Any]:
        return (self.x,) if self._product is None else (self.x, self._product)

    def hold(self, residues: Sequence[Any]) -> None:
        self.x = residues[0]
        self._product = residues[1] if len(residues) > 1 else None

    def suspicion(self, start: Standing) -> str:
        if self.modulus.is_zero(self.x):
            return IMPOSSIBLE
        return stuck(self.modulus, self.x, start, fixed=1)

    def state(self) -> dict[str, Any]:
        """The last checked value, and where the chain is, which is checked later."""
        self._look_after()
        checked = self._newest()
        product = self._product
        stored = None if product is None else self.modulus.store(product).digits(16)
        return {
            "done": self.done,
            "values": [self.modulus.store(self.x).digits(16)],
            "product": stored,
            "checked": [checked.done, checked.value.digits(16)],
            "level": self._level,
        }

    def resume(self, state: dict[str, Any]) -> None:
        try:
            (x,), product, level = state["values"], state["product"], state["level"]
            done, value = state["checked"]
        except (KeyError, ValueError) as trouble:
            raise CheckpointError("this checkpoint is of an older program") from trouble
        self.done, self._level = state["done"], level
        self._good = Checked.of(done, gmpy2.mpz(value, 16))
        self._now = self._before = None
        self.x = self.modulus.load(gmpy2.mpz(x, 16))
        self._product = product and self.modulus.load(gmpy2.mpz(product, 16))

    @property
    def _left(self) -> int:
        return self.length - self.done

    @property
    def _now_blocks(self) -> gerbicz.Blocks:
        return self._blocks.shorter(self._level) if self._level else self._blocks

    @property
    def _window_end(self) -> int:
        return self._now_blocks.end_of_window(self.length - self._good.done)

    def _squarings(self, left: int, count: int) -> None:
        if left <= self.zeros:
            self.x = self.modulus.square_many(self.x, count)
            return
        bits = int(gmpy2.f_mod_2exp(self.exponent >> left - count, count))
        self.x = gerbicz.climbed(self.modulus, self.x, self.base, bits, count)

    def _multiply_in(self) -> None:
        product = self._product
        self._product = (
            self.x if product is None else self.modulus.multiply(product, self.x)
        )

    def _look(self) -> None:
        """The check at the end of a window, and what follows from it."""
        if self._sealed() != self._seal:
            raise DamageError("the memory of this machine lost the exponent or N")
        value = self.modulus.store(self.x)
        if not self._holds(Checked.of(self.done, value)):
            self._go_back()
            return
        self._older, self._good = self._good, Checked.of(self.done, value)
        self._product, self._failures = None, 0
        self._level = max(0, self._level - 1)
        self._now = self._before = None

    def _holds(self, claimed: Checked) -> bool:
        left, blocks, start = self._left, self._now_blocks, self._good
        top = self.length - start.done
        limbs = gmpy2.mpz(0)
        if top > self.zeros:
            limbs = gerbicz.limb_sum(self.exponent, top, left, blocks.block)
        sound = start.intact and gerbicz.holds(
            self.modulus,
            self.base,
            limbs,
            blocks.block,
            start.value,
            self._product,
            claimed.value,
        )
        return bool(sound and claimed.intact)

    def _go_back(self) -> None:
        """To the last checked value, in shorter blocks, from the second time on with
        another transform."""
        self.modulus.errors["check"] += 1
        self._failures += 1
        if self._failures >= MOST_FAILURES:
            raise DamageError("a power came out wrong again and again")
        if self._failures > 1:
            self.modulus.lengthen()
        self._level = min(self._level + 1, gerbicz.LEVELS)
        self._good = self._newest()
        self.done = self._good.done
        self.x, self._product = self.modulus.load(self._good.value), None
        self._now = self._before = None

    def _newest(self) -> Checked:
        """The newest of the checked values that memory has kept; the first is known."""
        for checked in (self._good, self._older):
            if checked.intact:
                return checked
        return Checked.of(0, gmpy2.mpz(1))

    def _sealed(self) -> int:
        return hash((self.base, self.exponent, self.modulus.number))

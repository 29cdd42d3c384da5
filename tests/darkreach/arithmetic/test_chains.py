"""Chains against slow, obvious twins, whole and interrupted."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path

import gmpy2
import pytest

from darkreach.arithmetic import Modulus, modulus
from darkreach.arithmetic.chains import Chain, DamageError
from darkreach.arithmetic.gmp import Shift
from darkreach.arithmetic.guarded import Guarded, Residue
from darkreach.arithmetic.lucas import LucasLadder, LucasLehmerRiesel
from darkreach.arithmetic.power import Power
from darkreach.factoring.stage_two import StageTwo
from darkreach.forms.kbn import Kbn
from tests.darkreach.arithmetic.twin_engine import TwinEngine, TwinRoad, Words

VECTORS = Path(__file__).parents[2] / "vectors"
NUMBERS = [Kbn(3, 2, 120, 1), Kbn(45, 2, 97, -1), Kbn(2, 5, 60, 1), Kbn(7, 6, 44, -1)]
LARGE = Kbn(3, 2, 2500, -1)


def naive_lucas(p: int, q: int, index: int, number: int) -> tuple[int, int, int]:
    """V_index, V_(index+1) and Q^index by the recurrence, a term at a time."""
    v, w = 2, p
    for _ in range(index):
        v, w = w, (p * w - q * v) % number
    return v % number, w % number, pow(q, index, number)


def naive_llr(k: int, n: int, v1: int) -> int:
    number = k * 2**n - 1
    u = naive_lucas(v1, 1, k, number)[0]
    for _ in range(n - 2):
        u = (u * u - 2) % number
    return u


def finish(chain: Chain) -> Chain:
    while not chain.advance(0.01):
        pass
    return chain


def finish_interrupted(make: Callable[[], Chain]) -> Chain:
    """Stopped after every slice, written down as JSON, and begun again from that."""
    chain = make()
    while not chain.advance(0.0):
        saved = json.dumps(chain.state())
        chain = make()
        chain.resume(json.loads(saved))
    return chain


@pytest.mark.parametrize("form", NUMBERS)
def test_a_power_of_a_small_number_is_what_python_says(form: Kbn) -> None:
    number = int(form.value())
    for base in (3, 5, 11):
        power = Power(modulus(form), base, gmpy2.mpz(number - 1))
        assert power.advance(0.0)
        assert power.modulus.store(power.x) == pow(base, number - 1, number)


def test_a_power_of_a_large_number_is_what_python_says() -> None:
    number = LARGE.value()
    for exponent in (number - 1, number + 1, gmpy2.mpz(random.getrandbits(900))):
        power = finish(Power(modulus(LARGE), 3, exponent))
        assert isinstance(power, Power)
        assert power.kernel == "gmpy2 squaring chain"
        assert power.x == gmpy2.powmod(3, exponent, number)


def test_an_interrupted_power_is_the_same_power() -> None:
    exponent = LARGE.value() - 1
    whole = finish(Power(modulus(LARGE), 3, exponent))
    parts = finish_interrupted(lambda: Power(modulus(LARGE), 3, exponent))
    assert whole.values() == parts.values()


@pytest.mark.parametrize("form", NUMBERS)
def test_the_ladder_is_the_recurrence(form: Kbn) -> None:
    number = int(form.value())
    for p, q in ((1, -1), (3, -1), (5, 3), (7, 11)):
        for index in (1, 2, 3, 17, 100, 255, 256):
            ladder = finish(LucasLadder(modulus(form), p, q, gmpy2.mpz(index)))
            assert tuple(ladder.values()) == naive_lucas(p, q, index, number)


def test_an_interrupted_ladder_is_the_same_ladder() -> None:
    form = NUMBERS[3]
    index = form.value() + 1
    whole = finish(LucasLadder(modulus(form), 3, -1, index))
    parts = finish_interrupted(lambda: LucasLadder(modulus(form), 3, -1, index))
    assert whole.values() == parts.values()


def test_the_riesel_sequence_is_the_published_one() -> None:
    with (VECTORS / "llr_residues.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if int(row["v1"]) > 0]
    for row in rows:
        k, n, v1 = int(row["k"]), int(row["n"]), int(row["v1"])
        chain = finish(LucasLehmerRiesel(modulus(Kbn(k, 2, n, -1)), k, n, v1))
        assert isinstance(chain, LucasLehmerRiesel)
        assert f"{int(chain.values()[0]) % 2**64:016X}" == row["final_u_res64"], row


def test_an_interrupted_riesel_sequence_is_the_same_sequence() -> None:
    for k, n, v1 in ((45, 97, 11), (2**40 + 15, 60, 4), (1, 61, 4)):
        form = Kbn(k, 2, n, -1)
        chain = finish_interrupted(
            lambda form=form, v1=v1: LucasLehmerRiesel(
                modulus(form), form.k, form.n, v1
            )
        )
        if k < 1000:
            assert chain.values()[0] == naive_llr(k, n, v1)
        whole = finish(LucasLehmerRiesel(modulus(form), k, n, v1))
        assert chain.values() == whole.values()


def test_the_fraction_grows_to_one() -> None:
    chain = Power(modulus(LARGE), 3, LARGE.value() - 1)
    seen = [chain.fraction]
    while not chain.advance(0.0):
        seen.append(chain.fraction)
    assert seen == sorted(seen)
    assert chain.fraction == 1.0


def watched(form: Kbn, start: int = 128) -> Guarded:
    """A modulus on the exact twin of an engine."""
    road = TwinRoad(form.value(), start, 1024)
    return Guarded(Shift(form.k, form.n, form.c), road)


CHAINS: list[Callable[[Modulus], Chain]] = [
    lambda m: Power(m, 5, LARGE.value() - 1),
    lambda m: LucasLehmerRiesel(m, LARGE.k, LARGE.n, 5),
    lambda m: LucasLadder(m, 3, -1, gmpy2.mpz(2) ** 200 // 3),
    lambda m: LucasLadder(m, 5, 3, gmpy2.mpz(2) ** 200 // 3),
    lambda m: StageTwo(m, gmpy2.mpz(2) ** 2000 // 3, 100, 3000, each=False),
]


@pytest.mark.parametrize("make", CHAINS)
def test_a_chain_on_an_engine_is_the_chain_on_integers(
    make: Callable[[Modulus], Chain],
) -> None:
    whole = finish(make(Shift(LARGE.k, LARGE.n, LARGE.c)))
    on_engine = finish(make(watched(LARGE)))
    assert on_engine.values() == whole.values()
    assert not on_engine.modulus.errors


@pytest.mark.parametrize("make", CHAINS)
def test_a_checkpoint_is_resumed_by_another_kernel_and_length(
    make: Callable[[Modulus], Chain],
) -> None:
    whole = finish(make(Shift(LARGE.k, LARGE.n, LARGE.c)))
    kernels = [watched(LARGE), Shift(3, 2500, -1), watched(LARGE, 512)]
    chain, turn = make(kernels[0]), 0
    while not chain.advance(0.0):
        saved = json.dumps(chain.state())
        turn += 1
        chain = make(kernels[turn % 3])
        chain.resume(json.loads(saved))
    assert turn > 1
    assert chain.values() == whole.values()


def unhurried(chain: Chain) -> Chain:
    """Sixteen steps a slice, whatever the speed of the machine."""
    chain.tune = lambda count, seconds: None  # type: ignore[method-assign]
    return chain


def words_of(chain: Chain) -> list[Residue]:
    held = [each for each in chain.held() if isinstance(each, Residue)]
    return [each for each in held if each.words is not None]


@pytest.mark.parametrize("make", CHAINS)
@pytest.mark.parametrize("bit", [0, 30, 52, 55, 62, 63])
def test_a_flipped_bit_between_two_slices_is_found_and_made_good(
    make: Callable[[Modulus], Chain], bit: int
) -> None:
    whole = finish(make(Shift(LARGE.k, LARGE.n, LARGE.c)))
    chain, flipped = unhurried(make(watched(LARGE))), 0
    while not chain.advance(0.0):
        if words_of(chain) and flipped < 3:
            words = words_of(chain)[0].words
            assert words is not None
            words.view("u8")[11 * flipped + 5] ^= 1 << bit
            flipped += 1
    assert flipped
    assert chain.modulus.errors["memory"] == flipped
    assert chain.values() == whole.values()


def test_a_flipped_bit_never_gets_into_a_checkpoint() -> None:
    chain = Power(watched(LARGE), 5, LARGE.value() - 1)
    while not words_of(chain):
        chain.advance(0.0)
    words = words_of(chain)[0].words
    assert words is not None
    words.view("u8")[3] ^= 1 << 40
    saved = chain.state()
    done = saved["done"]
    exponent = (LARGE.value() - 1) >> (chain.length - done)
    expected = gmpy2.powmod(5, exponent, LARGE.value())
    assert gmpy2.mpz(saved["values"][0], 16) == expected
    assert chain.modulus.errors["memory"] == 1


def test_a_residue_damaged_twice_ends_the_computation() -> None:
    chain = Power(watched(LARGE), 5, LARGE.value() - 1)
    while len(seen := words_of(chain)) == 0 or chain.done < 200:
        chain.advance(0.0)
    before = chain._before
    assert before is not None
    for residue in (*seen, *before.residues):
        residue.words.view("u8")[9] ^= 1 << 20
    with pytest.raises(DamageError, match="memory"):
        chain.advance(0.0)


class Forgetful(TwinEngine):
    """An engine that once loses the residue without noticing."""

    def __init__(self, number: gmpy2.mpz, length: int, trick: str) -> None:
        super().__init__(number, length)
        self.trick, self.climbs = trick, 0

    def climb(self, x: Words, base: int, bits: int, count: int) -> float:
        before = x.copy()
        error = super().climb(x, base, bits, count)
        self.climbs += 1
        if self.trick and self.climbs == 2:
            x[:] = before if self.trick == "stuck" else 0.0
        return error


@pytest.mark.parametrize("trick", ["zero", "stuck"])
def test_a_value_that_cannot_be_is_computed_again_and_counted(trick: str) -> None:
    class Forgetting(TwinRoad):
        def first(self) -> TwinEngine:
            return Forgetful(self.number, self.start, trick)

    number = LARGE.value()
    guarded = Guarded(Shift(3, 2500, -1), Forgetting(number, 128, 1024))
    power = finish(Power(guarded, 5, number + 2))
    assert power.values() == [gmpy2.powmod(5, number + 2, number)]
    assert sum(guarded.errors.values()) == 1
    assert set(guarded.errors) <= {trick, "check"}


def test_a_machine_that_only_makes_zeros_gives_no_result() -> None:
    class Zero(TwinEngine):
        """An engine without memory."""

        def climb(self, x: Words, base: int, bits: int, count: int) -> float:
            x[:] = 0.0
            return 0.0

    class Zeros(TwinRoad):
        def first(self) -> TwinEngine:
            return Zero(self.number, self.start)

        def longer(self, engine: TwinEngine) -> TwinEngine:
            return Zero(self.number, 2 * engine.length)

    guarded = Guarded(Shift(3, 2500, -1), Zeros(LARGE.value(), 128, 1024))
    with pytest.raises(DamageError, match="zero"):
        finish(Power(guarded, 5, LARGE.value() - 1))

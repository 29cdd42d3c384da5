"""Every shape of number gets its kernel, and every kernel the residue that GMP gets."""

from __future__ import annotations

import random
import subprocess
import sys
from math import inf, nan
from typing import Any

import gmpy2
import pytest

from darkreach import forms
from darkreach.arithmetic import Modulus, choice, modulus
from darkreach.arithmetic.engines import Engine, duplicate
from darkreach.arithmetic.fft import lengths
from darkreach.arithmetic.gmp import Division
from darkreach.arithmetic.guarded import Guarded
from darkreach.arithmetic.lucas import LucasLadder, LucasLehmerRiesel
from darkreach.arithmetic.power import Power
from darkreach.arithmetic.roads import Fermat, Generic, Weighted, ZeroPadded
from darkreach.factoring.stage_two import StageTwo

LARGE_K = 2**40 + 15
KERNELS = [
    ("27*2^5003+1", "fft", "negacyclic"),
    ("27*2^5003-1", "fft", "cyclic"),
    ("2^4423-1", "fft", "cyclic"),
    ("2^8192+1", "fft", "negacyclic"),
    ("12*4^2600+1", "fft", "negacyclic"),
    ("2*3^3161+1", "fft", "negacyclic"),
    ("4*3^3161-1", "fft", "cyclic"),
    ("7*10^2500+1", "fft", "negacyclic"),
    ("1000^512+1", "fft 256", "negacyclic"),
    ("10^2048+1", "fft 512", "negacyclic"),
    ("500000^512+1", "fft 512", "negacyclic"),
    ("1100!+1", "montgomery", "cyclic"),
    ("(2^10007+1)/3", "fft 512", "negacyclic"),
    ("(3*2^9007+1)/11", "fft", "negacyclic"),
    ("(10^4001-1)/9", "fft", "cyclic"),
    ("(3^7919-1)/2", "fft", "cyclic"),
    ("(7^2048+1)/2", "fft 512", "negacyclic"),
    ("(10^4001+7*10^2000+1)/9", "montgomery", "cyclic"),
    (f"{LARGE_K}*2^9003+1", "zero-padded", "negacyclic"),
    (f"{LARGE_K}*2^9003-1", "zero-padded", "negacyclic"),
    (f"{LARGE_K}*10^2003+1", "zero-padded", "negacyclic"),
    ("(2^4001+9)*2^8003-1", "montgomery", "cyclic"),
    ("9007*2^9007-1", "", ""),
    ("27*2^1003+1", "gmpy2", ""),
    ("400!+1", "gmpy2", ""),
    ("(2^2617+1)/3", "gmpy2", ""),
    ("3^9001+1", "gmpy2", ""),
]


@pytest.mark.parametrize(("text", "family", "kind"), KERNELS)
def test_a_number_gets_its_kernel_and_the_residue_of_gmp(
    text: str, family: str, kind: str
) -> None:
    number = forms.number(text)
    value = number.value()
    arithmetic = modulus(number)
    assert arithmetic.kernel.startswith(family)
    assert kind in arithmetic.kernel
    random.seed(text)
    exponent = gmpy2.mpz(random.getrandbits(300))
    power = Power(arithmetic, 7, exponent)
    while not power.advance(1.0):
        pass
    assert power.values() == [gmpy2.powmod(7, exponent, value)]
    x, y = (random.randrange(int(value)) for _ in range(2))
    a, b = arithmetic.load(x), arithmetic.load(y)
    a = arithmetic.square_many(a, 4)
    x = gmpy2.powmod(x, 16, value)
    for found, expected in (
        (arithmetic.multiply(a, b), x * y),
        (arithmetic.subtract(a, b), x - y),
        (arithmetic.scale(a, -(2**40) - 1), x * (-(2**40) - 1)),
        (arithmetic.square_add(a, 77), x * x + 77),
        (arithmetic.lucas_many(a, 3), ((x * x - 2) ** 2 - 2) ** 2 - 2),
    ):
        assert arithmetic.store(found) == expected % value
    assert not arithmetic.errors


@pytest.mark.parametrize(
    "text",
    [
        *("3*2^5003+1", "5*2^5003-1", "2*3^3161+1", "1100!+1", "1000^512+1"),
        *("(2^5003+1)/3", "(5^2003-1)/4"),
    ],
)
def test_chains_give_what_they_give_with_gmp(text: str) -> None:
    number = forms.number(text)
    value = number.value()

    def results(arithmetic: Modulus) -> list[Any]:
        chains = [
            LucasLadder(arithmetic, 3, -1, gmpy2.mpz(2) ** 90 // 3),
            LucasLadder(arithmetic, 7, 5, gmpy2.mpz(2) ** 90 // 3),
            LucasLehmerRiesel(arithmetic, 5, 120, 4),
            StageTwo(arithmetic, gmpy2.powmod(7, 9999, value), 100, 2000, each=False),
        ]
        for chain in chains:
            while not chain.advance(1.0):
                pass
        assert not arithmetic.errors
        return [chain.values() for chain in chains]

    assert results(modulus(number)) == results(Division(value))


ROADS: list[tuple[Any, Any]] = [
    (Weighted(27, 2, 18001, 1), forms.number("27*2^18001+1")),
    (Weighted(1, 2, 18001, -1), forms.number("2^18001-1")),
    (Weighted(2, 3, 11357, 1), forms.number("2*3^11357+1")),
    (Generic(gmpy2.fac(2000) + 1), forms.number("2000!+1")),
    (Weighted(1, 2, 18013, 1), forms.number("(2^18013+1)/3")),
    (Weighted(1, 3, 11353, -1), forms.number("(3^11353-1)/2")),
]


def shortened(road: Any) -> Any:
    """The same road from a length at which the words hold 23 bits or more."""

    class Short:
        def first(self) -> Engine:
            engine = road.first()
            bits = engine.number.bit_length() / 23
            length = max(each for each in lengths.lengths("cyclic") if each <= bits)
            if isinstance(road, Weighted):
                made: Engine = road._engine(length)
            else:
                made = road._engine(engine.bits, length)
            return made

        def longer(self, engine: Engine) -> Engine | None:
            longer: Engine | None = road.longer(engine)
            return longer

    return Short()


@pytest.mark.parametrize(("road", "number"), ROADS)
def test_a_length_that_is_too_short_is_left_with_the_right_residue(
    road: Any, number: Any
) -> None:
    value = number.value()
    arithmetic = Guarded(choice.twin(number), shortened(road))
    power = Power(arithmetic, 5, value - 1)
    while not power.advance(1.0):
        pass
    assert power.values() == [gmpy2.powmod(5, value - 1, value)]
    assert arithmetic.errors["roundoff"] >= 1
    assert arithmetic.engine is not None
    assert arithmetic.max_roundoff <= 0.4


PADDED = (ZeroPadded(LARGE_K, 2, 18001, 1), forms.number(f"{LARGE_K}*2^18001+1"))


@pytest.mark.parametrize(("road", "number"), [*ROADS, PADDED])
def test_a_word_that_is_no_digit_shows_in_the_roundoff(road: Any, number: Any) -> None:
    value = number.value()
    arithmetic = Guarded(choice.twin(number), road)
    start = gmpy2.powmod(7, 9999, value)
    x = arithmetic.square_many(arithmetic.load(start), 1)
    engine = arithmetic.engine
    assert x.words is not None and engine is not None
    place = int(engine.layout.positions[77])
    for wrong in (nan, inf, 1e18, x.words[place] + 0.37):
        damaged = duplicate(x.words)
        damaged[place] = wrong
        assert not engine.square_many(damaged, 3) <= 0.4
    clean = arithmetic.square_many(x, 3)
    assert arithmetic.store(clean) == gmpy2.powmod(start, 16, value)


@pytest.mark.parametrize(("road", "number"), [*ROADS, PADDED])
def test_a_flipped_bit_of_a_long_test_is_made_good(road: Any, number: Any) -> None:
    value = number.value()
    arithmetic = Guarded(choice.twin(number), road)
    power, flipped = Power(arithmetic, 5, value - 1), 0
    while not power.advance(0.0):
        if power.x.words is not None and flipped < 2:
            power.x.words.view("u8")[20 + flipped] ^= 1 << 45
            flipped += 1
    assert flipped == 2
    assert arithmetic.errors == {"memory": 2}
    assert power.values() == [gmpy2.powmod(5, value - 1, value)]


def test_a_fermat_number_goes_on_with_the_generic_road() -> None:
    road = Fermat(1000, 9)
    engine = road.first()
    assert engine.length == 512
    generic = road.longer(engine)
    assert generic is not None
    longer = road.longer(generic)
    assert longer is not None
    assert longer.length > generic.length


def test_a_small_number_needs_no_compiler() -> None:
    program = (
        "import sys; from darkreach import cli;"
        "cli.main(['test', '3*2^2816+1', '--json']);"
        "sys.exit('numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_nothing_is_left_to_compile_after_warming_up() -> None:
    program = (
        "from darkreach import forms, jit; import sys;"
        "from darkreach.arithmetic import modulus, roads; roads.warm_up();"
        "jit.Kernel.compile = lambda kernel: kernel._compiled or sys.exit(1);"
        "[m.square_many(m.load(m.number // 7), 3) for m in map(modulus,"
        " map(forms.number, ['3*2^5003+1', '3*2^5003-1', '1100!+1']))]"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("sign", "+-")
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_random_special_numbers_have_the_residues_of_gmp(sign: str) -> None:
    random.seed(sign)
    for _ in range(40):
        bits = random.choice([8, 16, 17, 30, 60, 64, 3000])
        k = random.getrandbits(bits) | 1 << bits - 1 | 1
        n = random.randrange(4000, 30000)
        number = forms.number(f"{k}*2^{n}{sign}1")
        value = number.value()
        power = Power(modulus(number), 3, value - 1)
        while not power.advance(1.0):
            pass
        assert power.values() == [gmpy2.powmod(3, value - 1, value)], (k, n)
        assert not power.modulus.errors

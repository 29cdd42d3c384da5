"""Routines against slow twins: transforms by definition, carries in Python integers;
and their machine code still consists of vector instructions."""

from __future__ import annotations

import cmath
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import llvmlite.binding as llvm
import numba
import numpy as np
import pytest

from darkreach.arithmetic.fft import native
from darkreach.arithmetic.fft.butterflies import (
    MINUS,
    PLAIN,
    PLUS,
    TURN,
    Complex,
    Pair,
    forward,
    inverse,
    kept_in_pairs,
    odd_constants,
    odd_forward,
    odd_inverse,
    pair_roots,
    partners,
    taken_from_pairs,
)
from darkreach.arithmetic.fft.carrying import carry_row
from darkreach.arithmetic.fft.crosswise import crossings, crosswise
from darkreach.arithmetic.fft.cyclic_leaves import paired_leaves, single_leaf
from darkreach.arithmetic.fft.engine import Engine
from darkreach.arithmetic.fft.layout import Layout
from darkreach.arithmetic.fft.passes import leaf, pass_of
from darkreach.arithmetic.fft.tables import aligned
from darkreach.arithmetic.fft.width import WIDTHS, native_width

generator = np.random.default_rng(12)


def numbers(count: int) -> list[Complex]:
    return [Complex(*generator.normal(size=2)) for _ in range(count)]


def plain(values: list[Complex]) -> list[complex]:
    return [complex(*value) for value in values]


def evaluated(values: list[Complex], point: complex) -> complex:
    """The polynomial with these coefficients at a point, by definition."""
    return sum(v * point**j for j, v in enumerate(plain(values)))


@pytest.mark.parametrize("radix", [2, 4, 8])
def test_a_node_is_evaluated_at_its_leaves(radix: int) -> None:
    first = cmath.exp(0.7j / radix)
    powers = [split_up(first**j) for j in range(1, radix)]
    values = numbers(radix)
    got = plain(forward(values, powers, 0.5**0.5))
    expected = [evaluated(values, point) for point in leaf_points(first, radix)]
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    back = plain(inverse(forward(values, powers, 0.5**0.5), powers, 0.5**0.5))
    np.testing.assert_allclose(back, [radix * v for v in plain(values)], rtol=1e-12)


def split_up(value: complex) -> Complex:
    return Complex(value.real, value.imag)


def leaf_points(first: complex, radix: int) -> list[complex]:
    """s and -s of the lowest nodes; s(2b+1) = i*s(2b), s(4b+2) = sqrt(i)*s(4b)."""
    turns = {2: [0], 4: [0, 2], 8: [0, 2, 1, 3]}[radix]
    points = [first * cmath.exp(0.25j * cmath.pi * turn) for turn in turns]
    return [sign * point for point in points for sign in (1, -1)]


@pytest.mark.parametrize("count", [1, 2, 4])
def test_pairs_are_multiplied_modulo_the_root_of_their_node(count: int) -> None:
    first = cmath.exp(0.3j)
    roots = pair_roots(split_up(first), count)
    assert len({complex(*root) for root in roots}) == count
    for turn, root in zip((1, -1, 1j, -1j), roots, strict=False):
        assert abs(complex(*root) - turn * first) < 1e-15
        x, y = Pair(*numbers(2)), Pair(*numbers(2))
        (a, b), (c, d) = plain(list(x)), plain(list(y))
        rho = complex(*root)
        got = plain([*x.times(y, root), *x.squared(root)])
        expected = [a * c + rho * b * d, a * d + b * c, a * a + rho * b * b, 2 * a * b]
        np.testing.assert_allclose(got, expected, rtol=1e-12)


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("p", TURN)
def test_an_odd_node_is_evaluated_at_the_roots_of_i_or_1(p: int, right: bool) -> None:
    turn = TURN[p] if right else 0
    values = numbers(p)
    got = odd_forward(values, odd_constants(p), turn)
    for m, value in enumerate(plain(got)):
        point = 1j**turn * cmath.exp(2j * cmath.pi * m / p)
        assert abs(point**p - (1j if right else 1)) < 1e-13
        assert abs(value - evaluated(values, point)) < 1e-12
    back = odd_inverse(got, odd_constants(p), turn)
    np.testing.assert_allclose(plain(back), [p * v for v in plain(values)], rtol=1e-12)


@pytest.mark.parametrize("root", [PLUS, MINUS])
@pytest.mark.parametrize("radix", [2, 4, 8])
def test_a_real_node_keeps_partners_at_conjugate_roots(radix: int, root: str) -> None:
    turn = 0.0 if root == PLUS else 0.5
    first = cmath.exp(2j * cmath.pi * turn / radix)
    points = leaf_points(first, radix)
    kept = kept_in_pairs([split_up(point) for point in points], partners(radix, root))
    conjugated = {place for place, _ in partners(radix, root)}
    starts = [0] if root == MINUS else [1 << i for i in range(1, radix.bit_length())]
    paired = set()
    for start in starts[: None if root == MINUS else -1]:
        half = (radix if root == MINUS else start) // 2
        for place in range(start, start + half):
            # Two roots of one node that meet: equal as kept, the second conjugated.
            assert abs(complex(*kept[place]) - complex(*kept[place + half])) < 1e-13
            assert place not in conjugated
            assert place + half in conjugated
            paired |= {place, place + half}
    assert paired == set(range(0 if root == MINUS else 2, radix))
    back = taken_from_pairs(kept, partners(radix, root))
    np.testing.assert_allclose(plain(back), points, rtol=1e-13)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("length", [512, 5 << 8, 1 << 18])
def test_words_cross_between_the_two_orders(length: int, width: int) -> None:
    right, cyclic = (Layout(length, width, c) for c in (False, True))
    x, y, z = (aligned(right.size) for _ in range(3))
    words = np.arange(1.0, length + 1)
    x[right.positions] = words
    for here, there, cells in crossings(right, cyclic):
        down, up = (crosswise(width, way).address for way in (True, False))
        call_cross(down, x.ctypes.data + here, y.ctypes.data + there, cells)
        call_cross(up, z.ctypes.data + here, y.ctypes.data + there, cells)
    np.testing.assert_array_equal(y[cyclic.positions], words)
    np.testing.assert_array_equal(z, x)


@numba.njit
def call_cross(f: int, a: int, b: int, cells: int) -> None:
    native.call4(f, a, b, cells, 0)


@numba.njit
def call_carry(
    f: int, a: int, n: int, w: int, c: int, lanes: int, s: int, e: int
) -> None:
    native.call7(f, a, n, w, c, lanes, s, e)


def exactly_carried(
    digits: list[int], bases: list[int], rounds: int, factor: int
) -> list[int]:
    """All digits at once, `rounds` times, in Python's integers; what the last digit
    carries out is dropped."""
    for number in range(rounds):
        carries = [
            round(Fraction(y, base)) for y, base in zip(digits, bases, strict=True)
        ]
        times = factor if number == 0 else 1
        digits = [
            (y - q * base) * times + (before * times)
            for y, q, base, before in zip(
                digits, carries, bases, [0, *carries], strict=False
            )
        ]
    return digits


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("c", [1, -1])
@pytest.mark.parametrize("rounds", [2, 3, 5])
def test_a_row_is_carried_like_integers(rounds: int, c: int, width: int) -> None:
    engine = Engine.special(27, 3001, c, 256, width)
    cells, factor = 8, 5 if rounds == 5 else 1
    layout, part = engine.layout, 128
    chosen = [slice(0, cells * width), slice(part, part + cells * width)]
    if c < 0:
        chosen = [slice(0, 2 * cells * width)]
    bases = 2 ** engine.digits.powers.astype(np.int64)
    digits = generator.integers(-(2**44), 2**44, 256)
    words = engine.load(0)
    words[layout.positions] = digits * engine._all_weights()
    constants = engine._constants
    constants[8] = factor
    state, error = np.zeros(10 * width), np.zeros(width)
    routine = carry_row(width, rounds, rounds == 5, c < 0)
    call_carry(
        routine.address,
        words.ctypes.data,
        cells,
        engine._weights.ctypes.data,
        constants.ctypes.data,
        engine._tables[1].ctypes.data,
        state.ctypes.data,
        error.ctypes.data,
    )
    got = np.rint(words[layout.positions] / engine._all_weights()).astype(int)
    for each in chosen:
        expected = exactly_carried(
            digits[each].tolist(), bases[each].tolist(), rounds, factor
        )
        assert got[each].tolist() == expected
    assert error.max() < 0.1


def instructions(routine: native.Routine) -> tuple[int, int]:
    """Floating-point multiplications of full vectors, and of single numbers."""
    register = {8: "zmm", 4: "ymm", 2: "xmm"}[routine.width]
    kind = r"\tv?(?:mul|fm\w*|fnm\w*)"
    lines = routine.assembly().splitlines()
    whole = re.compile(rf"{kind}pd\t.*%{register}")
    single = re.compile(rf"{kind}sd\t")
    return sum(map(bool, map(whole.match, lines))), sum(
        map(bool, map(single.match, lines))
    )


@pytest.mark.parametrize(
    ("routine", "least"),
    [
        (lambda width: leaf(width, "square"), 60),
        (lambda width: paired_leaves(width, "square"), 120),
        (lambda width: single_leaf(width, "square", PLUS), 60),
        (lambda width: pass_of(width, 4, PLAIN, True), 12),
        (lambda width: pass_of(width, 8, PLAIN, False), 36),
        (lambda width: pass_of(width, 5, PLUS, True), 16),
        (lambda width: carry_row(width, 2, False, False), 16),
        (lambda width: carry_row(width, 2, False, True), 16),
    ],
)
def test_hot_routines_are_made_of_full_vectors(
    routine: Callable[[int], Any], least: int
) -> None:
    if not llvm.get_process_triple().startswith("x86_64"):
        assert native_width() == 2
        return
    whole, scalar = instructions(routine(native_width()))
    assert whole >= least
    # A twiddle factor that all lanes share may be made before it is spread.
    assert scalar <= 4


def test_a_damaged_file_of_machine_code_is_compiled_anew(tmp_path: Any) -> None:
    path = tmp_path / "code"
    native._write(path, b"machine code")
    assert native._read(path) == b"machine code"
    path.write_bytes(path.read_bytes()[:-1])
    assert native._read(path) is None
    assert native._read(tmp_path / "nothing") is None

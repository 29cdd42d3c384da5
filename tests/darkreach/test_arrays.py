from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkreach.arrays import pack, unpack
from darkreach.errors import DarkreachError


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_an_array_comes_back_as_it_was(numbers: list[int]) -> None:
    array = unpack(pack(np.array(numbers, dtype=np.int64)))
    assert array.dtype == np.int64
    assert array.tolist() == numbers


def test_the_layout_is_little_endian_64_bit_integers() -> None:
    data = zlib.decompress(base64.b64decode(pack([1, -1])))
    assert data == b"\1" + b"\0" * 7 + b"\xff" * 8


def test_an_empty_list_is_an_array() -> None:
    assert unpack(pack([])).size == 0


def test_an_unpacked_array_may_be_changed() -> None:
    array = unpack(pack([1, 2]))
    array[0] = 5
    assert array.tolist() == [5, 2]


def test_only_whole_numbers_are_packed() -> None:
    with pytest.raises(TypeError):
        pack([1.5])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no base64!",
        "é",
        base64.b64encode(b"no zlib").decode(),
        base64.b64encode(zlib.compress(b"1234567")).decode(),
        base64.b64encode(zlib.compress(bytes(80))[:-2]).decode(),
        base64.b64encode(zlib.compress(bytes(80)) + b"x").decode(),
        None,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(DarkreachError):
        unpack(text)


def test_a_bomb_is_refused_before_it_takes_memory() -> None:
    bomb = base64.b64encode(zlib.compress(bytes(10**7), 9)).decode()
    with pytest.raises(DarkreachError, match="more than 1000 numbers"):
        unpack(bomb, longest=1000)

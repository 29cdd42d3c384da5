"""Files that were damaged on their way are read or refused by name, never a crash."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from darkreach.errors import OrderError
from darkreach.files import factors, prime_lists, sieve_files
from darkreach.files.lines import numbered

FILES = [
    "ABC $a*2^$b+1 // Sieved to 5000000000\n3 7\n5 9\n",
    "ABC $a*2^$b$c // {number_primes,$a,1} Sieved to 9\n3 7 +1\n",
    "ABC 3*2^$a+1 | 3*2^$b-1\n7 9\n",
    "ABC 2^100+$a\n277\n279\n",
    "ABCD 3*2^$a+1 [10] // Sieved to 77\n2\n3\n",
    "12345:P:1:2:1\n3 7\n5 9\n",
    "9:B:2:2:15\n15 7\n",
    "5 | 3*2^3+1\n7 | 3*2^4+1\n",
    "    7d 5*2^7+1          3 L4561 2023 comment\n   10  3*2^3+1   2 SB12  2016\n",
    "# c\n1 2\n2 5\n3 7\n",
]
SIGNS = "0123456789$abcn*^+-/()!#|&:[]\n\r\t .,eABCDPMTS~é\u0663\x00\ufeff\ufffd"


def listed(read: Callable[[Iterable[tuple[int, str]]], Iterable[Any]]) -> Any:
    return lambda text: list(read(numbered(io.StringIO(text))))


READERS = {
    "sieve": lambda text: sieve_files.read(io.StringIO(text)),
    "factors": listed(factors.read),
    "t5k": listed(prime_lists.read_t5k),
    "b-file": listed(prime_lists.read_bfile),
}


def damaged(text: str, chance: random.Random) -> str:
    """Some signs more, some less, some others."""
    signs = list(text)
    for _ in range(chance.choice([1, 1, 2, 3, 6])):
        place = chance.randrange(len(signs) + 1)
        kind = chance.randrange(3)
        signs[place : place + (kind > 0)] = [chance.choice(SIGNS)] if kind < 2 else []
    return "".join(signs)


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 30))]
)
def test_a_damaged_file_is_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    read = refused = 0
    for _ in range(1_000):
        text = damaged(chance.choice(FILES), chance)
        for name, reader in READERS.items():
            try:
                reader(text)
                read += 1
            except OrderError as error:
                refused += 1
                assert "\n" not in str(error), (name, text)
    assert read > 100 and refused > 1_000

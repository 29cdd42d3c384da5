"""No forged certificate is accepted, and no byte of a file can be changed."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from typing import Any

import pytest

from darkreach.certificates.verify import verify
from darkreach.commands.verify import parse
from darkreach.errors import CertificateError
from tests.darkreach.certificates import forgeries
from tests.darkreach.certificates.sealing import certificate_of

#: A prime for each kind of certificate.
PRIMES = {
    "small": "2^61-1",
    "proth": "3*2^189+1",
    "llr": "3*2^103-1",
    "ll": "2^107-1",
    "n-1": "27!+1",
    "n+1": "30!-1",
    "bls75": "2^200+235",
    "ecpp": "(2^313+1)/3",
}
_KINDS = pytest.mark.parametrize("kind", PRIMES)


def good() -> list[dict[str, Any]]:
    found = [certificate_of(expression) for expression in PRIMES.values()]
    assert [each["kind"] for each in found] == list(PRIMES)
    return found


def refuse_all(size: int) -> Counter[str]:
    """Make forgeries of all kinds, each kind in a number that goes with the size; the
    number of refused ones by what was forged."""
    random.seed(size)
    true = good()
    refused: Counter[str] = Counter()
    for name, cert in itertools.chain(
        forgeries.small(size),
        forgeries.proth(size),
        forgeries.llr(size),
        forgeries.mersenne(6 * size),
        forgeries.minus(500 * size),
        forgeries.plus(40 * size),
        forgeries.curves(true[-1], 2 * size),
        forgeries.strangers(true),
    ):
        verdict = verify(json.loads(json.dumps(cert)))
        assert not verdict.valid, (name, cert)
        # Nothing but the mathematics refuses it.
        assert "digest" not in verdict.reason, (name, verdict)
        assert "malformed" not in verdict.reason, (name, verdict)
        refused[name] += 1
    assert {name.partition(":")[0] for name in refused} == set(PRIMES)
    return refused


def test_some_forgeries_of_every_kind_are_refused() -> None:
    refused = refuse_all(5)
    assert len(refused) > 25
    assert refused.total() > 200


@pytest.mark.slow
def test_thousands_of_forgeries_of_every_kind_are_refused() -> None:
    refused = refuse_all(100)
    assert refused["n-1: a composite factor"] > 20
    assert refused["n-1: a Carmichael number"] >= 100
    assert refused.total() > 2000, refused
    print(refused.total(), dict(refused))  # noqa: T201


def says_the_same(data: bytes, certificate: dict[str, Any]) -> bool:
    """Whether the file is still accepted; if so, it must hold the same certificate,
    value by value and type by type."""
    try:
        changed = parse(data)
        accepted = verify(changed).valid
    except CertificateError:
        return False
    if accepted:
        assert repr(changed) == repr(certificate), data
    return accepted


def change_bytes(data: bytes, certificate: dict[str, Any], places: list[int]) -> int:
    """Put several other bytes at these places; how often the certificate survived."""
    survived = 0
    for place in places:
        old = data[place]
        others = {
            old ^ 1,
            old ^ 32,
            old ^ 128,
            ord("0"),
            ord(" "),
            random.randrange(256),
        }
        for new in others - {old}:
            changed = data[:place] + bytes([new]) + data[place + 1 :]
            if says_the_same(changed, certificate):
                # Only space between the fields can be other space.
                assert chr(old).isspace() and chr(new).isspace(), (place, old, new)
                survived += 1
    return survived


@_KINDS
def test_a_changed_byte_is_refused(kind: str) -> None:
    random.seed(kind)
    certificate = certificate_of(PRIMES[kind])
    data = json.dumps(certificate, indent=1).encode()
    assert says_the_same(data, certificate)
    change_bytes(data, certificate, random.sample(range(len(data)), 20))


@pytest.mark.slow
@_KINDS
def test_every_changed_byte_is_refused(kind: str) -> None:
    random.seed(kind)
    certificate = certificate_of(PRIMES[kind])
    data = json.dumps(certificate, indent=1).encode()
    change_bytes(data, certificate, list(range(len(data))))
    for place in range(len(data)):
        cut = data[:place] + data[place + 1 :]
        if says_the_same(cut, certificate):
            assert chr(data[place]).isspace()

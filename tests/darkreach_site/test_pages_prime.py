"""The page of one prime: everything needed to believe it, or to check it."""

from __future__ import annotations

import contextlib
import html
import io
import json
import re

import gmpy2
import pytest
from django.test import Client

from darkreach.certificates.verify import verify
from darkreach.forms import number
from darkreach_site.pages.snippets import snippets
from searches.models import Search
from tests.tampering import tampering
from verification.models import Prime

# Pages read with SQL of their own, on both databases.
pytestmark = pytest.mark.ledger

PRIME = "/primes/3x2_189+1"


@pytest.fixture
def page(client: Client, hunted: Search) -> str:
    return str(client.get(PRIME).content.decode())


def test_its_digits_can_be_copied(page: str) -> None:
    assert str(3 * 2**189 + 1) in page


def test_the_digits_of_a_large_prime_are_not_on_the_page(
    client: Client, hunted: Search
) -> None:
    with tampering():
        Prime.objects.update(digits=5001)
    assert str(3 * 2**189 + 1) not in client.get(PRIME).content.decode()


def test_its_evidence_goes_from_sieve_to_verification(page: str) -> None:
    stages = re.findall(r'<th scope="row">(\w+)</th>', page)
    assert stages == ["sieve", "prp", "prp", "prove", "verify"]
    assert "darkreach.certificates.verify" in page
    assert re.search(r'<time datetime="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ">', page)


def test_its_certificate_is_a_file_that_verifies(
    client: Client, hunted: Search
) -> None:
    response = client.get(f"{PRIME}/certificate.json")
    name = 'attachment; filename="3x2_189+1.certificate.json"'
    assert response.headers["Content-Disposition"] == name
    assert response.headers["Content-Type"] == "application/json"
    assert verify(json.loads(response.content)).valid


def test_its_python_lines_print_true(page: str) -> None:
    blocks = [
        html.unescape(code) for code in re.findall(r"<code>(.*?)</code>", page, re.S)
    ]
    (code,) = [block for block in blocks if block.startswith("import gmpy2")]
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(code, {})
    assert said.getvalue() == "True\n"


def test_its_pari_lines_use_the_witness_of_the_certificate(page: str) -> None:
    witness = int(re.search(r"Mod\((\d+), N\)\^\(\(N-1\)/2\) == -1", page)[1])  # type: ignore[index]
    value = 3 * 2**189 + 1
    assert gmpy2.powmod(witness, (value - 1) // 2, value) == value - 1


@pytest.mark.parametrize(
    "expression", ["27!+1", "31#-1", "(2^31+1)/3", "2^127-1", "3*10^5-1", "9!2+2"]
)
def test_python_lines_of_any_form_give_the_number(expression: str) -> None:
    value = number(expression).value()
    (python,) = [
        each
        for each in snippets(number(expression), 10, "small", None, "address")
        if "gmpy2" in each.program
    ]
    names: dict[str, object] = {}
    exec(python.code.rsplit("\n", 1)[0], names)
    assert names["N"] == value

"""The files in docs/adding-a-form.md, and nothing else, make a form."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import gmpy2
import pytest

from tests.darkreach_site.processes import ROOT, environment

_PACKAGES = (
    "darkreach",
    "searches",
    "verification",
    "fleet",
    "darkreach_site",
    "tests",
)
_SHOW = """
from django.test import Client
from django.urls import reverse
for address in ("/forms/", "/forms/shifted-cullen", "/primes/?form=shifted-cullen"):
    print(Client().get(address, headers={"host": "localhost"}).content.decode())
"""


def shown() -> dict[Path, str]:
    """The files in the document: each block follows the name of its file."""
    text = (ROOT / "docs" / "adding-a-form.md").read_text(encoding="utf-8")
    blocks = re.split(r"^```(?:python|json)\n(.*?)^```$", text, flags=re.M | re.S)
    named = (re.findall(r"`(darkreach/\w+/\S+)`", prose)[-1] for prose in blocks[:-1:2])
    return dict(zip(map(Path, named), blocks[1::2], strict=True))


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this program with the files of the document in their places."""
    copy = tmp_path_factory.mktemp("program")
    for package in _PACKAGES:
        shutil.copytree(ROOT / package, copy / package)  # and what is compiled
    for file in ("manage.py", "pyproject.toml"):
        shutil.copy(ROOT / file, copy)
    for file, text in shown().items():
        (copy / file).write_text(text, encoding="utf-8")
    return copy


def run(program: Path, home: Path, *arguments: str) -> str:
    """What the copied program says."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=program,
        env=environment(home, PYTHONPATH=str(program), DARKREACH_EMBARGO_HOURS="0"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_it_is_hunted_proven_and_shown(program: Path, tmp_path: Path) -> None:
    order = ("(n+2)*2^n+1", "--n=1:120", "--json")
    answer = json.loads(run(program, tmp_path, "manage.py", "hunt", *order))
    wanted = {n for n in range(1, 121) if gmpy2.is_prime((n + 2) * 2**n + 1)}
    assert {prime["variables"]["n"] for prime in answer["primes"]} == wanted
    assert len(wanted) > 3
    assert all(len(prime["verified_by"]) >= 2 for prime in answer["primes"])
    run(program, tmp_path, "manage.py", "audit")
    pages = run(program, tmp_path, "manage.py", "shell", "--no-imports", "-c", _SHOW)
    assert "shifted Cullen numbers" in pages
    # Of this form, not of the named or general ones.
    assert answer["primes"][-1]["expression"] in pages


_ASKED = """
import json
from collections import Counter
import numpy as np
from darkreach import forms, selftest
from darkreach.forms.tags import every_tag, tags
from darkreach.order import Order
from darkreach.sieve.of_family import open_family
from darkreach.selftest.sieves import digest
from darkreach.vectors import of_form
from searches.kinds import FORMS, form_of
from tests.darkreach import test_listed_primes as listed
orders = ("(n+2)*3^n-1", "n*2^(n+3)+1", "n*2^n+1", "3*2^n+1")
(row,) = of_form("shifted-cullen")["sieves"]
order = Order.parse(row["expression"], row["ranges"])
every = np.arange(order.size)
own_sieve = open_family(order, every)
left = np.setdiff1d(every, own_sieve.window(2, row["p_max"]).index)
(published,) = [each for each in listed.LISTS if each["form"] == "shifted-cullen"]
listed.test_listed_primes_of_all_forms_are_proven(published)
own = [
    each
    for each in selftest.vectors()
    if each.name.startswith("shifted-cullen ") or "+2)" in each.name
]
print(json.dumps({
    "forms": FORMS,
    "read": [form_of(Order.parse(text, {"n": "1:9"})) for text in orders],
    "sieve": type(own_sieve.family).__module__,
    "left as said": digest(left) == row["sha256"],
    "tags": [tags(forms.number(text)) for text in ("9*2^7+1", "3*2^2816+1")],
    "every tag": every_tag(),
    "counts": Counter(each.group for each in own),
    "wrong": [e.name for e in own if e.group == "prime" and not e.holds()],
}))
"""


@pytest.mark.quick_on("sqlite")
def test_it_is_read_sieved_proven_tagged_and_self_tested(
    program: Path, tmp_path: Path
) -> None:
    said = json.loads(run(program, tmp_path, "-c", _ASKED))
    order = said["forms"]
    assert order.index("cullen-woodall") < order.index("shifted-cullen")
    assert order.index("shifted-cullen") < order.index("factorial")
    assert said["read"] == [
        "shifted-cullen",
        "shifted-cullen",
        "cullen-woodall",
        "proth",
    ]
    assert said["sieve"] == "darkreach.sieve.shifted_cullen"
    assert said["left as said"]
    assert "shifted-cullen" in said["every tag"]
    assert ["shifted-cullen" in each for each in said["tags"]] == [True, False]
    assert said["counts"] == {"sieve": 1, "prime": 4}
    assert said["wrong"] == []


@pytest.mark.slow
def test_the_tests_of_all_forms_take_it(program: Path, tmp_path: Path) -> None:
    """Those of lists, sieves, pages and of who may name a form, copied too; and all of
    its vectors of the self-test hold."""
    holds = "from darkreach import vectors\nfrom darkreach.selftest import sieves\n" + (
        "rows = vectors.of_form('shifted-cullen')['sieves']\n"
        "assert all(sieves.holds(row, full=True) for row in rows)"
    )
    run(program, tmp_path, "-c", holds)
    said = run(
        *(program, tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0"),
        *("tests/darkreach/test_listed_primes.py", "tests/darkreach/test_selftest.py"),
        *("tests/darkreach_site/test_pages_forms.py", "tests/test_forms_apart.py"),
        *("-k", "shifted or (n+2) or forms_apart or all_forms_are_sieved"),
        *("-m", "not slow"),
    )
    assert re.search(r"^8 passed", said, re.M), said


@pytest.mark.quick_on("sqlite")
def test_nothing_else_is_touched(program: Path) -> None:
    def files(root: Path) -> dict[Path, bytes]:
        return {
            path.relative_to(root): path.read_bytes()
            for package in _PACKAGES
            for path in (root / package).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

    before, after = files(ROOT), files(program)
    new = {path for path in after if after[path] != before.get(path)}
    assert new == {*shown()}
    assert before.keys() - after.keys() == set()
    assert sorted(path.parts[1] for path in new) == ["forms", "sieve", "vectors"]

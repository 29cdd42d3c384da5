"""The file in docs/adding-a-form.md, and nothing else, makes a form."""

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

_PACKAGES = ("darkreach", "searches", "verification", "fleet", "darkreach_site")
_SHOW = """
from django.test import Client
from django.urls import reverse
for address in ("/forms/", "/forms/shifted-cullen", "/primes/?form=shifted-cullen"):
    print(Client().get(address, headers={"host": "localhost"}).content.decode())
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this program with the file of the document in its place."""
    copy = tmp_path_factory.mktemp("program")
    for package in _PACKAGES:
        shutil.copytree(ROOT / package, copy / package)
    shutil.copy(ROOT / "manage.py", copy)
    text = (ROOT / "docs" / "adding-a-form.md").read_text(encoding="utf-8")
    (file,) = re.findall("```python\n(.*?)```", text, re.DOTALL)
    (copy / "darkreach" / "forms" / "shifted_cullen.py").write_text(
        file, encoding="utf-8"
    )
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


_WORDS = """
from darkreach.forms.shapes import named
from darkreach.order import Order
from searches.kinds import FORMS, form_of
print(*(form.word for form in named()))
for text in ("(n+2)*3^n-1", "n*2^(n+3)+1", "n*2^n+1", "3*2^n+1"):
    print(form_of(Order.parse(text, {"n": "1:9"})))
print("shifted-cullen" in FORMS)
"""


def test_a_file_beside_the_forms_is_asked_by_its_rank(
    program: Path, tmp_path: Path
) -> None:
    words, *said = run(program, tmp_path, "-c", _WORDS).splitlines()
    order = words.split()
    assert order.index("cullen-woodall") < order.index("shifted-cullen")
    assert order.index("shifted-cullen") < order.index("factorial")
    assert said[:3] == ["shifted-cullen", "shifted-cullen", "cullen-woodall"]
    assert said[3:] == ["proth", "True"]

"""How to check a prime without us: lines for PARI/GP, Python and darkreach itself."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass

from darkreach.errors import OrderError
from darkreach.forms import Kbn, Plain

#: Digits up to which PARI's own proof takes minutes at most.
_PROVEN_AT_HOME = 1_000


@dataclass(frozen=True)
class Snippet:
    """What to type into which program, and what it shows."""

    program: str
    shows: str
    code: str


def snippets(
    number: Kbn | Plain, digits: int, kind: str, witness: int | None, download: str
) -> list[Snippet]:
    """Checks of the number; `download` is the full address of its certificate."""
    found = [_gmpy2(number), _darkreach(number, download)]
    with suppress(OrderError):  # PARI/GP has no words for every number
        found.insert(0, _pari(number.shown("pari"), digits, kind, witness))
    return found


def _pari(text: str, digits: int, kind: str, witness: int | None) -> Snippet:
    if kind == "proth" and witness is not None:
        code = f"N = {text};\nMod({witness}, N)^((N-1)/2) == -1"
        return Snippet("PARI/GP", "prints 1: by Proth's theorem N is prime", code)
    if digits <= _PROVEN_AT_HOME:
        return Snippet("PARI/GP", "prints 1: N is prime", f"N = {text};\nisprime(N)")
    code = f"N = {text};\nispseudoprime(N)"
    return Snippet("PARI/GP", "prints 1: N is a probable prime", code)


def _gmpy2(number: Kbn | Plain) -> Snippet:
    text = number.expression.replace("^", "**").replace("/", "//")
    text = re.sub(r"(\d+)#", r"gmpy2.primorial(\1)", text)
    text = re.sub(r"(\d+)!(\d+)", r"gmpy2.multi_fac(\1, \2)", text)
    text = re.sub(r"(\d+)!", r"gmpy2.fac(\1)", text)
    code = f"import gmpy2\nN = gmpy2.mpz({text})\nprint(gmpy2.is_prime(N))"
    return Snippet("Python with gmpy2", "prints True: N is a probable prime", code)


def _darkreach(number: Kbn | Plain, download: str) -> Snippet:
    code = (
        f"curl -o certificate.json '{download}'\n"
        "darkreach verify certificate.json\n"
        f"darkreach prove '{number.expression}' -o own.json"
    )
    shows = "verifies the certificate of this page, then makes one of its own"
    return Snippet("darkreach", shows, code)

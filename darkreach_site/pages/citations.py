"""How to cite a prime."""

from __future__ import annotations

import hashlib
import re

from darkreach_site.pages.tables import iso
from verification.models import Prime

# What BibTeX would read as a command; canonical expressions have only some of them.
_SPECIAL = re.compile(r"[\\{}$&#^_%~]")
_ESCAPED = {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}"}


def bibtex(prime: Prime, address: str) -> str:
    """An entry of the type misc."""
    found = iso(prime.found_at)
    return "\n".join(
        [
            f"@misc{{darkreach:{_name(prime)},",
            "  author = {{darkreach}},",
            f"  title = {{The prime {_escaped(prime.expression)}}},",
            f"  year = {{{found[:4]}}},",
            f"  note = {{{prime.digits} digits, certificate verified {found[:10]}}},",
            f"  url = {{{address}}}",
            "}",
        ]
    )


def _name(prime: Prime) -> str:
    """A name that no other prime has: keys of like numbers begin alike."""
    return hashlib.sha256(prime.key.encode("ascii")).hexdigest()[:12]


def _escaped(text: str) -> str:
    def sign(found: re.Match[str]) -> str:
        return _ESCAPED.get(found[0], f"\\{found[0]}")

    return _SPECIAL.sub(sign, text)

"""Permanent, readable names of numbers in addresses: 3*2^189+1 is 3x2_189+1.

The label is the canonical expression with `*` as x, `^` as _, `/` as a colon and `#`
as h. Digits and + - ! ( ) stay; any other character, those that stand for another
included, is ~ and its two hexadecimal digits. So every ASCII text has one label and
every label one text, no character needs an escape in an address, and none is eaten by
Markdown.
"""

from __future__ import annotations

import re
import string

_SIGNS = {"*": "x", "^": "_", "/": ":", "#": "h"}
_TEXTS = {sign: text for text, sign in _SIGNS.items()}
_PLAIN = frozenset(string.digits + "+-!()")
_PART = re.compile(r"~[0-9a-f]{2}|[0-9+\-!()x_:h]")

#: Characters of the longest label that is read: the path of an address has its limits.
LONGEST = 2000


def label(expression: str) -> str:
    """The label of an expression. ValueError if it is not ASCII."""
    return "".join(_sign(character) for character in expression)


def _sign(character: str) -> str:
    if character in _PLAIN:
        return character
    if not character.isascii():
        raise ValueError(f"an expression with the character {character!r}")
    return _SIGNS.get(character) or f"~{ord(character):02x}"


def expression(label_text: str) -> str:
    """The expression of a label. ValueError if `label` does not write such a text."""
    if len(label_text) > LONGEST:
        raise ValueError("the label is too long")
    parts = _PART.findall(label_text)
    text = "".join(
        chr(int(part[1:], 16)) if part[0] == "~" else _TEXTS.get(part, part)
        for part in parts
    )
    if not text.isascii() or label(text) != label_text:
        raise ValueError("not a label")
    return text

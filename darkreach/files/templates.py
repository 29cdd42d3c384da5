"""The expressions of ABC and ABCD headers, with $a to $z where values go.

Values replace their names as text. So a name after + or - wants values without a sign,
and one that follows an operand, as in 2^$b$c, wants +1 or -1: a file that mixes the two
means other numbers than it says, and is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from darkreach.errors import OrderError
from darkreach.files.lines import FileError

#: Expressions of one header, joined by | or &.
MOST_EXPRESSIONS = 20

_TOKEN = re.compile(r"\$[a-z]|[0-9]+|[^$0-9]")
_NAME = re.compile(r"\$([a-z])")
_SIEVED = re.compile(r"[Ss]ieved to (?:p ?= ?)?([0-9]+(?:\.[0-9]+)?(?:[eE]\+?[0-9]+)?)")
_LETTERS = "knbacdefghijlmoqrstuvwxyz"


@dataclass(frozen=True)
class Template:
    """One expression as tokens: names, numbers, other characters."""

    tokens: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(self.tokens)

    @property
    def names(self) -> list[str]:
        """The names, each once, in their order in the alphabet."""
        return sorted({token for token in self.tokens if token[0] == "$"})

    def wants_sign(self, name: str) -> bool:
        """Whether the values of a name bring their own sign."""
        return any(
            token == name and i > 0 and _ends_operand(self.tokens[i - 1])
            for i, token in enumerate(self.tokens)
        )

    def is_constant(self, name: str) -> bool:
        """Whether a name is what is added last to others, and stands nowhere else: each
        of its values makes a form."""
        last = len(self.tokens) > 1 and self.tokens[-2] in "+-"
        return self.wants_sign(name) or (
            last
            and self.tokens[-1] == name
            and self.tokens.count(name) == 1
            and len(self.names) > 1
        )

    def put(self, values: dict[str, str]) -> Template:
        """The template with these names replaced."""
        return read("".join(values.get(token, token) for token in self.tokens))


def read(text: str) -> Template:
    """The template of an expression, without its spaces."""
    return Template(tuple(_TOKEN.findall(re.sub(r"\s", "", text))))


@dataclass(frozen=True)
class Header:
    """The expressions of a header; `joint` if all must be prime together (&). What the
    comment says about the depth of the sieve, or 0."""

    templates: tuple[Template, ...]
    joint: bool
    sieved_to: int

    @property
    def names(self) -> list[str]:
        return sorted({name for each in self.templates for name in each.names})

    def wants_sign(self, name: str) -> bool:
        return any(each.wants_sign(name) for each in self.templates)

    def is_constant(self, name: str) -> bool:
        return any(each.is_constant(name) for each in self.templates)


def header(line: int, text: str, comment: str) -> Header:
    """The header of these expressions. FileError if it has no variables, or mixes | and
    &, or one name wants values with and without a sign."""
    if "|" in text and "&" in text:
        raise FileError(line, "a header joins its expressions by | or by &, not both")
    parts = re.split(r"[|&]", text)
    if len(parts) > MOST_EXPRESSIONS:
        raise FileError(line, f"more than {MOST_EXPRESSIONS} expressions in a header")
    templates = tuple(read(part) for part in parts)
    found = Header(templates, "&" in text, sieved_to(comment))
    if not found.names:
        raise FileError(line, "the header has no variable $a to $z")
    expected = [f"${chr(ord('a') + i)}" for i in range(len(found.names))]
    if found.names != expected:
        raise FileError(line, f"the header uses {', '.join(found.names)} with a gap")
    for each in templates:
        _check_signs(line, each)
    return found


def _check_signs(line: int, template: Template) -> None:
    for name in template.names:
        places = [i for i, token in enumerate(template.tokens) if token == name]
        kinds = {i > 0 and _ends_operand(template.tokens[i - 1]) for i in places}
        if len(kinds) > 1:
            raise FileError(
                line, f"{name} stands once where its value needs a sign and once not"
            )


def sieved_to(comment: str) -> int:
    """The depth that a comment claims, at most 2^62; 0 for none."""
    found = _SIEVED.search(comment)
    if found is None:
        return 0
    if found[1].isdecimal() and len(found[1]) < 20:
        return min(int(found[1]), 2**62)
    return int(min(float(found[1]), 2.0**62))


def letters(template: Template) -> dict[str, str]:
    """A letter for each name: k, b, n by its place, p for a primorial, else any."""
    taken: dict[str, str] = {}
    for name in template.names:
        i = template.tokens.index(name)
        before, after = template.tokens[:i], template.tokens[i + 1 :]
        wanted = _role("".join(before[-2:]), "".join(after[:1]))
        free = [x for x in (wanted, *_LETTERS) if x not in taken.values()]
        if not free:
            raise OrderError("a header has too many variables")
        taken[name] = free[0]
    return taken


def _role(before: str, after: str) -> str:
    if before.endswith(("^", "^(")):
        return "n"
    return {"^": "b", "*": "k", "#": "p"}.get(after, "n" if after == "!" else "k")


def lettered(text: str, names: dict[str, str]) -> str:
    """The expression with letters for names."""
    return _NAME.sub(lambda found: names[f"${found[1]}"], text)


def _ends_operand(token: str) -> bool:
    return token[0] == "$" or token.isdecimal() or token in ")!#"

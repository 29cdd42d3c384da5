"""Lists of primes of other people: the list of t5k.org, and b-files of the OEIS.

t5k: fixed columns `rank description digits who year comment`; the rank may carry a
letter, which marks what is new. A description longer than its column moves the rest to
the right, as every reader that splits at blanks expects.

b-file: lines `n a(n)`, n consecutive, one blank, no other characters; `#` begins a
comment; the file ends with a newline.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from darkreach.files.lines import FileError

_HEADER = """\
-----  ------------------------------- -------- ----- ---- --------------
 rank  description                     digits   who   year comment
-----  ------------------------------- -------- ----- ---- --------------
"""
_ENTRY = re.compile(
    r"\s*(?P<rank>\d{1,9})(?P<letter>[a-z]?)\s+(?P<description>\S+)\s+"
    r"(?P<digits>\d{1,12})\s+(?P<who>\S+)\s+(?P<year>\d{4})(?:\s+(?P<comment>.*))?",
    re.ASCII,
)
#: What begins like an entry: its rank.
_RANKED = re.compile(r"\d+[a-z]?\s", re.ASCII)
_TERM = re.compile(r"((?:-?[1-9][0-9]*)|0) ((?:-?[1-9][0-9]*)|0)")
#: Digits of a term; b-files are for people who look at them.
_LONGEST_TERM = 1_000


@dataclass(frozen=True)
class Listed:
    """A prime of the list; `description` is an expression as t5k.org writes it."""

    rank: int
    description: str
    digits: int
    who: str
    year: int
    comment: str = ""
    new: bool = False


def t5k_lines(primes: Iterable[Listed]) -> Iterator[str]:
    """The list as a file: its header, then a line for each prime."""
    yield _HEADER
    for each in primes:
        letter = "n" if each.new else " "
        line = (
            f"{each.rank:>5}{letter} {each.description:<31} {each.digits:>8} "
            f"{each.who:<5} {each.year} {each.comment}"
        )
        yield line.rstrip() + "\n"


def read_t5k(
    lines: Iterable[tuple[int, str]],
) -> Iterator[tuple[int, Listed | None]]:
    """The primes of a list, with the numbers of their lines; None for a line below the
    first entry that begins like one and is none.

    Headings, rules and what stands around the list are left out. FileError when nothing
    that looks like an entry is found.
    """
    found = False
    for line, text in lines:
        entry = _ENTRY.fullmatch(text)
        if entry is None:
            if found and _RANKED.match(text):
                yield line, None
            continue
        found = True
        yield (
            line,
            Listed(
                rank=int(entry["rank"]),
                description=entry["description"],
                digits=int(entry["digits"]),
                who=entry["who"],
                year=int(entry["year"]),
                comment=(entry["comment"] or "").strip(),
                new=bool(entry["letter"]),
            ),
        )
    if not found:
        raise FileError(1, "no line `rank description digits who year comment`")


def bfile_lines(
    values: Iterable[int], offset: int = 1, comments: Iterable[str] = ()
) -> Iterator[str]:
    """The lines of a b-file. ValueError for a comment of several lines or signs beyond
    ASCII."""
    for comment in comments:
        if not (comment.isascii() and comment.isprintable()):
            raise ValueError("a comment is one line of ASCII")
        yield f"# {comment}\n"
    for n, value in enumerate(values, offset):
        yield f"{n} {value}\n"


def read_bfile(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, int]]:
    """The terms with the numbers of their lines. FileError for a line of another shape
    or an index that does not follow the one before it."""
    before: int | None = None
    for line, text in lines:
        if text.startswith("#"):
            continue
        term = _TERM.fullmatch(text)
        if term is None:
            raise FileError(line, f"want `n a(n)`, not {text[:40]!r}")
        if len(term[2]) > _LONGEST_TERM:
            raise FileError(line, f"a term has more than {_LONGEST_TERM} digits")
        n = int(term[1])
        if before is not None and n != before + 1:
            raise FileError(line, f"index {n} does not follow {before}")
        before = n
        yield line, int(term[2])

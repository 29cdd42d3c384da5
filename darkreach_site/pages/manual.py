"""The project's own documents, made into pages from their Markdown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from posixpath import normpath

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from darkreach_site.home import REPOSITORY
from darkreach_site.pages.kept import kept

#: Documents beside docs/, by the word in their address.
_BESIDE = {
    "readme": "README.md",
    "changelog": "CHANGELOG.md",
    "security": "SECURITY.md",
    "threat-model": "THREAT_MODEL.md",
    "privacy": "PRIVACY.md",
    "measurements": "benchmarks/README.md",
}
#: Documents with an address of their own.
_NAMED = {"security": "security", "privacy": "privacy"}


@dataclass(frozen=True)
class Document:
    """A document as a page."""

    word: str
    title: str
    body: SafeString


@cache
def documents() -> dict[str, Path]:
    """All documents by the word in their address."""
    found = {word: REPOSITORY / name for word, name in _BESIDE.items()}
    for path in sorted((REPOSITORY / "docs").glob("*.md")):
        found[path.stem] = path
    for path in sorted((REPOSITORY / "docs" / "adr").glob("*.md")):
        found[f"adr/{path.stem}"] = path
    return {word: path for word, path in found.items() if path.is_file()}


def parser() -> MarkdownIt:
    """Raw HTML is shown as text, and links of dangerous schemes stay text too."""
    return MarkdownIt("commonmark", {"html": False}).enable("table")


@cache
def document(word: str) -> Document:
    """The document of that word, or 404."""
    path = documents().get(word)
    if path is None:
        raise Http404("no such document")
    text = path.read_text(encoding="utf-8")
    reader = parser()
    tokens = reader.parse(text)
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", _anchor(tokens[at + 1].content))
        elif token.type == "fence":
            token.info = ""
        for child in token.children or []:
            if child.type == "link_open":
                child.attrSet("href", _target(str(child.attrGet("href")), path))
    title = next((t.content for t in tokens if t.type == "inline"), word)
    html = reader.renderer.render(_framed(tokens), reader.options, {})
    # Lines of code scroll, so a keyboard must reach them.
    html = html.replace("<pre>", '<pre tabindex="0">')
    return Document(word, title, mark_safe(html))  # the renderer escapes


def _framed(tokens: list[Token]) -> list[Token]:
    """Tables may be wider than a phone: they scroll in a frame of their own."""
    framed: list[Token] = []
    for token in tokens:
        if token.type == "table_open":
            framed.append(_html('<div class="scroll" tabindex="0">'))
        framed.append(token)
        if token.type == "table_close":
            framed.append(_html("</div>"))
    return framed


def _html(text: str) -> Token:
    return Token("html_block", "", 0, content=text)


def _anchor(heading: str) -> str:
    """As repositories' hosts make them."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _target(link: str, path: Path) -> str:
    """Where a link of a document leads on this site."""
    if "://" in link or link.startswith(("#", "mailto:")):
        return link
    file, _, anchor = link.partition("#")
    place = normpath(f"{path.parent.relative_to(REPOSITORY).as_posix()}/{file}")
    for word, other in documents().items():
        if other.relative_to(REPOSITORY).as_posix() == place:
            return address(word) + (f"#{anchor}" if anchor else "")
    return reverse("license") if place == "LICENSE" else reverse("docs")


def address(word: str) -> str:
    """Where a document is."""
    if word in _NAMED:
        return reverse(_NAMED[word])
    return reverse("document", args=[word])


@kept(300)
def docs(request: HttpRequest) -> HttpResponse:
    """All documents."""
    shown = [document(word) for word in documents()]
    groups = {
        "Subjects": [d for d in shown if "/" not in d.word and d.word not in _BESIDE],
        "The project": [d for d in shown if d.word in _BESIDE],
        "Decisions": [d for d in shown if d.word.startswith("adr/")],
    }
    linked = {
        name: [(address(each.word), each.title) for each in some]
        for name, some in groups.items()
    }
    return render(request, "pages/docs.html", {"section": "docs", "groups": linked})


@kept(300)
def page(request: HttpRequest, word: str) -> HttpResponse:
    """One document."""
    context = {"section": "docs", "document": document(word)}
    return render(request, "pages/document.html", context)

"""How the pages write numbers, times and formulas.

Digits are grouped by the style sheet, not by characters: what is copied from a page is
the plain number.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from django import template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_POWER = re.compile(r"\^([a-z]|\d+|\(((?:[^()]|\([^()]*\))*)\))")
_DIGITS = re.compile(r"\d{25,}")
#: Longer texts of a line are cut, after their long numbers were shortened.
_LONGEST = 120
_GROUPED_FROM = 5


@register.filter
def grouped(value: int | None) -> str:
    """1234567 with a gap after each third digit from the right."""
    if value is None:
        return ""
    text = str(int(value))
    if len(text) < _GROUPED_FROM:
        return text
    first = len(text) % 3 or 3
    parts = [text[:first], *(text[at : at + 3] for at in range(first, len(text), 3))]
    groups = format_html_join("", "<span>{}</span>", ((part,) for part in parts))
    return format_html('<span class="number">{}</span>', groups)


@register.filter
def formula(expression: str) -> SafeString:
    """3*2^189+1 as it is written by hand: a raised exponent, a middle dot."""
    text = _raised(str(conditional_escape(expression)))
    return mark_safe(text.replace("*", "·").replace("-", "−"))  # escaped above


def _raised(text: str) -> str:
    """An exponent in brackets needs none when it is raised."""
    return _POWER.sub(lambda found: f"<sup>{_raised(found[2] or found[1])}</sup>", text)


@register.filter
def brief(text: str) -> str:
    """An expression for a line: of a long number the first and the last digits, of
    what is long even so the beginning. The page of its own has all of it."""
    short = _DIGITS.sub(lambda found: f"{found[0][:8]}…{found[0][-8:]}", text)
    return short if len(short) <= _LONGEST else f"{short[: _LONGEST - 1]}…"


@register.filter
def utc(when: datetime | None) -> str:
    """2026-11-21 03:50:19Z, with the machine's form beside it."""
    if when is None:
        return ""
    day, clock = when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ").split()
    return format_html(
        '<time datetime="{0}T{1}"><span>{0}</span> <span>{1}</span></time>', day, clock
    )


@register.filter
def duration(seconds: float | None) -> str:
    """Two units at most: 0.02 ms, 1.4 s, 3 min 20 s, 5 h 2 min, 4 d 7 h. Nothing for
    no time at all."""
    if not seconds:
        return ""
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms" if seconds >= 0.01 else _small(seconds)
    if seconds < 60:
        whole = seconds == round(seconds)
        return f"{seconds:.0f} s" if whole else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return _two(minutes, "min", rest, "s")
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return _two(hours, "h", minutes, "min")
    return _two(hours // 24, "d", hours % 24, "h")


def _two(large: int, unit: str, small: int, smaller: str) -> str:
    return f"{large} {unit} {small} {smaller}" if small else f"{large} {unit}"


def _small(seconds: float) -> str:
    return f"{1000 * seconds:.2f} ms" if seconds >= 1e-5 else "under 0.01 ms"


@register.filter
def percent(share: float) -> str:
    """A share of 1 in percent, with as many places as a small one needs."""
    if 0 < share < 0.01:
        return f"{100 * share:.2g} %"
    return f"{100 * share:.1f} %".replace(".0 %", " %")


@register.filter
def commas(text: str) -> str:
    """A list without blanks, which could not be broken into lines."""
    return ", ".join(text.split(","))

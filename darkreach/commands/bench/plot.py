"""A plot with logarithmic axes as a PNG file, with nothing but numpy and zlib.

PNG: W3C Portable Network Graphics, third edition; 8-bit RGB, no interlace.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import ceil, floor, log10

import numpy as np
from numpy.typing import NDArray

from darkreach.commands.bench.font import GLYPHS, HEIGHT, WIDTH

Line = Sequence[tuple[float, float]]
_SIZE = (960, 600)
_LEFT, _RIGHT, _TOP, _BOTTOM = 90, 220, 30, 60
_SCALE = 2
_GREY, _BLACK = (221, 221, 221), (34, 34, 34)
#: Colours that are told apart by the colour-blind too (Okabe and Ito).
_COLOURS = (
    (0, 114, 178),
    (213, 94, 0),
    (0, 158, 115),
    (204, 121, 167),
    (230, 159, 0),
    (86, 180, 233),
)


def draw(lines: Mapping[str, Line], across: str, up: str) -> bytes:
    """Lines of points (both coordinates above 0), their names beside them."""
    canvas = _Canvas(lines)
    canvas.axes(across, up)
    for place, (name, points) in enumerate(lines.items()):
        canvas.line(points, _COLOURS[place % len(_COLOURS)])
        canvas.name(name, place, _COLOURS[place % len(_COLOURS)])
    return png(canvas.pixels)


def png(pixels: NDArray[np.uint8]) -> bytes:
    """The file for an array of height x width x 3."""
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 3 * width), dtype=np.uint8)
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check


class _Canvas:
    """Pixels, and the decades that the axes cover."""

    def __init__(self, lines: Mapping[str, Line]) -> None:
        width, height = _SIZE
        self.pixels = np.full((height, width, 3), 255, dtype=np.uint8)
        points = [point for line in lines.values() for point in line]
        self.ranges = [_decades([p[i] for p in points]) for i in (0, 1)]

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Pixel column and row of a point."""
        width, height = _SIZE
        (left, right), (low, high) = self.ranges
        column = _LEFT + (log10(x) - left) / (right - left) * (width - _LEFT - _RIGHT)
        row = float(height - _BOTTOM)
        row -= (log10(y) - low) / (high - low) * (height - _TOP - _BOTTOM)
        return column, row

    def axes(self, across: str, up: str) -> None:
        """A grid line and a label for every power of ten."""
        width, height = _SIZE
        (left, right), (low, high) = self.ranges
        for power in range(left, right + 1):
            column, _ = self.place(10.0**power, 10.0**low)
            self._bar(round(column), _TOP, round(column), height - _BOTTOM, _GREY)
            self._write(_power(power), round(column), height - _BOTTOM + 10, 0.5)
        for power in range(low, high + 1):
            _, row = self.place(10.0**left, 10.0**power)
            self._bar(_LEFT, round(row), width - _RIGHT, round(row), _GREY)
            self._write(_power(power), _LEFT - 8, round(row) - HEIGHT, 1.0)
        middle = (_LEFT + width - _RIGHT) // 2
        self._write(across, middle, height - _BOTTOM + 32, 0.5)
        self._write(up, _LEFT, 8, 0.0)

    def line(self, points: Line, colour: tuple[int, int, int]) -> None:
        places = [self.place(*point) for point in points]
        for (x0, y0), (x1, y1) in pairwise(places):
            steps = int(max(abs(x1 - x0), abs(y1 - y0), 1))
            for t in np.linspace(0.0, 1.0, steps + 1):
                self._dot(x0 + t * (x1 - x0), y0 + t * (y1 - y0), 1, colour)
        for x, y in places:
            self._dot(x, y, 4, colour)

    def name(self, text: str, place: int, colour: tuple[int, int, int]) -> None:
        column, row = _SIZE[0] - _RIGHT + 24, _TOP + 10 + 24 * place
        self._dot(column - 12, row + HEIGHT, 4, colour)
        self._write(text, column, row, 0.0)

    def _dot(self, x: float, y: float, size: int, colour: tuple[int, int, int]) -> None:
        column, row = round(x), round(y)
        half = size // 2
        self._bar(column - half, row - half, column + half, row + half, colour)

    def _bar(
        self, x0: int, y0: int, x1: int, y1: int, colour: tuple[int, int, int]
    ) -> None:
        self.pixels[max(y0, 0) : y1 + 1, max(x0, 0) : x1 + 1] = colour

    def _write(self, text: str, x: int, y: int, share: float) -> None:
        """Text whose `share` of the width is left of x."""
        step = (WIDTH + 1) * _SCALE
        column = round(x - share * step * len(text))
        for sign in text.lower():
            for bit, row in enumerate(GLYPHS.get(sign, GLYPHS["?"])):
                for place, dot in enumerate(row):
                    if dot != ".":
                        left, top = column + place * _SCALE, y + bit * _SCALE
                        self._bar(left, top, left + 1, top + 1, _BLACK)
            column += step


def _decades(values: list[float]) -> tuple[int, int]:
    """The powers of ten around the values, at least one decade."""
    low = floor(log10(min(values, default=1.0)))
    return low, max(ceil(log10(max(values, default=1.0))), low + 1)


def _power(exponent: int) -> str:
    """10^exponent as people write it: 0.1, 100, 10k, 1m."""
    if exponent < 0:
        return f"0.{'0' * (-exponent - 1)}1"
    thousands, rest = divmod(exponent, 3)
    return "1" + "0" * rest + ("", "k", "m", "g", "t")[min(thousands, 4)]

"""Arrays of whole numbers inside JSON: base64 of zlib of little-endian int64."""

from __future__ import annotations

import base64
import binascii
import zlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

from darkreach.errors import DarkreachError

#: No array here is longer: an order has at most this many positions.
LONGEST = 10**8

_ITEM = np.dtype("<i8")


def pack(array: ArrayLike) -> str:
    """The text that `unpack` reads; anything but whole numbers is a TypeError."""
    items = np.asarray(array)
    if items.size and items.dtype.kind not in "iu":
        raise TypeError(f"only whole numbers are packed, not {items.dtype}")
    data = np.ascontiguousarray(items, dtype=_ITEM).tobytes()
    return base64.b64encode(zlib.compress(data, 3)).decode("ascii")


def unpack(text: str, longest: int = LONGEST) -> NDArray[np.int64]:
    """The numbers of `pack`. DarkreachError for any other text, or for more than
    `longest` numbers (noticed before they take memory)."""
    reader = zlib.decompressobj()
    try:
        packed = base64.b64decode(text, validate=True)
        data = reader.decompress(packed, longest * _ITEM.itemsize + 1)
    except (binascii.Error, zlib.error, ValueError, TypeError) as error:
        raise DarkreachError(f"this is no packed array of numbers: {error}") from None
    if len(data) > longest * _ITEM.itemsize:
        raise DarkreachError(f"a packed array holds more than {longest} numbers")
    if not reader.eof or reader.unused_data or len(data) % _ITEM.itemsize:
        raise DarkreachError("a packed array of numbers is cut off or has a tail")
    return np.frombuffer(data, dtype=_ITEM).astype(np.int64)

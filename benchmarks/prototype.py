"""The prototype of the transforms, loaded from a folder outside the project.

It is a set of modules that write generated code next to themselves; `cyc` has the
class K2(k, n, c, half) for k*2^n + c, `gfn` the class GF(b, length) for b^length + 1.
Both have `set(integer)`, `get()` and `sq(count)`.
"""

from __future__ import annotations

import importlib
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Prototype:
    """The modules of a folder. They are copied first: the folder stays as it is. The
    copy is kept, with the machine code that numba has cached beside it."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "cyc.py").is_file():
            raise SystemExit(f"{folder} has no cyc.py: not a folder of the prototype")
        copy = Path(tempfile.gettempdir()) / "darkreach-prototype"
        copy.mkdir(exist_ok=True)
        for module in folder.glob("*.py"):
            there = copy / module.name
            if not there.exists() or there.read_bytes() != module.read_bytes():
                shutil.copyfile(module, there)
        sys.path.insert(0, str(copy))

    def squarings(
        self, k: int, b: int, n: int, c: int, length: int, start: Any
    ) -> Callable[[int], Any]:
        """A call with a count that squares a residue of k*b^n + c so many times,
        round-off check included."""
        if b == 2:
            kernel = importlib.import_module("cyc").K2(k, n, c, length // 2)
        else:
            kernel = importlib.import_module("gfn").GF(b, length)
        kernel.set(start)
        kernel.sq(3)
        # GF does not balance the digits that it is given, which are too much for it
        # when they are many.
        if b == 2 and kernel.get() != pow(start, 8, kernel.mod_N):
            raise SystemExit(f"the prototype is wrong for {k}*{b}^{n}{c:+d}")
        squarings: Callable[[int], Any] = kernel.sq
        return squarings

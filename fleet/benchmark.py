"""How fast this host is: measured once, at the first start in a home folder.

Squarings in a long chain, as a test does them, and a small sieve. About a second in
all. Another version of the program or other hardware makes it due again.
"""

from __future__ import annotations

import json
import logging
import os
import time
from pathlib import Path
from typing import Any

from django.conf import settings

import darkreach

log = logging.getLogger(__name__)

#: The number whose squarings are timed, and seconds that they may take.
NUMBER, _SQUARINGS = "27*2^100003+1", 0.4
#: The order that is sieved, and by the primes up to where.
ORDER, RANGES, LIMIT = "k*2^n+1", {"k": "3:99", "n": "1000:3000"}, 100_000


def known() -> dict[str, Any] | None:
    """What was measured here, if it still holds."""
    try:
        stored: dict[str, Any] = json.loads(_path().read_text(encoding="utf-8"))
        return stored if stored["of"] == _of() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def ensure() -> dict[str, Any]:
    """What was measured here; measures if nobody did. A full disk is no hindrance."""
    found = known()
    if found is not None:
        return found
    found = {"of": _of(), **measure()}
    draft = _path().with_suffix(f".{os.getpid()}")
    try:
        draft.write_text(json.dumps(found), encoding="utf-8")
        draft.replace(_path())
    except OSError as error:
        log.warning("the measurement is not kept: %s", error)
    return found


def measure() -> dict[str, float]:
    """Microseconds of one squaring modulo NUMBER, positions sieved per second."""
    return {
        "us_per_squaring": round(1e6 * _squaring_seconds(), 2),
        "sieved_per_second": round(_sieve_speed()),
    }


def _squaring_seconds() -> float:
    from darkreach import forms
    from darkreach.arithmetic import modulus

    one = modulus(forms.number(NUMBER))
    x = one.square_many(one.load(3), 10)
    best, until = float("inf"), time.perf_counter() + _SQUARINGS
    while (began := time.perf_counter()) < until:
        x = one.square_many(x, 100)
        best = min(best, time.perf_counter() - began)
    return best / 100


def _sieve_speed() -> float:
    from darkreach import stages
    from darkreach.order import Order

    order = Order.parse(ORDER, RANGES)
    task = {
        "stage": "sieve",
        "order": order.spec(),
        "first": 0,
        "count": order.size,
        "alive": None,
        "p_min": 2,
        "p_max": LIMIT,
    }
    program = stages.program("sieve")
    best = float("inf")
    for _ in range(2):  # the first may have to compile
        began = time.perf_counter()
        run = program.start(task)
        while program.step(run) < 1.0:
            pass
        best = min(best, time.perf_counter() - began)
    return order.size / best


def _of() -> dict[str, Any]:
    """What a measurement depends on."""
    hardware = settings.HARDWARE
    return {"version": darkreach.__version__, "cores": hardware.cores}


def _path() -> Path:
    return Path(settings.HOME) / "benchmark.json"

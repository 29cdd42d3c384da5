"""What believing a composite costs: the check inside a test, test proof, second test.

    python -m benchmarks.evidence checks
    python -m benchmarks.evidence proofs 50021 100003 [--turns 3]
    python -m benchmarks.evidence parts 1000003

`checks` measures what the check of Gerbicz and Li adds to the squarings of a test: a
product for each block, and the look at the end of a window. `proofs` runs
the stage programs on 27*2^n+1: the test, the test with a proof, what a coordinator and
a certifying worker do, and a second test on other arithmetic, in turns. `parts` gives
the same row without running a test: squarings and powers of points are timed and
multiplied by how many there are; folding is done, of a proof made of random residues.
"""

from __future__ import annotations

import argparse
import base64
import random
import sys
import time
from collections.abc import Callable
from typing import Any

import gmpy2

from darkreach import forms, stages
from darkreach.arithmetic import modulus
from darkreach.arithmetic.checked import Checked
from darkreach.arithmetic.power import Power
from darkreach.checks import policy, proof_file
from darkreach.checks import verify as checks
from darkreach.checks.pietrzak import short_power
from darkreach.checks.proof_file import TestProof
from darkreach.residues import Residue, proth_witness

SIZES = (100_003, 1_000_003)


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Processor time: all of this runs on one core, which others may want too."""
    begin = time.process_time()
    answer = call()
    return time.process_time() - begin, answer


def overhead(n: int, turns: int) -> str:
    """One row about 27*2^n+1, from the least times of many short turns: what is
    measured is less than the speed of a shared machine drifts by."""
    number = forms.number(f"27*2^{n}+1")
    arithmetic = modulus(number)
    power = Power(arithmetic, 5, number.value() - 1)
    block, window = power._blocks.block, power._blocks.window
    power.run(block)
    power.run(block)
    x = arithmetic.square_many(power.x, block)
    squarings, products, looks = [], [], []
    for _ in range(4 * turns):
        squarings.append(timed(lambda: arithmetic.square_many(x, 100))[0] / 100)
        products.append(timed(lambda: arithmetic.multiply(power.x, x))[0])
        if len(looks) < turns:
            value = Checked.of(2 * block, arithmetic.store(power.x))
            looks.append(timed(lambda v=value: power._holds(v))[0])
    inside = min(products) / (block * min(squarings))
    look = min(looks) / (window * min(squarings))
    return (
        f"| {number.bits:,} | {block} | {window:,} | {inside:.2%} | {look:.2%} "
        f"| {inside + look:.2%} |"
    )


def finished(task: dict[str, Any]) -> Any:
    program = stages.program(task["stage"])
    run = program.start(task)
    while program.step(run) < 1.0:
        pass
    return program.result(run)


def costs(n: int, turns: int) -> str:
    """One row about 27*2^n+1."""
    number = forms.number(f"27*2^{n}+1")
    candidates = [{"index": 0, "members": [number.expression]}]
    task = {"stage": "prp", "candidates": candidates}
    levels = policy.best(number.bits).power
    times: dict[str, list[float]] = {}
    size = 0
    for turn in range(turns + 1 if n < 200_000 else turns):
        took = {"test": timed(lambda: finished(task))[0]}
        took["proof"], result = timed(lambda: finished(task | {"proof": levels}))
        took["second"] = timed(lambda: finished(task | {"path": 1}))[0]
        data = base64.b64decode(result["results"][0]["members"][0]["proof"]["file"])
        size = len(data)
        took["folding"], claim = timed(lambda d=data: folded(d))
        certify = {"stage": "certify", "claims": [claim]}
        took["certifying"] = timed(lambda c=certify: finished(c))[0]
        if turn or n >= 200_000:  # the first turn of short ones makes the tables
            for name, seconds in took.items():
                times.setdefault(name, []).append(seconds)
    least = {name: min(each) for name, each in times.items()}
    return row(number.bits, levels, size, least)


def row(bits: int, levels: int, size: int, took: dict[str, float]) -> str:
    more = took["proof"] - took["test"]
    all_of_it = (more + took["folding"] + took["certifying"]) / took["test"]
    kept = policy.cost(bits, levels).bytes_kept
    return (
        f"| {bits:,} | {took['test']:.2f} | {took['second']:.2f} "
        f"| {took['proof']:.2f} | {took['folding']:.2f} "
        f"| {took['certifying']:.2f} | {all_of_it:.1%} | {levels} "
        f"| {kept / 2**20:.1f} MB | {size / 1000:,.0f} kB |"
    )


def estimate(n: int, turns: int) -> str:
    """The row about 27*2^n+1 from its parts."""
    number = forms.number(f"27*2^{n}+1")
    levels = policy.best(number.bits).power
    dice = random.Random(n)
    values = [gmpy2.mpz(dice.getrandbits(n)) for _ in range(levels + 1)]
    ways = [modulus(number), modulus(number, path=1)]
    squaring = []
    for arithmetic in ways:
        x = arithmetic.square_many(arithmetic.load(values[0]), 60)
        took = [
            timed(lambda a=arithmetic, x=x: a.square_many(x, 100))[0]
            for _ in range(turns)
        ]
        squaring.append(min(took) / 100)
    test, second = n * squaring[0], n * squaring[1]
    arithmetic = ways[0]
    x, h = arithmetic.load(values[0]), dice.getrandbits(64) | 1 << 63
    power = min(timed(lambda: short_power(arithmetic, x, h))[0] for _ in range(turns))
    point = timed(lambda: arithmetic.store(arithmetic.square_many(x, 1)))[0]
    more = power * (2**levels - levels - 1) + 2 * point * 2**levels
    residue = Residue(2, proth_witness(number.value())[0] or 3)
    terms = residue.with_proof(number, levels).terms
    assert terms is not None
    data = TestProof(terms, values[0], tuple(values[1:])).write()
    folding, claim = timed(lambda: folded(data))
    certifying = claim["span"] * squaring[0]
    return row(
        number.bits,
        levels,
        len(data),
        {
            "test": test,
            "second": second,
            "proof": test + more,
            "folding": folding,
            "certifying": certifying,
        },
    )


def folded(data: bytes) -> dict[str, Any]:
    """What a coordinator does with a proof."""
    proof = proof_file.read(data)
    assert checks.verdict(proof).accepted
    return checks.described(proof, checks.blind(proof, checks.fold(proof)))


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["checks", "proofs", "parts"])
    parser.add_argument("exponents", nargs="*", type=int)
    parser.add_argument("--turns", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.what == "checks":
        say("| bits | block | window | products | looks | together |")
        line: Callable[[int, int], str] = overhead
    else:
        say(
            "| bits | test | second test | test with proof | folding | certifying"
            " | proof in all | levels | points | file |"
        )
        line = costs if arguments.what == "proofs" else estimate
    for n in arguments.exponents or SIZES:
        say(line(n, arguments.turns))


if __name__ == "__main__":
    main()

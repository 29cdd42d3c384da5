"""What agents with a token may order: plan, estimate, start, pause.

`plan` and `estimate` change nothing, but they compute, so they want a token too.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel, Field

from darkreach.forms.density import chance
from darkreach.order import Order
from darkreach_site.agents.questions import Asker, shaped
from darkreach_site.pages.selectors import fleet
from fleet import speeds
from searches import control, estimates, planning
from searches.kinds import form_of
from searches.models import Search

Expression = Annotated[
    str, Field(max_length=10_000, description="for example k*2^n+1, or n!-1")
]
Ranges = Annotated[
    dict[str, Annotated[str, Field(max_length=10_000)]],
    Field(
        max_length=26,
        description='values of the variables, for example {"k": "3,5", "n": "1:2000"}',
    ),
]
Number = Annotated[int, Field(ge=1, lt=2**63, description="the number of a search")]
#: Numbers that an estimate looks at.
_SAMPLE = 64


class Plan(BaseModel):
    """An order as it is understood."""

    title: str
    form: str
    numbers: int = Field(description="positions of the order")
    largest_bits: int
    notes: list[str] = Field(description="what is worth knowing of this order")
    search: int | None = Field(description="the search that this order made before")
    state: str | None = Field(description="of that search")


class Estimate(BaseModel):
    """What an order is expected to cost and to bring, roughly."""

    numbers: int
    sieve_depth: int = Field(description="by primes up to here it pays to sieve")
    left_after_sieve: int
    sieve_core_hours: float
    test_core_hours: float
    expected_primes: float
    slots: int | None = Field(description="live slots of the fleet; null: unknown")
    hours_at_present: float | None = Field(description="if all of them did only this")


class Ordered(BaseModel):
    """What became of an order."""

    search: int
    title: str
    state: str
    created: bool = Field(description="false: the same order was given before")


def plan(expression: Expression, ranges: Ranges) -> Plan:
    """Read an order and say what it means. Nothing is started."""
    order = _read(expression, ranges)
    known = Search.objects.filter(key=order.key).first()
    return Plan(
        title=order.title,
        form=form_of(order),
        numbers=order.size,
        largest_bits=order.max_bits,
        notes=list(order.notes),
        search=known and known.pk,
        state=known and known.state,
    )


def estimate(expression: Expression, ranges: Ranges) -> Estimate:
    """What an order would cost in hours of one core, and how many primes to expect.
    Nothing is started."""
    order = _read(expression, ranges)
    measured = speeds.known(form=form_of(order))
    depth, prime_seconds = planning.expected_depth(order, measured)
    numbers = order.size - len(order.not_candidates) - len(order.duplicates)
    share = min(1.0, 1.12 / math.log(max(depth, 3)))
    tests = primes = 0.0
    indices = _spread(order.size)
    for index in indices:
        bits = [member.bits for member in order.members(index)]
        left = share ** len(bits)
        tests += left * estimates.seconds("prp", bits[0], measured)
        primes += left * math.prod(chance(each, depth) for each in bits)
    scale = numbers / len(indices)
    sieve = prime_seconds * depth / math.log(max(depth, 3))
    return _estimate(
        numbers=numbers,
        sieve_depth=depth,
        left_after_sieve=round(numbers * share**order.member_count),
        sieve_core_hours=sieve / 3600,
        test_core_hours=tests * scale / 3600,
        expected_primes=primes * scale,
    )


def _estimate(**values: Any) -> Estimate:
    crew = fleet.crew()
    hours = values["sieve_core_hours"] + values["test_core_hours"]
    return Estimate(
        **values,
        slots=crew.slots if crew.known else None,
        hours_at_present=hours / crew.slots if crew.slots else None,
    )


def _spread(size: int) -> list[int]:
    """Positions from the first to the last, at even distances."""
    count = min(size, _SAMPLE)
    return [index * size // count for index in range(count)]


def start(
    agent: str,
    expression: Expression,
    ranges: Ranges,
    priority: Annotated[int, Field(ge=0, le=9, description="9 is served first")] = 5,
    resume: Annotated[bool, Field(description="go on with a paused one")] = False,
) -> Ordered:
    """Order a search. The same order twice is the same search."""
    order = _read(expression, ranges)
    placed = planning.place_order(
        order,
        priority=priority,
        created_by=f"agent {agent}",
        speeds=speeds.known(form=form_of(order)),
        resume=resume,
    )
    return _ordered(placed.search, placed.created)


def pause(agent: str, search: Number) -> Ordered:
    """Give out nothing more of a search; blocks that run are finished."""
    if not control.pause(search):
        raise ToolError(f"search {search} does not run")
    return _ordered(Search.objects.get(pk=search), False)


def _read(expression: str, ranges: dict[str, str]) -> Order:
    order = Order.parse(expression, ranges)
    planning.check(order, 5, None, None)
    return order


def _ordered(search: Search, created: bool) -> Ordered:
    return Ordered(
        search=search.pk, title=search.title, state=search.state, created=created
    )


#: Whose token a request shows; ToolError when it shows none that is good.
Holder = Callable[[Context[Any]], str]


def add_to(server: Asker, holder: Holder) -> None:
    """Offer all of this to those who show a token."""
    for tool in (plan, estimate, start, pause):
        server.offer(_guarded(tool, holder), orders=tool in (start, pause))


def _guarded(tool: Callable[..., Any], holder: Holder) -> Callable[..., Any]:
    """The same for a request instead of an agent; the request comes from the server."""
    asked = inspect.signature(tool, eval_str=True)
    named = "agent" in asked.parameters
    shown = [each for name, each in asked.parameters.items() if name != "agent"]
    kind = inspect.Parameter.KEYWORD_ONLY
    request = inspect.Parameter("context", kind, annotation=Context[Any])

    def guarded(*, context: Context[Any], **given: Any) -> Any:
        agent = holder(context)
        return tool(agent, **given) if named else tool(**given)

    return shaped(guarded, tool, [*shown, request], asked.return_annotation)

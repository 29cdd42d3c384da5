"""Lists that stay usable at a million rows, and actions that leave a trace.

No list counts a big table, sorts by a column without an index, or looks for a text in
the middle of another.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import connection, models, transaction
from django.db.models import ForeignKey, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.text import Truncator

from darkreach.errors import OrderError
from darkreach.identity import number_key

#: Rows that a list counts one by one; above that it says this many or an estimate.
COUNTED = 10_000
_NAMED = 5
_LONGEST_NUMBER = 19


class EstimatedPaginator(Paginator):
    """Counts up to COUNTED + 1 rows; a whole table above that by PostgreSQL's estimate.

    A filtered list that reaches the cap ends there: whoever wants more filters more.
    """

    @cached_property
    def count(self) -> int:
        counted = self.object_list.order_by()[: COUNTED + 1].count()
        if counted <= COUNTED or self.object_list.query.where:
            return counted
        return max(counted, _estimate(self.object_list.model._meta.db_table))


def _estimate(table: str) -> int:
    """Rows of the table at its last ANALYZE; 0 where the database keeps no estimate."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)",
            [connection.ops.quote_name(table)],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


class LedgerAdmin(admin.ModelAdmin):
    """Read-only by default; `search_fields` are compared exactly, by their index."""

    paginator = EstimatedPaginator
    show_full_result_count = False
    # Each number beside a filter would be a count over the table.
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 100
    sortable_by: ClassVar[tuple[Any, ...]] = ("id",)
    ordering: ClassVar[tuple[str, ...]] = ("-id",)

    class Media:
        css = {"all": ["darkreach/admin.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """May this person use the actions of this list?"""
        name = f"{self.opts.app_label}.change_{self.opts.model_name}"
        return bool(request.user.has_perm(name))  # type: ignore[union-attr]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = Q()
        for name in self.search_fields:
            value = _read(self.opts.get_field(str(name)), term)
            if value is not None:
                wanted |= Q(**{str(name): value})
        return (queryset.filter(wanted) if wanted else queryset.none()), False

    def apply(
        self,
        request: HttpRequest,
        chosen: QuerySet[Any],
        change: Callable[[Any], bool],
        done: str,
    ) -> None:
        """Change each chosen row, audit it in the same transaction, say how many."""
        changed, refused = 0, []
        for row in chosen:
            with transaction.atomic():
                if change(row.pk):
                    self.log_change(request, row, f"{done} by an operator")
                    changed += 1
                else:
                    refused.append(f"{row} ({row.state})")
        names = (
            self.opts.verbose_name_plural if changed != 1 else self.opts.verbose_name
        )
        if changed:
            self.message_user(request, f"{changed} {names} {done}.", messages.SUCCESS)
        if refused:
            self.message_user(request, _refusal(refused), messages.WARNING)


def shortened(name: str, length: int = 60) -> Callable[[Any], str]:
    """A column with at most that many characters of a text that may have thousands."""

    @admin.display(description=name)
    def column(row: Any) -> str:
        return Truncator(str(getattr(row, name))).chars(length)

    return column


def moment(name: str) -> Callable[[Any], str]:
    """A column with a time of the ledger, UTC."""

    @admin.display(description=name.replace("_", " "), ordering=name)
    def column(row: Any) -> str:
        when = getattr(row, name)
        return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z" if when else "-"

    return column


@admin.display(description="seconds")
def seconds(row: Any) -> str:
    """A column with computing time, to the millisecond."""
    return f"{row.seconds:.3f}"


def _read(field: Any, term: str) -> Any:
    """The term as a value of that field, or None: a number's key is found by its
    expression too."""
    if field.name == "key" and field.max_length == 32:
        return _key(term)
    target = field.target_field if isinstance(field, ForeignKey) else field
    try:
        return target.to_python(term) if _may_be(target, term) else None
    except ValidationError:
        return None


def _may_be(field: models.Field[Any, Any], term: str) -> bool:
    """Numbers beyond 64 bits are in no column."""
    whole = term.isdecimal() and len(term) < _LONGEST_NUMBER
    return whole or not isinstance(field, models.IntegerField)


def _key(term: str) -> str | None:
    if len(term) == 32 and not set(term.lower()) - set("0123456789abcdef"):
        return term.lower()
    try:
        return number_key(term)
    except OrderError:
        return None


def _refusal(refused: list[str]) -> str:
    shown = "; ".join(refused[:_NAMED]) + ("; …" if len(refused) > _NAMED else "")
    were = "was" if len(refused) == 1 else "were"
    return f"{len(refused)} {were} not in a state that allows it: {shown}"

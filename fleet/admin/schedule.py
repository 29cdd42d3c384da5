"""The slots of the schedule: when each task ran, and how it ended."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from fleet import schedule
from fleet.models import Tick
from searches.admin.lists import LedgerAdmin, moment


class TaskFilter(admin.SimpleListFilter):
    """The tasks of the schedule, instead of the distinct ones of the table."""

    title = "task"
    parameter_name = "task"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in settings.SCHEDULE]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Tick]
    ) -> QuerySet[Tick]:
        return queryset.filter(task=self.value()) if self.value() else queryset


@admin.register(Tick)
class TickAdmin(LedgerAdmin):
    """Above the list: how every task stands."""

    list_display = (
        "task",
        moment("slot"),
        moment("started_at"),
        moment("ended_at"),
        "error",
    )
    list_filter = (TaskFilter,)
    ordering = ("-id",)
    sortable_by = ()
    change_list_template = "admin/fleet/schedule.html"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        extra = {**(extra_context or {}), "standings": schedule.standings()}
        return super().changelist_view(request, extra)

"""Deadlines and budgets of searches."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from fleet.models import Limit
from searches.admin.lists import LedgerAdmin, moment


@admin.register(Limit)
class LimitAdmin(LedgerAdmin):
    """One per search; what a search reached stands beside it."""

    list_display = ("search", moment("deadline"), "core_hours", "reached")
    list_select_related = ("search",)
    ordering = ("-search_id",)
    sortable_by = ()
    raw_id_fields = ("search",)
    readonly_fields = ("reached",)
    search_fields = ("search",)
    search_help_text = "the number of a search"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_change_permission(self, request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

"""Numbers and their factors: to look at, never to change."""

from __future__ import annotations

from django.contrib import admin

from searches.admin.lists import LedgerAdmin, moment, shortened
from searches.models import Candidate, Factor

_BY_NUMBER = "a number, for example 3*2^189+1, or its key"


@admin.register(Candidate)
class CandidateAdmin(LedgerAdmin):
    list_display = (
        "id",
        shortened("expression"),
        shortened("search", 40),
        "state",
        "evidence",
        "owed",
        "bits",
        "block",
    )
    list_filter = ("state", "evidence", "owed")
    list_select_related = ("search", "block")
    search_fields = ("id", "key")
    search_help_text = _BY_NUMBER


@admin.register(Factor)
class FactorAdmin(LedgerAdmin):
    list_display = (
        "id",
        shortened("factor"),
        shortened("expression"),
        "stage",
        "block",
        moment("created_at"),
    )
    list_filter = ("stage",)
    list_select_related = ("block",)
    search_fields = ("key",)
    search_help_text = _BY_NUMBER

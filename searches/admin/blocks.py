"""Blocks: who does what, how far, and what went wrong."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from searches import quarantine
from searches.admin.lists import LedgerAdmin, moment, shortened
from searches.models import Block


class QueueFilter(admin.SimpleListFilter):
    """The closed list of queues, instead of the distinct ones of a million rows."""

    title = "queue"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in settings.QUEUES]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Block]
    ) -> QuerySet[Block]:
        return queryset.filter(queue=self.value()) if self.value() else queryset


@admin.register(Block)
class BlockAdmin(LedgerAdmin):
    """Read-only, but for the two ways out of quarantine."""

    list_display = (
        "id",
        shortened("search", 40),
        "stage",
        "purpose",
        "state",
        "queue",
        "progress_bar",
        "worker",
        "epoch",
        "reclaims",
        moment("lease_expires"),
    )
    list_filter = ("state", "stage", "purpose", QueueFilter)
    list_select_related = ("search", "worker")
    search_fields = ("id", "lease_id")
    search_help_text = "the number of a block, or the id of its lease"
    actions = ("retry", "give_up")

    @admin.display(description="progress")
    def progress_bar(self, block: Block) -> str:
        percent = f"{100 * block.progress:.0f}\N{NO-BREAK SPACE}%"
        return format_html(
            '<progress max="1" value="{}" title="{}"></progress> <span>{}</span>',
            f"{block.progress:.3f}",
            block.current,
            percent,
        )

    @admin.action(
        description="Retry (quarantined blocks become ready)", permissions=["operate"]
    )
    def retry(self, request: HttpRequest, chosen: QuerySet[Block]) -> None:
        self.apply(request, chosen, quarantine.retry, "offered again")

    @admin.action(
        description="Give up (quarantined blocks are cancelled)",
        permissions=["operate"],
    )
    def give_up(self, request: HttpRequest, chosen: QuerySet[Block]) -> None:
        self.apply(request, chosen, quarantine.give_up, "given up")

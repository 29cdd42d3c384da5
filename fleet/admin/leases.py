"""The history of leases: who held which block, and how it ended."""

from __future__ import annotations

from django.contrib import admin

from fleet.models import Lease
from searches.admin.lists import LedgerAdmin, moment


@admin.register(Lease)
class LeaseAdmin(LedgerAdmin):
    list_display = (
        "id",
        "block",
        "epoch",
        "worker",
        moment("granted_at"),
        moment("ended_at"),
        "ending",
    )
    list_select_related = ("block", "worker")
    # The index of unique (block, epoch), backwards: the newest blocks come first.
    ordering = ("-block_id", "-epoch")
    sortable_by = ()
    search_fields = ("id", "block", "worker")
    search_help_text = "the id of a lease or worker, or the number of a block"

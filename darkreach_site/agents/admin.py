"""The operators' page of agents: who may order, and who may not any more."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from darkreach_site.agents.models import Agent


@admin.register(Agent)
class AgentAdmin(admin.ModelAdmin):
    """Tokens are made by `manage.py mcp --new-token`, where they can be shown once."""

    list_display = ("name", "prefix", "active", "created_at")
    readonly_fields = ("name", "prefix", "created_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

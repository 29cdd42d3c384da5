"""Commands to workers: give one, and see what became of all."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from fleet import commands
from fleet.models import Command
from searches.admin.lists import LedgerAdmin, moment


class CommandForm(forms.ModelForm):  # type: ignore[type-arg]
    """A worker, what it is to do, and with what."""

    class Meta:
        model = Command
        fields = ("worker", "kind", "argument")
        help_texts = {
            "argument": 'reassign: {"block": 7}; settings: {"slots": 2, "nice": 10, '
            '"log_level": "INFO"}; nothing for the others'
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            commands.check(cleaned.get("kind", ""), cleaned.get("argument") or {})
        except commands.BadCommand as error:
            raise ValidationError(str(error)) from error
        return cleaned


@admin.register(Command)
class CommandAdmin(LedgerAdmin):
    """Commands are given, never edited."""

    form = CommandForm
    list_display = (
        "id",
        "worker",
        "kind",
        "argument",
        "state",
        "rings",
        "given_by",
        moment("given_at"),
        moment("taken_at"),
        moment("ended_at"),
        "answer",
    )
    list_filter = ("state", "kind")
    list_select_related = ("worker",)
    raw_id_fields = ("worker",)
    search_fields = ("id", "worker")
    search_help_text = "the number of a command, or the id of a worker"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def save_model(
        self, request: HttpRequest, obj: Command, form: Any, change: bool
    ) -> None:
        given = commands.give(
            obj.worker_id, obj.kind, obj.argument or {}, request.user.get_username()
        )
        obj.pk = given.pk

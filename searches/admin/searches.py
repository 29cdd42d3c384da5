"""Searches: place an order, watch it, pause, resume, cancel, change its priority."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator

from searches import control
from searches.admin.lists import LedgerAdmin, moment, shortened
from searches.admin.orders import OrderForm
from searches.decisions import depth
from searches.funnel import funnel, stages
from searches.models import Search
from searches.planning import Placed

_TITLE = shortened("title")
# Lists of an imported search may have a hundred thousand values.
_LONGEST_SPEC = 2_000


class PriorityForm(forms.ModelForm):
    """The one thing about a search that is edited; a finished one has no use for it."""

    priority = forms.IntegerField(
        min_value=0,
        max_value=9,
        help_text="9 is served first.",
        widget=forms.NumberInput(attrs={"aria-label": "priority"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["priority"].disabled = self.instance.state == "finished"


@admin.register(Search)
class SearchAdmin(LedgerAdmin):
    """Orders come in by a form of their own; all else about a search is read-only."""

    form = PriorityForm
    list_display = (
        "id",
        _TITLE,
        "state",
        "priority",
        "size",
        "settled",
        "created_by",
        moment("created_at"),
    )
    list_display_links = (_TITLE,)
    list_editable = ("priority",)
    list_filter = ("state", "evidence_level", "hardware_class")
    search_fields = ("id", "key")
    search_help_text = "the number of a search, or its key"
    actions = ("pause", "resume", "cancel")
    fieldsets = (
        (None, {"fields": ("title", "state", "priority", "progress", "stage_table")}),
        (
            "Order",
            {
                "fields": (
                    "size",
                    "not_candidates",
                    "duplicates",
                    "unlisted",
                    "source",
                    "max_bits",
                    "depth_table",
                    "pm1",
                    "hardware_class",
                    "evidence_level",
                    "key",
                    "order_spec",
                )
            },
        ),
        ("History", {"fields": ("created_by", "created_at", "finished_at")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_change_permission(self, request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = [field.name for field in self.opts.fields if field.name != "priority"]
        return [*fields, "progress", "stage_table", "depth_table", "pm1", "order_spec"]

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return PriorityForm

    def view_on_site(self, obj: Search) -> str:
        return reverse("search", args=[obj.pk])

    def get_queryset(self, request: HttpRequest) -> QuerySet[Search]:
        return super().get_queryset(request).select_related("figure")

    @admin.display(description="settled")
    def settled(self, search: Search) -> str:
        """As the schedule counted it last."""
        if not hasattr(search, "figure") or not search.candidate_count:
            return "-"
        return f"{int(1000 * search.figure.settled / search.candidate_count) / 10:g} %"

    @admin.display(description="numbers")
    def progress(self, search: Search) -> str:
        return render_to_string(
            "admin/searches/funnel.html", {"counts": funnel(search)}
        )

    @admin.display(description="spec")
    def order_spec(self, search: Search) -> str:
        return Truncator(json.dumps(search.spec)).chars(_LONGEST_SPEC)

    @admin.display(description="P-1")
    def pm1(self, search: Search) -> str:
        if search.pm1_b1 is None:
            return search.pm1_note or "not done"
        bounds = f"B1 = {search.pm1_b1}, B2 = {search.pm1_b2}"
        return f"{bounds}, {search.pm1_note}" if search.pm1_note else bounds

    @admin.display(description="depth of the sieve")
    def depth_table(self, search: Search) -> str:
        return render_to_string("admin/searches/depth.html", {"depth": depth(search)})

    @admin.display(description="stages")
    def stage_table(self, search: Search) -> str:
        return render_to_string(
            "admin/searches/stages.html",
            {"stages": stages(search), "blocks": _blocks_of(search)},
        )

    def save_model(
        self, request: HttpRequest, obj: Search, form: Any, change: bool
    ) -> None:
        """Only the priority is written, and only if the search is not finished."""
        form.refused = not control.set_priority(obj.pk, obj.priority)
        if form.refused:
            self.message_user(
                request, f"{obj} is finished: priority unchanged", messages.WARNING
            )

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> str:
        if form.refused:
            return "priority unchanged: the search had finished"
        return f"priority set to {form.instance.priority}"

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = OrderForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            return self._place(request, form)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Order a search",
            "form": form,
            "media": self.media,
        }
        return render(request, "admin/searches/search/order.html", context)

    def _place(self, request: HttpRequest, form: OrderForm) -> HttpResponse:
        with transaction.atomic():
            placed = form.place(by=request.user.get_username())
            if placed.created:
                self.log_addition(request, placed.search, "ordered by an operator")
        self._tell(request, placed)
        assert form.order is not None
        for note in form.order.notes:
            self.message_user(request, note, messages.INFO)
        return HttpResponseRedirect(_page_of(placed.search))

    def _tell(self, request: HttpRequest, placed: Placed) -> None:
        search = placed.search
        link = format_html('<a href="{}">{}</a>', _page_of(search), search.title)
        if placed.created:
            text = format_html("Ordered: {}.", link)
            self.message_user(request, text, messages.SUCCESS)
            return
        text = format_html(
            "Nothing was added: this order is the search {}, which is {}.",
            link,
            search.state,
        )
        self.message_user(request, text, messages.WARNING)

    @admin.action(description="Pause", permissions=["operate"])
    def pause(self, request: HttpRequest, chosen: QuerySet[Search]) -> None:
        self.apply(request, chosen, control.pause, "paused")

    @admin.action(description="Resume", permissions=["operate"])
    def resume(self, request: HttpRequest, chosen: QuerySet[Search]) -> None:
        self.apply(request, chosen, control.resume, "resumed")

    @admin.action(description="Cancel", permissions=["operate"])
    def cancel(self, request: HttpRequest, chosen: QuerySet[Search]) -> None:
        self.apply(request, chosen, control.cancel, "cancelled")


def _page_of(search: Search) -> str:
    return reverse("admin:searches_search_change", args=[search.pk])


def _blocks_of(search: Search) -> str:
    return f"{reverse('admin:searches_block_changelist')}?search__id__exact={search.pk}"

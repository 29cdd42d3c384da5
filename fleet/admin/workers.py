"""Workers: who is there, who does what."""

from __future__ import annotations

import time
from typing import Any

import redis
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import format_html_join

from fleet import bell, commands, roster
from fleet.models import Worker
from searches.admin.lists import LedgerAdmin, moment
from searches.models import Block

_STARTED = moment("started_at")


def heard() -> set[str] | None:
    """The ids of the workers that the bell heard lately; None if it does not answer."""
    try:
        return {worker["worker"] for worker in bell.live_workers()}
    except (redis.RedisError, OSError):
        return None


class WorkerList(ChangeList):
    """Asks the bell once for all the rows of a page."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        ids = heard()
        if ids is None:
            messages.warning(request, "The bell does not answer: who lives is unknown.")
        for worker in self.result_list:
            worker.heard = None if ids is None else worker.pk in ids


class RunningFilter(admin.SimpleListFilter):
    """By what the ledger knows: a worker that was killed never said that it stopped."""

    title = "ended"
    parameter_name = "ended"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "not stopped in good order"), ("yes", "stopped")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Worker]
    ) -> QuerySet[Worker]:
        if self.value() not in ("no", "yes"):
            return queryset
        return queryset.filter(stopped_at__isnull=self.value() == "no")


class ClassFilter(admin.SimpleListFilter):
    title = "hardware class"
    parameter_name = "class"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in settings.HARDWARE_CLASSES]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Worker]
    ) -> QuerySet[Worker]:
        chosen = self.value()
        return queryset.filter(hardware_class=chosen) if chosen else queryset


@admin.register(Worker)
class WorkerAdmin(LedgerAdmin):
    list_display = (
        "hostname",
        "pid",
        "alive",
        "queue_names",
        "slots",
        "hardware_class",
        "current_blocks",
        _STARTED,
        moment("seen_at"),
        moment("stopped_at"),
    )
    list_filter = (RunningFilter, ClassFilter)
    ordering = ("-started_at",)
    sortable_by = (_STARTED,)
    search_fields = ("id",)
    search_help_text = "the id of a worker"
    readonly_fields = ("alive", "queue_names", "current_blocks")
    exclude = ("queues",)
    change_list_template = "admin/fleet/workers.html"
    actions = ("stop", "restart", "drain", "pause", "resume", "self_test")

    def get_urls(self) -> list[Any]:
        page = self.admin_site.admin_view(self.live_view)
        return [path("live/", page, name="fleet_live"), *super().get_urls()]

    def live_view(self, request: HttpRequest) -> HttpResponse:
        """The fleet as the bell knows it at this moment."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        began = time.perf_counter()
        try:
            fleet = bell.present()
        except (redis.RedisError, OSError):
            fleet = []
            messages.warning(request, "The bell does not answer: who lives is unknown.")
        took = 1000 * (time.perf_counter() - began)
        fleet.sort(key=lambda worker: (worker.hostname, worker.worker))
        context = {
            **self.admin_site.each_context(request),
            "title": "Fleet now",
            "opts": self.opts,
            "fleet": Paginator(fleet, self.list_per_page).get_page(
                request.GET.get("p")
            ),
            "workers": len(fleet),
            "slots": roster.total(fleet, "slots"),
            "busy": roster.total(fleet, "busy"),
            "took": f"{took:.1f}",
        }
        return render(request, "admin/fleet/live.html", context)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return WorkerList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Worker]:
        leased = Block.objects.filter(state="leased").order_by("id")
        return (
            super()
            .get_queryset(request)
            .prefetch_related(Prefetch("block_set", leased, to_attr="leased"))
        )

    @admin.display(description="alive")
    def alive(self, worker: Worker) -> str:
        if not hasattr(worker, "heard"):
            ids = heard()
            worker.heard = None if ids is None else worker.pk in ids  # type: ignore[attr-defined]
        words = {True: "yes", False: "no", None: "bell does not answer"}
        return words[worker.heard]  # type: ignore[attr-defined]

    @admin.display(description="queues")
    def queue_names(self, worker: Worker) -> str:
        return _in_short(worker.queues)

    @admin.display(description="current blocks", empty_value="none")
    def current_blocks(self, worker: Worker) -> str | None:
        links = [
            (
                reverse("admin:searches_block_change", args=[block.pk]),
                block.pk,
                f"{100 * block.progress:.0f} %",
            )
            for block in worker.leased  # type: ignore[attr-defined]
        ]
        return format_html_join(", ", '<a href="{}">{}</a> ({})', links) or None

    @admin.action(description="Stop", permissions=["operate"])
    def stop(self, request: HttpRequest, chosen: QuerySet[Worker]) -> None:
        self._tell(request, chosen, "stop")

    @admin.action(description="Restart", permissions=["operate"])
    def restart(self, request: HttpRequest, chosen: QuerySet[Worker]) -> None:
        self._tell(request, chosen, "restart")

    @admin.action(
        description="Drain (finish blocks, then stop)", permissions=["operate"]
    )
    def drain(self, request: HttpRequest, chosen: QuerySet[Worker]) -> None:
        self._tell(request, chosen, "drain")

    @admin.action(description="Pause (give blocks back)", permissions=["operate"])
    def pause(self, request: HttpRequest, chosen: QuerySet[Worker]) -> None:
        self._tell(request, chosen, "pause")

    @admin.action(description="Resume", permissions=["operate"])
    def resume(self, request: HttpRequest, chosen: QuerySet[Worker]) -> None:
        self._tell(request, chosen, "resume")

    @admin.action(description="Self-test", permissions=["operate"])
    def self_test(self, request: HttpRequest, chosen: QuerySet[Worker]) -> None:
        self._tell(request, chosen, "self-test")

    def _tell(self, request: HttpRequest, chosen: QuerySet[Worker], kind: str) -> None:
        """Queue the command for each; what becomes of it stands under Commands."""
        by = request.user.get_username()
        for worker in chosen:
            with transaction.atomic():
                commands.give(worker.pk, kind, by=by)
                self.log_change(request, worker, f"told to {kind}")
        told = f"{len(chosen)} told to {kind}; answers are under Commands."
        self.message_user(request, told, messages.SUCCESS)


def _in_short(queues: list[str]) -> str:
    """Each stage has a queue of its own and one for each class of hardware."""
    plain = [name for name in queues if "." not in name]
    classes = sorted({name.split(".")[1] for name in queues if "." in name})
    also = f" (also those of {', '.join(classes)})" if classes else ""
    return ", ".join(plain) + also

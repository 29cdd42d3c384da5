"""Hosts: what lives there now, what they are made of, what they did lately."""

from __future__ import annotations

from typing import Any

import redis
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from fleet import bell, commands, hosts
from fleet.models import Host
from fleet.roster import Present
from searches.admin.lists import LedgerAdmin, moment

#: Units of the drawing of throughput.
_WIDTH, _HEIGHT = 960, 160


@admin.register(Host)
class HostAdmin(LedgerAdmin):
    """The list shows all hosts that are heard of; below it those with credentials."""

    list_display = (
        "name",
        "role",
        "bell_user",
        "queues",
        moment("enrolled_at"),
        "enrolled_by",
        moment("revoked_at"),
    )
    ordering = ("name",)
    sortable_by = ()
    search_fields = ("name",)
    search_help_text = "the name of a host"
    change_list_template = "admin/fleet/enrolled.html"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("all/", view(self.all_view), name="fleet_hosts"),
            path("of/<path:name>/", view(self.one_view), name="fleet_host"),
            *super().get_urls(),
        ]

    def all_view(self, request: HttpRequest) -> HttpResponse:
        """Every host that lives or was heard of in a week."""
        self._require_view(request)
        rows = hosts.rows(_present(request))
        pages = Paginator(rows, self.list_per_page)
        context = self._context(
            request,
            "Hosts",
            hosts=pages.get_page(request.GET.get("p")),
            alive=sum(row.state != "away" for row in rows),
            slots=sum(row.slots for row in rows),
            busy=sum(row.busy for row in rows),
        )
        return render(request, "admin/fleet/hosts.html", context)

    def one_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """One host, with its commands; POST gives one to all its live workers."""
        self._require_view(request)
        found = hosts.detail(name, _present(request))
        if found is None:
            raise Http404(f"no host {name}")
        if request.method == "POST":
            return self._tell(request, found)
        context = self._context(
            request, name, host=found, bars=_bars(found.hours), kinds=_KINDS
        )
        return render(request, "admin/fleet/host.html", context)

    def _require_view(self, request: HttpRequest) -> None:
        if not request.user.has_perm("fleet.view_worker"):
            raise PermissionDenied

    def _tell(self, request: HttpRequest, found: hosts.Detail) -> HttpResponse:
        if not request.user.has_perm("fleet.change_worker"):
            raise PermissionDenied
        kind = request.POST.get("kind", "")
        live = [w.worker for w in found.row.present if w.queues != "coordinator"]
        if kind not in _KINDS:
            messages.error(request, f"{kind!r} is no command for a host")
        elif not live:
            messages.warning(request, "no worker of this host lives that computes")
        else:
            for worker in live:
                commands.give(worker, kind, by=request.user.get_username())
            messages.success(request, f"{len(live)} workers told to {kind}")
        return redirect("admin:fleet_host", name=found.row.name)

    def _context(self, request: HttpRequest, title: str, **more: Any) -> dict[str, Any]:
        shared = self.admin_site.each_context(request)
        return {**shared, "title": title, "opts": self.opts, **more}


_KINDS = ("pause", "resume", "drain", "restart", "stop", "self-test")


def _present(request: HttpRequest) -> list[Present]:
    try:
        return bell.present()
    except (redis.RedisError, OSError):
        messages.warning(request, "The bell does not answer: who lives is unknown.")
        return []


def _bars(hours: list[hosts.Hour]) -> dict[str, Any]:
    """The drawing of a day: blocks handed in by hour."""
    most = max((hour.blocks for hour in hours), default=0)
    step = _WIDTH / len(hours)
    return {
        "width": _WIDTH,
        "height": _HEIGHT,
        "most": most,
        "total": sum(hour.blocks for hour in hours),
        "columns": [
            {
                "x": round(place * step + 2, 1),
                "y": round(_HEIGHT - _HEIGHT * hour.blocks / max(most, 1), 1),
                "width": round(step - 4, 1),
                "height": round(_HEIGHT * hour.blocks / max(most, 1), 1),
                "hour": hour,
            }
            for place, hour in enumerate(hours)
        ],
    }

"""The operators' pages of webhooks: name one, exchange its secret, send again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from darkreach_site.api.events import KINDS
from darkreach_site.webhooks import deliveries
from darkreach_site.webhooks.models import STATES, Delivery, Webhook
from searches.admin.lists import LedgerAdmin, moment


class WebhookForm(forms.ModelForm):
    """Where to, and which events."""

    kinds = forms.MultipleChoiceField(
        choices=[(kind, kind) for kind in KINDS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: all, and those that come to be.",
    )
    search = forms.IntegerField(
        min_value=1,
        max_value=2**63 - 1,
        required=False,
        help_text="Only events of this search.",
    )

    class Meta:
        model = Webhook
        fields = ("name", "url", "kinds", "search", "active")


@admin.register(Webhook)
class WebhookAdmin(admin.ModelAdmin):
    form = WebhookForm
    list_display = ("name", "url", "active", "waiting", "dead", "cursor")
    readonly_fields = ("secret", "old_secret_until", "cursor", "created_at")
    actions = ("exchange_secret", "replay_dead")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # The page shows the secret: to look is as much as to change.
        return self.has_change_permission(request, obj)

    def save_model(
        self, request: HttpRequest, obj: Webhook, form: Any, change: bool
    ) -> None:
        """A new webhook hears of what is published from now on."""
        if change:
            obj.save(update_fields=form.changed_data)
            return
        obj.cursor = deliveries.newest()
        obj.save()

    @admin.display(description="waiting")
    def waiting(self, webhook: Webhook) -> int:
        return self._count(webhook, "waiting")

    @admin.display(description="dead")
    def dead(self, webhook: Webhook) -> int:
        return self._count(webhook, "dead")

    def _count(self, webhook: Webhook, state: str) -> int:
        return Delivery.objects.filter(webhook=webhook, state=state).count()

    @admin.action(description="Exchange the secret", permissions=["change"])
    def exchange_secret(self, request: HttpRequest, chosen: QuerySet[Webhook]) -> None:
        for webhook in chosen:
            deliveries.exchange_secret(webhook.pk)
            self.log_change(request, webhook, "secret exchanged by an operator")
        text = "The old secrets sign for another 24 hours, beside the new ones."
        self.message_user(request, text, messages.SUCCESS)

    @admin.action(description="Replay what was given up", permissions=["change"])
    def replay_dead(self, request: HttpRequest, chosen: QuerySet[Webhook]) -> None:
        dead = Delivery.objects.filter(webhook__in=chosen, state="dead")
        count = sum(map(deliveries.replay, list(dead.values_list("pk", flat=True))))
        for webhook in chosen:
            self.log_change(request, webhook, "replayed by an operator")
        self.message_user(request, f"{count} are sent again.", messages.SUCCESS)


class StateFilter(admin.SimpleListFilter):
    """A closed list of words."""

    title = parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(word, word) for word in STATES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = self.value()
        return queryset.filter(state=wanted) if wanted in STATES else queryset


@admin.register(Delivery)
class DeliveryAdmin(LedgerAdmin):
    list_display = (
        "id",
        "webhook",
        "sequence",
        "search",
        "state",
        "attempts",
        "answer",
        moment("next_at"),
        moment("delivered_at"),
    )
    list_filter = (StateFilter, "webhook")
    list_select_related = ("webhook",)
    search_fields = ("sequence", "search")
    search_help_text = "the number of an event, or of a search"
    actions = ("replay",)

    @admin.action(description="Send again", permissions=["operate"])
    def replay(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        self.apply(request, chosen, deliveries.replay, "sent again")

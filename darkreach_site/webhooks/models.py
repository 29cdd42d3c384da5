"""Who wants to hear of events, and what became of each event that was sent.

A webhook stands at a place of the published sequence, its `cursor`: what lies behind it
has a delivery or was not wanted.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from darkreach_site.webhooks.addresses import check_url
from darkreach_site.webhooks.signing import new_secret

#: waiting: due at `next_at`, or being sent and due again then. dead: given up.
STATES = ("waiting", "delivered", "dead")
#: Events that belong to no search keep their order among themselves.
NO_SEARCH = 0


class Webhook(models.Model):
    """An address that events are sent to, and the secret that they are signed with."""

    name = models.CharField(max_length=60, unique=True)
    url = models.CharField(max_length=500, validators=[check_url])
    kinds = models.JSONField(default=list, blank=True)
    search = models.BigIntegerField(null=True, blank=True)
    active = models.BooleanField(default=True)
    secret = models.CharField(max_length=80, default=new_secret, editable=False)
    # The secret before this one signs as well until then.
    old_secret = models.CharField(max_length=80, blank=True, editable=False)
    old_secret_until = models.DateTimeField(null=True, editable=False)
    cursor = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One event on its way to one webhook."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE)
    sequence = models.BigIntegerField()
    search = models.BigIntegerField(default=NO_SEARCH)
    state = models.CharField(max_length=10, default="waiting")
    # Grows at each attempt and never shrinks: the epoch that fences its outcome.
    attempts = models.IntegerField(default=0)
    # Failed attempts since it was made or replayed.
    failures = models.IntegerField(default=0)
    next_at = models.DateTimeField()
    # What the last attempt came to: a status of HTTP or a reason.
    answer = models.CharField(max_length=200, blank=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["webhook", "sequence"], name="delivery_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=STATES), name="delivery_state_known"
            ),
        ]
        indexes = [
            # The first of each search that waits; what is due.
            models.Index(
                fields=["webhook", "search", "sequence"],
                condition=Q(state="waiting"),
                name="delivery_waiting",
            ),
            models.Index(
                fields=["next_at"], condition=Q(state="waiting"), name="delivery_due"
            ),
            models.Index(
                fields=["delivered_at"],
                condition=Q(state="delivered"),
                name="delivery_old",
            ),
        ]

    def __str__(self) -> str:
        return f"event {self.sequence} to {self.webhook_id}"

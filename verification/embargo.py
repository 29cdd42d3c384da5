"""Which primes the public may see: verified ones, after the embargo of this site.

`Prime` holds verified numbers only. The embargo gives the finder time to look, and to
announce the number first.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from verification.models import Prime


def ends_before(now: datetime | None = None) -> datetime | None:
    """Primes found until then are public; None: all are."""
    if not settings.EMBARGO_HOURS:
        return None
    return (now or timezone.now()) - timedelta(hours=settings.EMBARGO_HOURS)


def public(now: datetime | None = None) -> QuerySet[Prime]:
    """The primes that everybody may see."""
    end = ends_before(now)
    return Prime.objects.filter(found_at__lte=end) if end else Prime.objects.all()


def hidden(now: datetime | None = None) -> QuerySet[Prime]:
    """The primes that are not shown yet."""
    end = ends_before(now)
    return Prime.objects.filter(found_at__gt=end) if end else Prime.objects.none()


def hidden_keys(keys: Iterable[str], now: datetime | None = None) -> set[str]:
    """Those of the keys whose numbers are primes that are not shown yet."""
    return set(hidden(now).filter(key__in=list(keys)).values_list("key", flat=True))

from django.apps import AppConfig


class FleetConfig(AppConfig):
    name = "fleet"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from searches import outbox

        if _tell not in outbox.after_commit:
            outbox.after_commit.append(_tell)


#: After these a search has blocks to give out: it was ordered, or it goes on.
_BEGINNINGS = ("search.placed", "search.running")


def _tell(kind: str, search: int | None) -> None:
    # Brings Celery along, which most commands never need.
    from fleet import bell

    if bell.wake_relay() and kind in _BEGINNINGS:
        bell.ring_for(search)

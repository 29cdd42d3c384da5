from django.apps import AppConfig


class FleetConfig(AppConfig):
    name = "fleet"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from searches import outbox

        if _wake not in outbox.after_commit:
            outbox.after_commit.append(_wake)


def _wake() -> None:
    # Brings Celery along, which most commands never need.
    from fleet import bell

    bell.wake_relay()

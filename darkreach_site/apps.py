from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "darkreach_site"

    def ready(self) -> None:
        from darkreach_site import exposure

        exposure.register()

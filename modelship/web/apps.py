from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "modelship.web"
    label = "web"

    def ready(self) -> None:
        # Needs the models, which exist only now.
        from modelship.web.jobs import register_jobs  # noqa: PLC0415

        register_jobs()

from django.apps import AppConfig


class InferenceConfig(AppConfig):
    name = "inference"

    def ready(self) -> None:
        # Needs the models, which exist only now.
        from inference.jobs import register_jobs  # noqa: PLC0415

        register_jobs()

from django.apps import AppConfig


class InferenceConfig(AppConfig):
    name = "inference"

    def ready(self) -> None:
        # Needs the models, which exist only now.
        from annotations.version_needs import register_need  # noqa: PLC0415
        from datasets.arrivals import register as register_welcome  # noqa: PLC0415
        from inference.actions.automation import note_arrivals  # noqa: PLC0415
        from inference.client.state import check  # noqa: PLC0415
        from inference.jobs import register_jobs  # noqa: PLC0415
        from inference.language_jobs import register_language_jobs  # noqa: PLC0415
        from inference.language_queries import counted_tokens  # noqa: PLC0415
        from inference.queries import is_trained_on  # noqa: PLC0415
        from modelship.ops.health import register_spare  # noqa: PLC0415
        from modelship.usage.resources import LANGUAGE, register  # noqa: PLC0415

        register_jobs()
        register_language_jobs()
        register_spare("inference", check)
        register(
            LANGUAGE,
            title="Language models, this month",
            unit="tokens",
            count=counted_tokens,
            advice="Wait for the next month, or ask the operator for more.",
        )
        register_need(is_trained_on)
        register_welcome(note_arrivals)

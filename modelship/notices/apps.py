from importlib import import_module

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "modelship.notices"
    label = "notices"

    def ready(self) -> None:
        # Needs the models, which exist only now.
        import_module("modelship.notices.jobs").register_jobs()

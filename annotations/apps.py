from importlib import import_module

from django.apps import AppConfig


class AnnotationsConfig(AppConfig):
    name = "annotations"

    def ready(self) -> None:
        # Needs the models, which exist only now.
        import_module("annotations.jobs").register_jobs()
        import_module("annotations.search_queries").register_keys()
        import_module("datasets.snapshots").register(
            import_module("annotations.actions.freeze").freeze_automatically
        )

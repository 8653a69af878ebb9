from importlib import import_module

from django.apps import AppConfig


class AnnotationsConfig(AppConfig):
    name = "annotations"

    def ready(self) -> None:
        # Needs the models, which exist only now.
        import_module("annotations.jobs").register_jobs()
        sight = import_module("annotations.round_sight").SIGHT
        import_module("modelship.jobs.sight").register("rounds", sight)
        import_module("annotations.search_queries").register_keys()
        import_module("annotations.assignment_search").register_keys()
        import_module("annotations.thread_search").register_keys()
        import_module("annotations.seen_queries").register_keys()
        import_module("annotations.actions.assign_many").register_changes()
        import_module("datasets.beside").register(
            "assignees", import_module("annotations.assignment_queries").assignees_of
        )
        import_module("datasets.beside").register("holds", import_module("annotations.hold_queries").holds_of)
        import_module("datasets.snapshots").register(
            import_module("annotations.actions.freeze").freeze_automatically
        )

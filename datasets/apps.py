from importlib import import_module

from django.apps import AppConfig
from django.conf import settings

from modelship.lib import limited


class DatasetsConfig(AppConfig):
    name = "datasets"

    def ready(self) -> None:
        # Needs the models, which exist only now.
        import_module("datasets.jobs").register_jobs()
        sight = import_module("datasets.job_sight").SIGHT
        import_module("modelship.jobs.sight").register("datasets", sight)
        import_module("datasets.search.conditions").register_keys()
        free_bytes = import_module("datasets.actions.free_bytes")
        import_module("modelship.projects.deletion").register(free_bytes.KIND, free_bytes.free_later)
        storage = import_module("datasets.storage")
        resources = import_module("modelship.usage.resources")
        resources.register(resources.STORAGE, title="Storage", unit="bytes", count=storage.stored_bytes)
        limited.configure(children=settings.MODELSHIP_CHILDREN)

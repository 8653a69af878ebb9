"""Makes the kinds of the tests known to worker processes that tests start (MODELSHIP_TEST_APPS)."""

from importlib import import_module

from django.apps import AppConfig


class TestJobsConfig(AppConfig):
    name = "tests.modelship.jobs"
    label = "test_jobs"

    def ready(self) -> None:
        # Needs the models, which exist only now.
        import_module("tests.modelship.jobs.kinds").register_all()

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "modelship.jobs"
    label = "jobs"

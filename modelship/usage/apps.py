from django.apps import AppConfig


class UsageConfig(AppConfig):
    name = "modelship.usage"
    label = "usage"

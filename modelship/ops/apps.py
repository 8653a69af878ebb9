from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "modelship.ops"
    label = "ops"

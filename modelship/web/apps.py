from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "modelship.web"
    label = "web"

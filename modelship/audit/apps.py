from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "modelship.audit"
    label = "audit"

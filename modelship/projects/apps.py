from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "modelship.projects"
    label = "projects"

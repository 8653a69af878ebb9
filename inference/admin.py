"""Models and runs in the admin site: to look at. Rows change through the product alone, which audits it."""

from django.contrib import admin

from inference.models import DetectorModel, Evaluation, Ghosts, ImageRun, TrainingRun
from modelship.audit.admin import ReadOnlyAdmin


@admin.register(DetectorModel)
class DetectorModelAdmin(ReadOnlyAdmin):
    list_display = (
        "name",
        "tenant",
        "task",
        "head",
        "input_width",
        "input_height",
        "size",
        "state",
        "created_at",
    )
    list_filter = ("state", "task", "head", "tenant")
    list_select_related = ("tenant",)
    search_fields = ("id", "name", "sha256")
    date_hierarchy = "created_at"


@admin.register(ImageRun)
class ImageRunAdmin(ReadOnlyAdmin):
    list_display = ("image", "job", "boxes", "unmapped", "dropped", "milliseconds", "created_at")
    list_select_related = ("image", "job")
    search_fields = ("image__id", "image__filename", "job__id")
    date_hierarchy = "created_at"


@admin.register(Ghosts)
class GhostsAdmin(ReadOnlyAdmin):
    list_display = ("image", "model", "seen_at")
    list_select_related = ("image", "model")
    search_fields = ("image__id", "image__filename", "model__name")
    date_hierarchy = "seen_at"


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnlyAdmin):
    list_display = ("base_name", "dataset", "version", "model", "tenant", "created_at", "finished_at")
    list_filter = ("tenant",)
    list_select_related = ("dataset", "model", "tenant")
    search_fields = ("id", "base_name", "dataset__name")
    date_hierarchy = "created_at"


@admin.register(Evaluation)
class EvaluationAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "dataset", "truth", "tenant", "created_at", "finished_at")
    list_filter = ("truth", "tenant")
    list_select_related = ("dataset", "tenant")
    search_fields = ("id", "dataset__name")
    date_hierarchy = "created_at"

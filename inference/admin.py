"""Models and runs in the admin site: to look at. Rows change through the product alone, which audits it."""

from django.contrib import admin

from inference.models import (
    DetectorModel,
    Evaluation,
    Ghosts,
    ImageRun,
    LanguageEndpoint,
    LanguageUse,
    Text,
    TrainingRun,
)
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


@admin.register(LanguageEndpoint)
class LanguageEndpointAdmin(ReadOnlyAdmin):
    exclude = ("secret",)
    list_display = ("name", "tenant", "model", "base_url", "is_default", "month", "month_tokens")
    list_filter = ("tenant",)
    list_select_related = ("tenant",)
    search_fields = ("id", "name", "model", "base_url")


@admin.register(LanguageUse)
class LanguageUseAdmin(ReadOnlyAdmin):
    list_display = (
        "model",
        "endpoint",
        "tenant",
        "job",
        "input_tokens",
        "output_tokens",
        "reserved",
        "created_at",
    )
    list_filter = ("tenant",)
    list_select_related = ("endpoint", "tenant", "job")
    search_fields = ("model", "job__id")
    date_hierarchy = "created_at"


@admin.register(Text)
class TextAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "dataset", "state", "label", "confidence", "reviewed_by", "reviewed_at")
    list_filter = ("state",)
    list_select_related = ("dataset", "reviewed_by")
    search_fields = ("id", "key", "dataset__name")


@admin.register(Evaluation)
class EvaluationAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "dataset", "truth", "tenant", "created_at", "finished_at")
    list_filter = ("truth", "tenant")
    list_select_related = ("dataset", "tenant")
    search_fields = ("id", "dataset__name")
    date_hierarchy = "created_at"

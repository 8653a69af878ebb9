"""Datasets and images in the admin site: to look at. Rows change through the product alone, which audits it."""

from django.contrib import admin

from datasets.models import Blob, Dataset, DatasetVersion, Image
from modelship.audit.admin import ReadOnlyAdmin


@admin.register(Dataset)
class DatasetAdmin(ReadOnlyAdmin):
    list_display = ("name", "project", "tenant", "kind", "created_by", "created_at")
    list_filter = ("kind", "tenant")
    list_select_related = ("project", "tenant", "created_by")
    search_fields = ("id", "name", "project__name")
    date_hierarchy = "created_at"


@admin.register(Image)
class ImageAdmin(ReadOnlyAdmin):
    list_display = ("filename", "dataset", "tenant", "state", "width", "height", "box_count", "created_at")
    list_filter = ("state", "format", "tenant")
    list_select_related = ("dataset", "tenant")
    search_fields = ("id", "filename", "blob__sha256")
    date_hierarchy = "created_at"


@admin.register(Blob)
class BlobAdmin(ReadOnlyAdmin):
    list_display = ("sha256", "tenant", "size", "content_type", "created_at")
    list_filter = ("content_type", "tenant")
    list_select_related = ("tenant",)
    search_fields = ("sha256",)


@admin.register(DatasetVersion)
class DatasetVersionAdmin(ReadOnlyAdmin):
    list_display = ("dataset", "number", "message", "image_count", "box_count", "created_by", "created_at")
    list_filter = ("source", "dataset__tenant")
    list_select_related = ("dataset", "created_by")
    search_fields = ("dataset__id", "dataset__name", "message")
    date_hierarchy = "created_at"

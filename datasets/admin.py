"""Datasets and images in the admin site: to look at. Rows change through the product alone, which audits it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from datasets.models import Blob, Dataset, Image


class ReadOnlyAdmin(ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


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

"""Classes, and canvases to look at. Boxes change only through the write path, so nothing here edits them."""

from django.contrib import admin

from annotations.models import Assignment, Box, Canvas, CanvasEdit, Export, LabelClass, Thread
from modelship.audit.admin import ReadOnlyAdmin


@admin.register(LabelClass)
class LabelClassAdmin(ReadOnlyAdmin):
    list_display = ("name", "project", "color", "hotkey", "order")
    list_filter = ("project__tenant",)
    list_select_related = ("project",)
    search_fields = ("name", "project__name")


@admin.register(Canvas)
class CanvasAdmin(ReadOnlyAdmin):
    list_display = ("image", "seq", "review_state", "updated_at")
    list_filter = ("review_state",)
    list_select_related = ("image",)
    search_fields = ("image__filename", "image__id")
    exclude = ("blob",)


@admin.register(Box)
class BoxAdmin(ReadOnlyAdmin):
    list_display = ("uid", "label", "shape", "source", "score", "state", "deleted", "seq")
    list_filter = ("source", "state", "deleted")
    list_select_related = ("label",)
    search_fields = ("uid", "canvas__image__id")
    show_full_result_count = False


@admin.register(CanvasEdit)
class CanvasEditAdmin(ReadOnlyAdmin):
    list_display = ("canvas_id", "seq", "who", "count", "created_at")
    search_fields = ("canvas__image__id", "ref")
    show_full_result_count = False

    @admin.display(description="actor")
    def who(self, edit: CanvasEdit) -> str:
        return str(edit.actor.get("name", ""))

    @admin.display(description="edits")
    def count(self, edit: CanvasEdit) -> int:
        return len(edit.edits)


@admin.register(Assignment)
class AssignmentAdmin(ReadOnlyAdmin):
    list_display = ("image", "user", "purpose", "due_on", "created_at")
    list_filter = ("purpose",)
    list_select_related = ("image", "user")
    search_fields = ("user__email", "image__id")
    show_full_result_count = False


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin):
    list_display = ("filename", "format", "dataset", "created_by", "created_at")
    list_filter = ("format",)
    list_select_related = ("dataset", "created_by")
    search_fields = ("filename", "dataset__name")


@admin.register(Thread)
class ThreadAdmin(ReadOnlyAdmin):
    list_display = ("image", "number", "anchor", "created_by", "comment_count", "resolved_at", "updated_at")
    list_filter = ("anchor",)
    list_select_related = ("image", "created_by")
    search_fields = ("image__id", "created_by__email")
    show_full_result_count = False

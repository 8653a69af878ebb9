"""The trail, to read; and the base of every other page of the admin site that only shows."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from modelship.audit.models import AuditEntry


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that change through the product's own actions alone."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "tenant", "number", "who", "verb", "subject")
    list_filter = ("tenant", "verb")
    search_fields = ("subject", "verb")
    date_hierarchy = "at"

    @admin.display(description="actor")
    def who(self, entry: AuditEntry) -> str:
        return str(entry.actor.get("name", ""))

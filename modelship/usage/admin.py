"""Quotas in the admin site: the operator sets limits; what is used is the product's own account."""

from django.contrib import admin

from modelship.usage.models import Quota


@admin.register(Quota)
class QuotaAdmin(admin.ModelAdmin):
    list_display = ("tenant", "resource", "used", "limit")
    list_filter = ("resource", "tenant")
    list_select_related = ("tenant",)
    readonly_fields = ("used",)
    autocomplete_fields = ("tenant",)

"""Projects and the roles in them, for the operator."""

from django.contrib import admin

from modelship.projects.models import Member, Project


class MemberInline(admin.TabularInline):
    model = Member
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Project)
class ProjectAdmin(admin.ModelAdmin):
    list_display = ("name", "tenant", "created_by", "created_at")
    list_filter = ("tenant",)
    search_fields = ("name", "description")
    autocomplete_fields = ("tenant", "created_by")
    inlines = (MemberInline,)

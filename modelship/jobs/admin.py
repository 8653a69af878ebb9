"""Jobs in the admin site: read, cancel, retry. Rows are made by the product alone."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest

from modelship.accounts.actors import Actor
from modelship.jobs import actions
from modelship.jobs.models import Job
from modelship.lib.errors import Problem


@admin.register(Job)
class JobAdmin(ModelAdmin):
    list_display = ("title", "kind", "state", "tenant", "project", "done", "total", "attempts", "created_at")
    list_filter = ("state", "kind", "tenant")
    search_fields = ("id", "title", "kind")
    date_hierarchy = "created_at"
    list_select_related = ("tenant", "project")
    actions = ("cancel_jobs", "retry_jobs")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Job | None = None) -> list[str]:
        return [field.name for field in Job._meta.fields]

    @admin.action(description="Cancel the selected jobs", permissions=["change"])
    def cancel_jobs(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._steer(request, queryset, actions.cancel, "cancelled")

    @admin.action(description="Retry the selected jobs", permissions=["change"])
    def retry_jobs(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._steer(request, queryset, actions.retry, "queued again")

    def _steer(self, request: HttpRequest, jobs: QuerySet[Job], action: Any, outcome: str) -> None:
        moved = 0
        for job in jobs.select_related("tenant"):
            actor = Actor(tenant=job.tenant, role="owner", user=request.user)  # type: ignore[arg-type]
            try:
                action(job, actor)
                moved += 1
            except Problem as problem:
                self.message_user(request, f"{job.title}: {problem.detail}", messages.WARNING)
        if moved:
            self.message_user(request, f"{moved} jobs were {outcome}.", messages.SUCCESS)

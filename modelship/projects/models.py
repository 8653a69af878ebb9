"""Projects: what people work on together, and who has a role of their own in one."""

from django.conf import settings
from django.db import models

from modelship.accounts.roles import ROLE_CHOICES
from modelship.lib.clock import now
from modelship.lib.ids import new_id


class Project(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="projects")
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    # How a picture that somebody works on is kept for them: every edit reads it together with its place. The
    # project's workflow says it, too, and is where it is changed.
    hold_mode = models.CharField(max_length=4, default="soft", db_default="soft", editable=False)
    hold_minutes = models.PositiveSmallIntegerField(default=15, db_default=15, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="project_name_once")]
        indexes = [models.Index(fields=["tenant", "-created_at", "id"], name="project_list")]

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """A person's role in one project, where it differs from the role in the tenant."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=20, choices=ROLE_CHOICES)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="project_member_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.project}"

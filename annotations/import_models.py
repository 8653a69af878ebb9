"""Labels on their way in: the file, what was found in it, and how far taking it over has come."""

from django.conf import settings
from django.db import models

from modelship.lib.clock import now
from modelship.lib.ids import new_id


class Import(models.Model):
    """A file with labels. A job looks through it and writes the report; another one takes it over."""

    class State(models.TextChoices):
        CHECKING = "checking"
        CHECKED = "checked"
        APPLYING = "applying"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+")
    dataset = models.ForeignKey("datasets.Dataset", on_delete=models.CASCADE, related_name="imports")
    filename = models.CharField(max_length=255)
    blob = models.ForeignKey("datasets.Blob", on_delete=models.RESTRICT, related_name="+")
    options = models.JSONField(default=dict)
    # What the last look found, and what taking it over did.
    report = models.JSONField(null=True)
    result = models.JSONField(null=True)
    job = models.ForeignKey("jobs.Job", on_delete=models.SET_NULL, null=True, related_name="+")
    # How many pictures of the file were taken over, and what came of them: the next attempt goes on there.
    reached = models.PositiveIntegerField(default=0)
    counted = models.JSONField(default=dict)
    is_applying = models.BooleanField(default=False)
    applied_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["dataset", "-created_at", "id"], name="import_list")]

    def __str__(self) -> str:
        return self.filename

    @property
    def state(self) -> str:
        if self.applied_at:
            return self.State.DONE
        if self.job and self.job.is_live:
            return self.State.APPLYING if self.is_applying else self.State.CHECKING
        return self.State.CHECKED if self.report is not None and not self._has_failed else self.State.FAILED

    @property
    def _has_failed(self) -> bool:
        return self.job is not None and self.job.state in ("failed", "cancelled")

"""Where a dataset's pictures come from, file by file, and what a scan found."""

from django.conf import settings
from django.db import models

from datasets.sources.base import Entry
from modelship.lib.clock import now
from modelship.lib.ids import new_id


class Source(models.Model):
    """A place outside that a dataset is filled from. What is secret lies sealed in `secret` and nowhere else."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+")
    dataset = models.ForeignKey("datasets.Dataset", on_delete=models.CASCADE, related_name="sources")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    config = models.JSONField(default=dict)
    secret = models.TextField(blank=True, default="", editable=False)
    # Which of its secrets are set, so that showing a source needs none of them.
    secret_names = models.JSONField(default=list, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "name"], name="source_name_once")]
        indexes = [models.Index(fields=["tenant", "-created_at", "id"], name="source_list")]

    def __str__(self) -> str:
        return self.name


class SourceFile(models.Model):
    """One file of a source as it was when it was last noticed, and what became of it."""

    class Status(models.TextChoices):
        NEW = "new"
        INGESTED = "ingested"
        DUPLICATE = "duplicate"
        REFUSED = "refused"
        MISSING = "missing"

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="files", db_index=False)
    key = models.CharField(max_length=1024)
    size = models.BigIntegerField(null=True)
    modified = models.CharField(max_length=40, blank=True)
    etag = models.CharField(max_length=255, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    image = models.ForeignKey("datasets.Image", on_delete=models.SET_NULL, null=True, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.NEW)
    problem = models.JSONField(null=True)
    # The job that read it last, and whether other bytes were known under this key before.
    run = models.UUIDField(null=True)
    is_change = models.BooleanField(default=False)
    seen_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="source_key_once")]
        indexes = [
            models.Index(fields=["source", "status", "id"], name="source_file_status"),
            models.Index(fields=["source", "run", "status"], name="source_file_run"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def entry(self) -> Entry:
        return Entry(self.key, self.size, self.modified, self.etag)

    def note(self, entry: Entry | None) -> None:
        """Remember this as the state that was read; None makes the next run read it again whatever it is like."""
        self.size = entry.size if entry else None
        self.modified = entry.modified if entry else ""
        self.etag = entry.etag if entry else ""


class ScanFinding(models.Model):
    """One thing that a scan found different between a place and the database."""

    class Kind(models.TextChoices):
        NEW = "new"
        CHANGED = "changed"
        MISSING = "missing"
        ORPHANED = "orphaned"

    job = models.ForeignKey("jobs.Job", on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    subject = models.CharField(max_length=1024)
    size = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "kind", "subject"], name="finding_once")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.subject}"

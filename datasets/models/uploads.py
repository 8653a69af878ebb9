"""Uploads on their way: what was announced, how much of it has arrived, and what became of it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from modelship.lib.clock import now
from modelship.lib.ids import new_id


class UploadSession(models.Model):
    """One file that somebody announced. `offset` is what is safe on disk, never more than what is there."""

    class Kind(models.TextChoices):
        TUS = "tus"
        PRESIGNED = "presigned"
        # The whole file came in one request: only archives get a row then, for their verdicts.
        MULTIPART = "multipart"

    class State(models.TextChoices):
        OPEN = "open"
        COMPLETING = "completing"
        DONE = "done"
        FAILED = "failed"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+")
    dataset = models.ForeignKey("datasets.Dataset", on_delete=models.CASCADE, related_name="+")
    filename = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True, default="")
    content_type = models.CharField(max_length=100, blank=True, default="")
    metadata = models.JSONField(default=dict)
    # What the client computed of the content, to know the same file again; it proves nothing.
    fingerprint = models.CharField(max_length=100, blank=True, default="")
    is_archive = models.BooleanField(default=False)
    # A plain tus client knows no "complete": its file is taken in when the last byte has arrived.
    completes_itself = models.BooleanField(default=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # A presigned upload in parts: how large they are (0: it goes in one piece), and the store's name for it.
    part_size = models.PositiveBigIntegerField(default=0)
    store_upload = models.CharField(max_length=1024, blank=True, default="")
    # Whether its size is taken from the tenant's quota: from the announcement until it is judged.
    holds_room = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    offset = models.PositiveBigIntegerField(default=0)
    # {"filename", "status", "image": id or null, "problem"}: said once, repeated for ever.
    verdict = models.JSONField(null=True)
    job = models.ForeignKey("jobs.Job", on_delete=models.SET_NULL, null=True, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(offset__lte=F("size")), name="upload_within_its_size")
        ]
        indexes = [
            models.Index(fields=["state", "expires_at"], name="upload_expiry"),
            models.Index(fields=["dataset", "-created_at", "-id"], name="upload_of_dataset"),
            models.Index(fields=["created_by", "-created_at", "-id"], name="upload_of_person"),
        ]

    def __str__(self) -> str:
        return self.filename


class UploadVerdict(models.Model):
    """What became of one member of an uploaded archive; `number` is its place in there."""

    class Status(models.TextChoices):
        CREATED = "created"
        DUPLICATE = "duplicate"
        REFUSED = "refused"
        SKIPPED = "skipped"

    session = models.ForeignKey(UploadSession, on_delete=models.CASCADE, related_name="verdicts")
    number = models.PositiveIntegerField()
    path = models.CharField(max_length=1024)
    status = models.CharField(max_length=10, choices=Status.choices)
    image = models.ForeignKey("datasets.Image", on_delete=models.SET_NULL, null=True, related_name="+")
    code = models.CharField(max_length=60, blank=True, default="")
    detail = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "number"], name="upload_verdict_once")]
        indexes = [models.Index(fields=["session", "status", "number"], name="upload_verdict_by_status")]

    def __str__(self) -> str:
        return self.path

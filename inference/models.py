"""What models can do: those that are installed, and the record that a job labelled an image."""

from django.db import models
from django.db.models import Q

from modelship.lib.clock import now
from modelship.lib.ids import new_id


class DetectorModel(models.Model):
    """An installed ONNX model. Without a tenant it is everybody's; the bytes never change."""

    class Task(models.TextChoices):
        """What it does: find boxes, or turn a picture into a vector."""

        DETECT = "detect"
        EMBED = "embed"

    class State(models.TextChoices):
        ACTIVE = "active"
        ARCHIVED = "archived"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=200)
    task = models.CharField(max_length=10, choices=Task.choices, default=Task.DETECT)
    head = models.CharField(max_length=40)
    input_width = models.PositiveIntegerField()
    input_height = models.PositiveIntegerField()
    class_names = models.JSONField(default=list)
    # The engine's ModelSpec: how pixels become the input and the output becomes boxes.
    spec = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    license = models.CharField(max_length=100, blank=True)
    source = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name", "sha256"], name="model_once"),
            models.UniqueConstraint(
                fields=["name", "sha256"], condition=Q(tenant__isnull=True), name="shared_model_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ImageRun(models.Model):
    """A job labelled this image: written with the proposals, so a second run of the job skips it."""

    job = models.ForeignKey("jobs.Job", on_delete=models.CASCADE, related_name="+")
    image = models.ForeignKey("datasets.Image", on_delete=models.CASCADE, related_name="+")
    boxes = models.PositiveIntegerField()
    # Detections that became no box: without a class in the project, and beyond what the image holds.
    unmapped = models.PositiveIntegerField(default=0)
    dropped = models.PositiveIntegerField(default=0)
    milliseconds = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "image"], name="image_run_once")]

    def __str__(self) -> str:
        return f"run on {self.image_id}"

"""What models can do: those that are installed, the record that a job labelled an image, trainings, evaluations."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from inference.language_models import LanguageAnswer, LanguageEndpoint, LanguageUse, Text
from modelship.lib.clock import now
from modelship.lib.ids import new_id

__all__ = [
    "DetectorModel",
    "Ghosts",
    "ImageRun",
    "LanguageAnswer",
    "LanguageEndpoint",
    "LanguageUse",
    "Text",
    "TrainingRun",
]


class DetectorModel(models.Model):
    """An installed ONNX model. Without a tenant it is everybody's; the bytes never change."""

    class Task(models.TextChoices):
        """What it does: find boxes, name a picture, or turn one into a vector."""

        DETECT = "detect"
        CLASSIFY = "classify"
        EMBED = "embed"

    class State(models.TextChoices):
        """A draft has not yet seen anything where there is something to see; it does not label."""

        DRAFT = "draft"
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
    # What the self-test gave (the engine's Proof): its verdict and each way to feed pixels that was tried.
    proof = models.JSONField(default=dict)
    # Whether our training wrote the file, so that it can go on from it.
    is_trainable = models.BooleanField(default=False)
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


class LabelOnUpload(models.Model):
    """What a project wants done with pictures that come in: which model looks at them, and how.

    `asked` are the fields of labelling as they were sent. A model that is deleted leaves its name behind.
    """

    project = models.OneToOneField("projects.Project", on_delete=models.CASCADE, related_name="+")
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+")
    model = models.ForeignKey(DetectorModel, on_delete=models.SET_NULL, null=True, related_name="+")
    model_name = models.CharField(max_length=200)
    asked = models.JSONField(default=dict)
    is_on = models.BooleanField(default=True)
    # Who set it up: the proposals name this person beside the model, and stay the project's when they leave.
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    updated_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name_plural = "label on upload"

    def __str__(self) -> str:
        return f"label on upload with {self.model_name}"


class Arrival(models.Model):
    """A picture that came in and is to be labelled: written with the picture, gone when a job has dealt with it."""

    image = models.OneToOneField("datasets.Image", on_delete=models.CASCADE, related_name="+")
    # The image's own, so that those of a dataset are found without a look at its pictures.
    dataset = models.ForeignKey("datasets.Dataset", on_delete=models.CASCADE, related_name="+")
    # The job that has taken it on; none yet.
    job = models.ForeignKey("jobs.Job", on_delete=models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"arrival of {self.image_id}"


class Ghosts(models.Model):
    """What a model half believes about an image: no boxes of its canvas, but at hand for people who miss one.

    The next look of the same model replaces it. A row of `rows` is class name, score, x, y, w, h and
    slice, in pixels of the upright original, the surest first.
    """

    image = models.ForeignKey("datasets.Image", on_delete=models.CASCADE, related_name="+")
    model = models.ForeignKey(DetectorModel, on_delete=models.CASCADE, related_name="+")
    rows = models.JSONField(default=list)
    seen_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name_plural = "ghosts"
        constraints = [models.UniqueConstraint(fields=["image", "model"], name="ghosts_once")]

    def __str__(self) -> str:
        return f"ghosts of {self.image_id}"


class DoneByJob(models.Model):
    """What one job works at until it is finished."""

    job: Any
    finished_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    @property
    def state(self) -> str:
        """Where its job stands; what is finished stays so when its job's row is gone."""
        if self.finished_at is not None:
            return "succeeded"
        return self.job.state if self.job else "failed"


class TrainingRun(DoneByJob):
    """A training from a base model on a dataset: what was asked for, how it went, and what came of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+")
    dataset = models.ForeignKey("datasets.Dataset", on_delete=models.CASCADE, related_name="trainings")
    # The number of the dataset's version; none is the dataset as it was when the job read it.
    version = models.PositiveIntegerField(null=True)
    job = models.OneToOneField("jobs.Job", on_delete=models.SET_NULL, null=True, related_name="training")
    base = models.ForeignKey(
        DetectorModel, on_delete=models.SET_NULL, null=True, related_name="continuations"
    )
    # Kept for the card: the base may be renamed or deleted.
    base_name = models.CharField(max_length=200)
    license = models.CharField(max_length=100, blank=True)
    model = models.ForeignKey(DetectorModel, on_delete=models.SET_NULL, null=True, related_name="trainings")
    options = models.JSONField(default=dict)
    classes = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    # The ids of the pictures that the model is measured on; it learns from all others.
    held_out = models.JSONField(default=list)
    # At most 400 points of the loss curve, the earliest first.
    history = models.JSONField(default=list)
    metrics = models.JSONField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "-created_at", "id"], name="training_list"),
            models.Index(fields=["dataset", "-created_at", "id"], name="training_by_dataset"),
        ]

    def __str__(self) -> str:
        return f"training from {self.base_name}"


class Evaluation(DoneByJob):
    """One or two ways of looking at a sample of pictures, measured against what people reviewed and each other."""

    class Truth(models.TextChoices):
        """Whose boxes are the truth: those of approved images, of images in review too, or of any image that has some."""

        APPROVED = "approved"
        SUBMITTED = "submitted"
        ANY = "any"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+")
    dataset = models.ForeignKey("datasets.Dataset", on_delete=models.CASCADE, related_name="evaluations")
    job = models.OneToOneField("jobs.Job", on_delete=models.SET_NULL, null=True, related_name="evaluation")
    # The models of the first way and of the second one, if there is one.
    model = models.ForeignKey(DetectorModel, on_delete=models.SET_NULL, null=True, related_name="evaluations")
    rival = models.ForeignKey(DetectorModel, on_delete=models.SET_NULL, null=True, related_name="+")
    # Each way with its model's name, bytes and class names: models may be renamed or deleted.
    ways = models.JSONField(default=list)
    # The project's classes as they were: boxes name theirs by the place in this list.
    classes = models.JSONField(default=list)
    truth = models.CharField(max_length=10, choices=Truth.choices)
    # The ids of the pictures, in gallery order.
    images = models.JSONField(default=list)
    results = models.JSONField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["dataset", "-created_at", "id"], name="evaluation_list"),
            models.Index(fields=["tenant", "-created_at", "id"], name="evaluation_by_tenant"),
        ]

    def __str__(self) -> str:
        return f"evaluation of {' and '.join(way['name'] for way in self.ways)}"


class EvaluatedImage(models.Model):
    """What the ways of an evaluation saw in one picture, beside the truth of that moment.

    A row of `truth` is the place of its class, x, y, w and h; none where nobody reviewed the picture. Each of
    `looks` has rows of class number of the model, score, x, y, w and h, in pixels of the upright original.
    """

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="pictures")
    image = models.ForeignKey("datasets.Image", on_delete=models.CASCADE, related_name="+")
    truth = models.JSONField(null=True)
    looks = models.JSONField(default=list)
    # Boxes that are right, extra and missed for each way, and those of both ways or only one.
    counts = models.JSONField(default=dict)
    # How many boxes the ways differ by; where there is one way, it and the truth.
    differs = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["evaluation", "image"], name="evaluated_once")]
        indexes = [models.Index(fields=["evaluation", "-differs", "id"], name="evaluated_list")]

    def __str__(self) -> str:
        return f"evaluated {self.image_id}"

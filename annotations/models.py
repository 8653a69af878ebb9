"""What people and models say about images, and who is to: classes, canvases, boxes, edits, assignments, exports."""

from typing import Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

# Django looks for models here.
from annotations.import_models import Import  # noqa: F401
from annotations.review_models import CanvasAuthor, ProjectWorkflow, Ranking, ReviewStep  # noqa: F401
from annotations.round_models import Round, RoundPerson, RoundPicture  # noqa: F401
from annotations.seen_models import Seen  # noqa: F401
from annotations.session_models import (  # noqa: F401
    SessionEvent,
    SessionPerson,
    SessionPicture,
    TeamSession,
)
from annotations.thread_models import Comment, Mention, Thread  # noqa: F401
from modelship.lib.clock import now
from modelship.lib.ids import new_id


class LabelClass(models.Model):
    """A class of the project, in the order in which exports number it."""

    class Use(models.TextChoices):
        SHAPES = "shapes"
        TAGS = "tags"
        BOTH = "both"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="classes")
    name = models.CharField(max_length=200)
    color = models.CharField(max_length=7, validators=[RegexValidator(r"^#[0-9a-f]{6}$")])
    hotkey = models.CharField(max_length=1, blank=True)
    # What a shape of this class carries: annotations.attributes says what the list holds.
    attributes = models.JSONField(default=list, blank=True)
    # Where people are offered the class; what is drawn already stays as it is.
    use = models.CharField(max_length=10, choices=Use.choices, default=Use.BOTH, db_default=Use.BOTH)
    # The points and edges of its keypoints, or nothing.
    skeleton = models.JSONField(default=dict, blank=True, db_default={})
    order = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        verbose_name_plural = "label classes"
        ordering = ["order", "created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="class_name_once"),
            models.UniqueConstraint(
                fields=["project", "hotkey"], condition=~Q(hotkey=""), name="class_hotkey_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MergedClass(models.Model):
    """A class that is gone, and the one that its boxes went to: edits that still name it mean that one."""

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+")
    old_id = models.UUIDField()
    into = models.ForeignKey(LabelClass, on_delete=models.CASCADE, related_name="merged")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "old_id"], name="class_merged_once")]

    def __str__(self) -> str:
        return f"{self.old_id} into {self.into_id}"


class Canvas(models.Model):
    """One image's annotations: a document whose revision is `seq`."""

    class ReviewState(models.TextChoices):
        OPEN = "open"
        SUBMITTED = "submitted"
        APPROVED = "approved"
        CHANGES_REQUESTED = "changes_requested"

    image = models.OneToOneField(
        "datasets.Image", on_delete=models.CASCADE, primary_key=True, related_name="canvas"
    )
    seq = models.PositiveBigIntegerField(default=0)
    review_state = models.CharField(max_length=20, choices=ReviewState.choices, default=ReviewState.OPEN)
    # Who works on it, and until when it is kept for them: against everybody else's edits where that is hard.
    holder_id = models.UUIDField(null=True, editable=False)
    held_until = models.DateTimeField(null=True, editable=False)
    is_held_hard = models.BooleanField(default=False, db_default=False, editable=False)
    # Whether its place in the queue by uncertainty is that of this revision.
    is_ranked = models.BooleanField(default=False, db_default=False, editable=False)
    # The live boxes as wire JSON at `blob_seq`: derived, rebuilt by the first read after an edit.
    blob = models.BinaryField(null=True, editable=False)
    blob_seq = models.PositiveBigIntegerField(null=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "canvases"
        indexes = [
            models.Index(fields=["image"], condition=Q(is_ranked=False), name="canvas_unranked"),
        ]

    def __str__(self) -> str:
        return f"canvas of {self.image_id}"


class Box(models.Model):
    """A shape on a canvas, in pixels of the upright original. Deleted ones stay for undo and history."""

    class Source(models.TextChoices):
        HUMAN = "human"
        MODEL = "model"
        IMPORT = "import"

    class State(models.TextChoices):
        PROPOSED = "proposed"
        ACCEPTED = "accepted"
        REJECTED = "rejected"

    canvas = models.ForeignKey(Canvas, on_delete=models.CASCADE, related_name="boxes")
    uid = models.UUIDField()
    label = models.ForeignKey(LabelClass, on_delete=models.RESTRICT, null=True, related_name="boxes")
    shape = models.CharField(max_length=20, default="box")
    x = models.FloatField()
    y = models.FloatField()
    w = models.FloatField()
    h = models.FloatField()
    rotation = models.FloatField(default=0)
    points = models.JSONField(default=list)
    attributes = models.JSONField(default=dict)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.HUMAN)
    score = models.FloatField(null=True)
    model_id = models.UUIDField(null=True)
    provenance = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACCEPTED)
    created_by_id = models.UUIDField(null=True)
    updated_by_id = models.UUIDField(null=True)
    created_seq = models.PositiveBigIntegerField()
    seq = models.PositiveBigIntegerField()
    deleted = models.BooleanField(default=False)
    # Higher ones are in front.
    z = models.SmallIntegerField(default=0, db_default=0)
    locked = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name_plural = "boxes"
        constraints = [
            models.UniqueConstraint(fields=["canvas", "uid"], name="box_uid_once"),
            models.CheckConstraint(condition=Q(w__gt=0, h__gt=0), name="box_has_area"),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=1), name="box_score_0_to_1"
            ),
        ]
        indexes = [
            models.Index(fields=["label", "state"], name="box_by_class"),
            # The lowest score among a picture's proposals is the first one here.
            models.Index(
                fields=["canvas", "state", "score"],
                condition=Q(deleted=False, score__isnull=False),
                name="box_scored",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uid)


class CanvasEdit(models.Model):
    """One accepted batch: the log whose fold is the canvas."""

    canvas = models.ForeignKey(Canvas, on_delete=models.CASCADE, related_name="log")
    seq = models.PositiveBigIntegerField()
    ref = models.UUIDField(null=True)
    actor = models.JSONField()
    edits = models.JSONField()
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["canvas", "seq"], name="edit_seq_once")]

    def __str__(self) -> str:
        return f"edit {self.seq}"


class CanvasOp(models.Model):
    """An op id that was judged, and when: the same id gets the same answer, and is never judged again.

    `code` and `detail` say why it was refused; both are empty where it was applied.
    """

    canvas = models.ForeignKey(Canvas, on_delete=models.CASCADE, related_name="ops")
    op_id = models.UUIDField()
    seq = models.PositiveBigIntegerField()
    code = models.CharField(max_length=16, default="", db_default="")
    detail = models.CharField(max_length=500, default="", db_default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["canvas", "op_id"], name="op_once")]

    def __str__(self) -> str:
        return str(self.op_id)


class FrozenCanvas(models.Model):
    """Where one image stood when its dataset was frozen: its boxes are the fold of its log up to `seq`.

    Deleting an image takes it out of the versions too.
    """

    version = models.ForeignKey(
        "datasets.DatasetVersion", on_delete=models.CASCADE, related_name="canvases", db_index=False
    )
    # Without a constraint of the database, whose check would lock every image of the dataset against
    # whoever changes or deletes one. A row that outlives its image is not counted.
    image = models.ForeignKey(
        "datasets.Image",
        on_delete=models.CASCADE,
        related_name="frozen",
        db_index=False,
        db_constraint=False,
    )
    ordinal = models.PositiveBigIntegerField()
    seq = models.PositiveBigIntegerField()
    filename = models.CharField(max_length=255)
    state = models.CharField(max_length=20)
    box_count = models.PositiveIntegerField()
    split = models.CharField(max_length=5, default="", db_default="")

    class Meta:
        verbose_name_plural = "frozen canvases"
        constraints = [
            models.UniqueConstraint(fields=["image", "version"], name="image_frozen_once"),
            models.UniqueConstraint(fields=["version", "ordinal"], name="frozen_ordinal_once"),
        ]

    def __str__(self) -> str:
        return f"canvas of {self.image_id} at {self.seq}"


class Rollback(models.Model):
    """A dataset on its way back to a version: how far its job has come, so that the next attempt goes on there."""

    job = models.OneToOneField("jobs.Job", on_delete=models.CASCADE, related_name="rollback")
    dataset = models.ForeignKey("datasets.Dataset", on_delete=models.CASCADE, related_name="rollbacks")
    to = models.ForeignKey("datasets.DatasetVersion", on_delete=models.CASCADE, related_name="+")
    # The dataset as it was when the rollback reached it, and as the rollback left it.
    before = models.ForeignKey(
        "datasets.DatasetVersion", on_delete=models.CASCADE, null=True, related_name="+"
    )
    after = models.ForeignKey(
        "datasets.DatasetVersion", on_delete=models.CASCADE, null=True, related_name="+"
    )
    # The ordinal of the last image that was brought back.
    reached = models.PositiveBigIntegerField(default=0)
    images = models.PositiveIntegerField(default=0)
    archived = models.PositiveIntegerField(default=0)
    restored = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"rollback to version {self.to.number}"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def standing(self) -> Self:
        """Those of people who are still members. Who comes back finds theirs again."""
        return self.filter(
            user__is_active=True, user__memberships__tenant=F("tenant"), user__memberships__is_active=True
        )


class Assignment(models.Model):
    """A person is to label or to review an image."""

    class Purpose(models.TextChoices):
        LABEL = "label"
        REVIEW = "review"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+", db_index=False)
    image = models.ForeignKey(
        "datasets.Image", on_delete=models.CASCADE, related_name="assignments", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="assignments", db_index=False
    )
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    due_on = models.DateField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=now, editable=False)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["image", "user", "purpose"], name="assignment_once"),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "id"], name="assignment_list"),
            # The image and the purpose ride along: what is somebody's is found without a look at the table.
            models.Index(
                fields=["user", "-created_at", "id"],
                include=["image", "purpose"],
                name="assignment_by_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} to {self.purpose} {self.image_id}"


class Transfer(models.Model):
    """Pictures on their way into another dataset: how far their job has come, so that the next attempt goes on there."""

    COUNTERS = ("copied", "duplicates", "refused", "gone")

    job = models.OneToOneField("jobs.Job", on_delete=models.CASCADE, related_name="transfer")
    # The ordinal of the last picture that was judged.
    reached = models.PositiveBigIntegerField(default=0)
    copied = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    gone = models.PositiveIntegerField(default=0)
    # The first pictures that did not go, each with the reason.
    skipped = models.JSONField(default=list)

    @property
    def passed(self) -> int:
        return self.copied + self.duplicates + self.refused + self.gone

    def __str__(self) -> str:
        return f"transfer of {self.job_id}"


class Export(models.Model):
    """A request for files of a dataset; its job makes them, its blob holds them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+")
    dataset = models.ForeignKey("datasets.Dataset", on_delete=models.CASCADE, related_name="exports")
    format = models.CharField(max_length=20)
    options = models.JSONField(default=dict)
    filename = models.CharField(max_length=255, blank=True)
    job = models.OneToOneField("jobs.Job", on_delete=models.SET_NULL, null=True, related_name="export")
    blob = models.ForeignKey("datasets.Blob", on_delete=models.RESTRICT, null=True, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["dataset", "-created_at", "id"], name="export_list")]

    def __str__(self) -> str:
        return f"{self.format} export"

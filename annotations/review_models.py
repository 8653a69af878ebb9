"""How pictures pass through their review: the ways of projects, the steps that were taken, and what to look at first."""

from django.conf import settings
from django.db import models

from modelship.lib.clock import now


class ProjectWorkflow(models.Model):
    """One version of a project's way through the review; the highest number holds. None means the standard way."""

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="workflows", db_index=False
    )
    number = models.PositiveIntegerField()
    # As `annotations.workflow` writes it.
    definition = models.JSONField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="workflow_number_once")]

    def __str__(self) -> str:
        return f"workflow {self.number} of {self.project_id}"


class ReviewStep(models.Model):
    """A step of its review that somebody took with an image, at the revision that logs it."""

    image = models.ForeignKey(
        "datasets.Image", on_delete=models.CASCADE, related_name="review_steps", db_index=False
    )
    seq = models.PositiveBigIntegerField()
    action = models.CharField(max_length=10)
    source = models.CharField(max_length=20)
    target = models.CharField(max_length=20)
    comment = models.TextField(blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "seq"], name="review_step_once")]
        indexes = [models.Index(fields=["user", "action", "image"], name="review_step_by_person")]

    def __str__(self) -> str:
        return f"{self.action} {self.image_id}"


class CanvasAuthor(models.Model):
    """Who made what was copied to this image: the copy's own log does not know."""

    image = models.ForeignKey(
        "datasets.Image", on_delete=models.CASCADE, related_name="authors", db_index=False
    )
    user_id = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "user_id"], name="canvas_author_once")]

    def __str__(self) -> str:
        return f"{self.user_id} of {self.image_id}"


class Ranking(models.Model):
    """How unsure an image is, from 0 to 1, and why; `ordinal` is the image's, so that the order is by columns of its own."""

    image = models.OneToOneField(
        "datasets.Image", on_delete=models.CASCADE, primary_key=True, related_name="ranking"
    )
    dataset = models.ForeignKey(
        "datasets.Dataset", on_delete=models.CASCADE, related_name="rankings", db_index=False
    )
    ordinal = models.PositiveBigIntegerField()
    score = models.FloatField()
    # [{"kind", "score", "detail"}], the strongest first.
    reasons = models.JSONField(default=list)
    seq = models.PositiveBigIntegerField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["dataset", "-score", "-ordinal"], name="ranking_order")]

    def __str__(self) -> str:
        return f"{self.score:.2f} of {self.image_id}"

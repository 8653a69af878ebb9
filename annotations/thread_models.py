"""What people say to each other about pictures: threads pinned to a place, their comments, and who is addressed in them."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from modelship.lib.clock import now
from modelship.lib.ids import new_id


class Thread(models.Model):
    """A conversation about a place of a picture. `number` is its name within the picture."""

    class Anchor(models.TextChoices):
        PICTURE = "picture"
        POINT = "point"
        REGION = "region"
        BOX = "box"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+", db_index=False)
    image = models.ForeignKey(
        "datasets.Image", on_delete=models.CASCADE, related_name="threads", db_index=False
    )
    number = models.PositiveIntegerField()
    anchor = models.CharField(max_length=10, choices=Anchor.choices)
    # In pixels of the upright original; of a box as it was when the thread began. A point has no size.
    x = models.FloatField(null=True)
    y = models.FloatField(null=True)
    w = models.FloatField(null=True)
    h = models.FloatField(null=True)
    box_uid = models.UUIDField(null=True)
    # The revision of the canvas that the thread was begun at.
    seq = models.PositiveBigIntegerField()
    # Grows with each change, so that what arrives late replaces nothing newer.
    revision = models.PositiveIntegerField(default=1)
    comment_count = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    resolved_at = models.DateTimeField(null=True)
    # Who resolved it by the word of a file, where that is nobody here.
    told = models.JSONField(null=True)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "number"], name="thread_number_once")]
        indexes = [
            models.Index(fields=["tenant", "-updated_at", "id"], name="thread_list"),
            models.Index(fields=["image"], condition=Q(resolved_at__isnull=True), name="thread_open"),
        ]

    def __str__(self) -> str:
        return f"thread {self.number} on {self.image_id}"

    @property
    def is_open(self) -> bool:
        return self.resolved_at is None


class Comment(models.Model):
    """One thing that somebody said in a thread."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="comments", db_index=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    text = models.TextField()
    created_at = models.DateTimeField(default=now, editable=False)
    edited_at = models.DateTimeField(null=True)
    # Words that a file brought, and by whose hand: nobody speaks under another's name without that being told.
    imported_at = models.DateTimeField(null=True)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    # The author and those addressed by the word of the file, as far as they are nobody here.
    told = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["thread", "created_at", "id"], name="comment_in_order")]

    def __str__(self) -> str:
        return f"comment in {self.thread_id}"


class Mention(models.Model):
    """Somebody whom a comment addresses."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="mentions", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["comment", "user"], name="mention_once")]
        indexes = [models.Index(fields=["user", "comment"], name="mention_by_person")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.comment_id}"

"""Reviews that several people do at the same time: who takes part, which pictures, what became of them, and what happened."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from modelship.lib.clock import now
from modelship.lib.ids import new_id


class TeamSession(models.Model):
    """People who go through the same pictures of a dataset. `seq` is the last of its events."""

    class Mode(models.TextChoices):
        TOGETHER = "together"
        APART = "apart"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+")
    dataset = models.ForeignKey(
        "datasets.Dataset", on_delete=models.CASCADE, related_name="sessions", db_index=False
    )
    name = models.CharField(max_length=200)
    # The search that it was begun on, and in which order: the pictures are those that it found then.
    line = models.TextField(blank=True)
    order = models.CharField(max_length=12)
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.TOGETHER)
    # Nobody, once they have left: anybody who may review takes over.
    leader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    # The picture of the leader.
    image = models.ForeignKey("datasets.Image", on_delete=models.SET_NULL, null=True, related_name="+")
    seq = models.PositiveBigIntegerField(default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    begun_at = models.DateTimeField(default=now, editable=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["dataset", "-begun_at", "id"], name="team_session_list"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def state(self) -> str:
        return "open" if self.is_open else "ended"


class SessionPerson(models.Model):
    """Somebody who was invited; takes part from when they came until they leave."""

    session = models.ForeignKey(TeamSession, on_delete=models.CASCADE, related_name="people", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    invited_at = models.DateTimeField(default=now, editable=False)
    joined_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    # Their last sign of life: who leads and shows none can be relieved.
    seen_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "session people"
        constraints = [models.UniqueConstraint(fields=["session", "user"], name="session_person_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.session}"

    @property
    def takes_part(self) -> bool:
        return self.joined_at is not None and self.left_at is None


class SessionPicture(models.Model):
    """One picture of a session: who has it now, and what became of it. Deleting a picture takes it out."""

    class Verdict(models.TextChoices):
        NONE = ""
        APPROVE = "approve"
        REJECT = "reject"
        SUBMIT = "submit"
        SKIP = "skip"

    session = models.ForeignKey(
        TeamSession, on_delete=models.CASCADE, related_name="pictures", db_index=False
    )
    image = models.ForeignKey("datasets.Image", on_delete=models.CASCADE, related_name="in_sessions")
    ordinal = models.PositiveIntegerField()
    # Who was handed it where everybody has their own, and until when it is kept for them.
    holder_id = models.UUIDField(null=True, editable=False)
    held_until = models.DateTimeField(null=True, editable=False)
    # When it was last handed to somebody, or shown to all.
    shown_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True, default=Verdict.NONE.value)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    judged_at = models.DateTimeField(null=True)
    # From when it was shown until it was judged; nothing where that is not known.
    seconds = models.FloatField(null=True)
    comment = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "image"], name="session_picture_once"),
            models.UniqueConstraint(fields=["session", "ordinal"], name="session_ordinal_once"),
        ]
        indexes = [
            models.Index(fields=["session", "verdict", "by"], name="session_verdicts"),
            models.Index(
                fields=["session", "holder_id"],
                condition=Q(holder_id__isnull=False),
                name="session_held",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.image_id} in {self.session_id}"


class SessionEvent(models.Model):
    """Something that happened in a session, as everybody in it heard it: who missed it reads it here."""

    session = models.ForeignKey(TeamSession, on_delete=models.CASCADE, related_name="log", db_index=False)
    seq = models.PositiveBigIntegerField()
    body = models.JSONField()
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "seq"], name="session_event_once")]

    def __str__(self) -> str:
        return f"event {self.seq} of {self.session_id}"

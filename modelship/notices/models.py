"""What somebody is told of, and whether they want it by mail, too."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from modelship.lib.clock import now
from modelship.lib.ids import new_id


class Notice(models.Model):
    """Something that concerns one person. Equal ones that were not read yet are one row that counts them."""

    class Kind(models.TextChoices):
        MENTION = "mention"
        ANSWER = "answer"
        SENT_BACK = "sent_back"
        APPROVED = "approved"
        ASSIGNED = "assigned"
        INVITED = "invited"
        JOB_FAILED = "job_failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices", db_index=False
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    # What it is about, as "thread:id": equal ones are told as one.
    subject = models.CharField(max_length=100)
    text = models.CharField(max_length=300)
    # Where it leads, within the site.
    path = models.CharField(max_length=300)
    count = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "tenant", "kind", "subject"],
                condition=Q(read_at__isnull=True),
                name="notice_unread_once",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "tenant", "-updated_at", "id"], name="notice_list"),
            models.Index(fields=["tenant", "subject"], name="notice_subject"),
        ]

    def __str__(self) -> str:
        return self.text


class MailChoice(models.Model):
    """What a person wants by mail, in every tenant. Nobody gets any who has not asked for it."""

    class What(models.TextChoices):
        NONE = "none"
        MENTIONS = "mentions"
        ALL = "all"

    class Pace(models.TextChoices):
        SOON = "soon"
        DAILY = "daily"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="mail_choice"
    )
    what = models.CharField(max_length=10, choices=What.choices, default=What.NONE)
    pace = models.CharField(max_length=10, choices=Pace.choices, default=Pace.SOON)

    def __str__(self) -> str:
        return f"{self.what} {self.pace} for {self.user_id}"

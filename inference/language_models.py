"""Language models of a tenant: the endpoints, what asking them took, what they answered, and the texts of datasets."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q

from modelship.lib.clock import now
from modelship.lib.ids import new_id


class LanguageEndpoint(models.Model):
    """A place that speaks OpenAI's protocol, and a model there. The key lies sealed and is never given back."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    base_url = models.CharField(max_length=500)
    model = models.CharField(max_length=200)
    secret = models.TextField(blank=True, default="", editable=False)
    # The last characters of the key, so that people know which one it is.
    key_hint = models.CharField(max_length=4, blank=True, default="", editable=False)
    sees_images = models.BooleanField(default=False)
    requests_per_minute = models.PositiveIntegerField(default=60)
    requests_at_once = models.PositiveIntegerField(default=4)
    texts_per_request = models.PositiveIntegerField(default=10)
    # For a million tokens, in whatever currency the tenant pays.
    input_price = models.DecimalField(max_digits=12, decimal_places=6, default=Decimal(0))
    output_price = models.DecimalField(max_digits=12, decimal_places=6, default=Decimal(0))
    monthly_tokens = models.PositiveBigIntegerField(null=True, blank=True)
    # What was used and reserved in `month`, a year and a month.
    month = models.CharField(max_length=7, blank=True, default="", editable=False)
    month_tokens = models.PositiveBigIntegerField(default=0, editable=False)
    # Until when its requests have had their turns, and until when the other side wants none.
    turns_until = models.DateTimeField(null=True, editable=False)
    rests_until = models.DateTimeField(null=True, editable=False)
    # What it was seen to be able to; empty until it was asked once.
    abilities = models.JSONField(default=dict, blank=True, editable=False)
    is_default = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="endpoint_name_once"),
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(is_default=True), name="endpoint_default_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def full_name(self) -> str:
        """How what it proposes names it."""
        return f"{self.name} ({self.model})"


class LanguageUse(models.Model):
    """What one call took. While it is under way, `reserved` holds what it is expected to take at most."""

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+")
    endpoint = models.ForeignKey(LanguageEndpoint, on_delete=models.SET_NULL, null=True, related_name="uses")
    job = models.ForeignKey("jobs.Job", on_delete=models.SET_NULL, null=True, related_name="+")
    model = models.CharField(max_length=200)
    input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    reserved = models.PositiveBigIntegerField(default=0)
    requests = models.PositiveIntegerField(default=0)
    milliseconds = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "created_at"], name="language_use_month"),
            models.Index(fields=["endpoint", "-created_at"], name="language_use_last"),
        ]

    def __str__(self) -> str:
        return f"{self.input_tokens} + {self.output_tokens} tokens of {self.model}"


class LanguageAnswer(models.Model):
    """An answer that is known: the same question about the same thing needs no request."""

    endpoint = models.ForeignKey(LanguageEndpoint, on_delete=models.CASCADE, related_name="answers")
    digest = models.CharField(max_length=64)
    label = models.CharField(max_length=200)
    confidence = models.FloatField()
    confidence_from = models.CharField(max_length=10)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "digest"], name="language_answer_once")]
        indexes = [models.Index(fields=["endpoint", "created_at"], name="language_answer_age")]

    def __str__(self) -> str:
        return self.label


class Text(models.Model):
    """A text of a dataset: what a model proposes for it, and what a person said."""

    class State(models.TextChoices):
        NEW = "new"
        PROPOSED = "proposed"
        ACCEPTED = "accepted"
        REJECTED = "rejected"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset = models.ForeignKey("datasets.Dataset", on_delete=models.CASCADE, related_name="texts")
    ordinal = models.PositiveBigIntegerField()
    # What its own system calls it; empty where nobody said.
    key = models.CharField(max_length=200, blank=True, default="")
    text = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    # The label that holds: what was proposed until a person says another.
    label = models.CharField(max_length=200, blank=True, default="")
    proposed_label = models.CharField(max_length=200, blank=True, default="")
    # Zero where there is no proposal: people look at the least sure first.
    confidence = models.FloatField(default=0)
    confidence_from = models.CharField(max_length=10, blank=True, default="")
    model_name = models.CharField(max_length=310, blank=True, default="")
    # The job that classified it last: a second run of that job passes it by.
    run = models.UUIDField(null=True)
    proposed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "ordinal"], name="text_ordinal_once"),
            models.UniqueConstraint(fields=["dataset", "key"], condition=~Q(key=""), name="text_key_once"),
        ]
        indexes = [
            models.Index(fields=["dataset", "state", "ordinal"], name="text_by_state"),
            models.Index(fields=["dataset", "confidence", "ordinal"], name="text_by_confidence"),
        ]

    def __str__(self) -> str:
        return self.key or self.text[:40]

    @property
    def is_reviewed(self) -> bool:
        return self.state in (self.State.ACCEPTED, self.State.REJECTED)

"""Jobs: every long piece of work is a row here, and the row is the truth about it."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from modelship.jobs import states
from modelship.lib.clock import now
from modelship.lib.ids import new_id


class JobQuerySet(models.QuerySet["Job"]):
    def move(self, name: str, **fields: Any) -> int:
        """Make the named move for these jobs and return how many made it; the only code that writes `state`.

        A job that is no longer in one of the move's source states is left as it is, so of two
        processes that want to move the same job exactly one does.
        """
        move = states.MOVES[name]
        at = now()
        fields["updated_at"] = at
        fields["finished_at"] = at if move.target in states.FINISHED else None
        if move.target != states.RUNNING:
            fields |= {"lease_token": None, "lease_until": None}
        return self.filter(state__in=move.sources).update(state=move.target, **fields)

    def held(self, job: "Job") -> Self:
        """The job, as long as the lease that `job` was claimed with still holds it."""
        return self.filter(pk=job.pk, state=states.RUNNING, lease_token=job.lease_token)


class Job(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    state = models.CharField(
        max_length=12, choices=[(state, state.capitalize()) for state in states.STATES], default=states.QUEUED
    )
    args = models.JSONField(default=dict, blank=True)
    priority = models.SmallIntegerField(default=0, help_text="Higher goes first.")
    # The database's clock decides who may run what, so machines whose clocks differ agree.
    run_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=3)
    lease_token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    cancel_requested = models.BooleanField(default=False)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    done_before = models.PositiveBigIntegerField(
        default=0,
        editable=False,
        help_text="How much was done when this attempt began: the rate counts from here.",
    )
    message = models.CharField(max_length=500, blank=True)
    error = models.JSONField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)
    dedupe_key = models.CharField(max_length=200, blank=True)
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="children"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=now, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="job_state", condition=Q(state__in=states.STATES)),
            models.CheckConstraint(name="job_progress", condition=Q(total=0) | Q(done__lte=F("total"))),
            models.CheckConstraint(name="job_attempts", condition=Q(attempts__lte=F("max_attempts"))),
            models.CheckConstraint(
                name="job_lease",
                condition=Q(state=states.RUNNING, lease_token__isnull=False, lease_until__isnull=False)
                | (~Q(state=states.RUNNING) & Q(lease_token__isnull=True, lease_until__isnull=True)),
            ),
            models.CheckConstraint(
                name="job_error",
                condition=Q(state=states.FAILED, error__isnull=False)
                | (~Q(state=states.FAILED) & Q(error__isnull=True)),
            ),
            models.UniqueConstraint(
                name="job_once",
                fields=["tenant", "kind", "dedupe_key"],
                condition=Q(state__in=sorted(states.LIVE)) & ~Q(dedupe_key=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["-priority", "run_at", "created_at"],
                name="job_claim",
                condition=Q(state=states.QUEUED),
            ),
            models.Index(fields=["lease_until"], name="job_leases", condition=Q(state=states.RUNNING)),
            models.Index(fields=["tenant", "-created_at", "id"], name="job_list"),
            models.Index(fields=["project", "-created_at", "id"], name="job_project_list"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_live(self) -> bool:
        return self.state in states.LIVE

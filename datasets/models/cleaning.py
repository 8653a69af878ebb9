"""What a check of a dataset found, what people decided about it, and what they had archived."""

from django.conf import settings
from django.db import models

from modelship.lib.clock import now
from modelship.lib.ids import new_id


class CleanReport(models.Model):
    """One check of a dataset under the rules of its time. It is ready once it has an end."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+")
    dataset = models.ForeignKey("datasets.Dataset", on_delete=models.CASCADE, related_name="clean_reports")
    job = models.ForeignKey("jobs.Job", on_delete=models.SET_NULL, null=True, related_name="+")
    rules = models.JSONField(default=dict)
    # By rule: how many pictures it found and, for near duplicates, in how many groups.
    counts = models.JSONField(default=dict)
    images = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=now, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        indexes = [models.Index(fields=["dataset", "-created_at", "id"], name="clean_report_list")]

    def __str__(self) -> str:
        return f"check of {self.created_at:%Y-%m-%d %H:%M}"


class CleanFinding(models.Model):
    """One picture that a rule named. `marked` is what the next clean-up archives; people change it."""

    report = models.ForeignKey(CleanReport, on_delete=models.CASCADE, related_name="findings", db_index=False)
    image = models.ForeignKey("datasets.Image", on_delete=models.CASCADE, related_name="+")
    rule = models.CharField(max_length=20)
    value = models.FloatField()
    # The group of near duplicates, counted from 1, and whether this picture is the one it keeps.
    group = models.PositiveIntegerField(null=True)
    is_kept = models.BooleanField(default=False)
    marked = models.BooleanField(default=False)
    # How far the picture was when it was judged: work that came later protects it.
    state = models.CharField(max_length=20)
    boxes = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "rule", "image"], name="clean_finding_once"),
        ]
        indexes = [
            models.Index(fields=["report", "id"], name="clean_finding_page"),
            models.Index(fields=["report", "rule", "id"], name="clean_finding_list"),
            models.Index(fields=["report", "group", "id"], name="clean_finding_group"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} of {self.image_id}"


class CleanSweep(models.Model):
    """One time that marked pictures were archived, so that exactly these can be taken back."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.CASCADE, related_name="+")
    dataset = models.ForeignKey("datasets.Dataset", on_delete=models.CASCADE, related_name="clean_sweeps")
    report = models.ForeignKey(CleanReport, on_delete=models.SET_NULL, null=True, related_name="sweeps")
    job = models.ForeignKey("jobs.Job", on_delete=models.SET_NULL, null=True, related_name="+")
    # Which findings: rules, groups, images; what is not named does not narrow.
    scope = models.JSONField(default=dict)
    archived = models.PositiveIntegerField(default=0)
    # Why others were left where they are, by reason.
    skipped = models.JSONField(default=dict)
    restored = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=now, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    undone_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        indexes = [models.Index(fields=["dataset", "-created_at", "id"], name="clean_sweep_list")]

    def __str__(self) -> str:
        return f"clean-up of {self.created_at:%Y-%m-%d %H:%M}"


class SweptImage(models.Model):
    """One picture that a sweep archived, and when; archived at another time it is somebody else's."""

    sweep = models.ForeignKey(CleanSweep, on_delete=models.CASCADE, related_name="images", db_index=False)
    image = models.ForeignKey("datasets.Image", on_delete=models.CASCADE, related_name="+")
    archived_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sweep", "image"], name="swept_image_once")]

    def __str__(self) -> str:
        return str(self.image_id)

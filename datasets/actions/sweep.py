"""Archiving what a report has marked, and taking exactly that back."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from datasets.actions.archive import archive_images, restore_images
from datasets.clean_queries import UNTOUCHED
from datasets.cleaning.rules import BY_NAME
from datasets.models import CleanFinding, CleanReport, CleanSweep, DatasetVersion, Image, SweptImage
from datasets.snapshots import freeze_around
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.jobs.actions import enqueue
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.lib.clock import now
from modelship.lib.errors import Conflict

KIND, UNDO_KIND = "datasets.clean_apply", "datasets.clean_undo"
BATCH = 500


@dataclass(frozen=True)
class Scope:
    """Which findings a sweep is about; what is None does not narrow.

    `images` go marked or not, of those that are `among` others the marked ones.
    """

    rules: tuple[str, ...]
    groups: tuple[int, ...] | None = None
    images: tuple[str, ...] | None = None
    among: tuple[str, ...] | None = None

    def as_dict(self) -> dict[str, Any]:
        named = {"images": self.images, "among": self.among}
        return {"rules": self.rules, "groups": self.groups, **named}

    def findings(self, report: CleanReport) -> QuerySet[CleanFinding]:
        rows = CleanFinding.objects.filter(report=report, rule__in=self.rules)
        if self.groups is not None:
            rows = rows.filter(group__in=self.groups)
        if self.among is not None:
            rows = rows.filter(image__in=self.among)
        return rows.filter(marked=True) if self.images is None else rows.filter(image__in=self.images)


@transaction.atomic
def request_sweep(
    actor: Actor, report: CleanReport, scope: Scope, *, parent: Job | None = None
) -> tuple[CleanSweep, Job]:
    """Order the archiving of a report's marked pictures, which the door has allowed."""
    dataset = report.dataset
    sweep = CleanSweep(
        tenant=actor.tenant, dataset=dataset, report=report, scope=scope.as_dict(), created_by=actor.user
    )
    total = scope.findings(report).count()
    job, _ = enqueue(
        KIND,
        tenant=actor.tenant,
        args={"dataset": str(dataset.id), "sweep": str(sweep.id)},
        actor=actor,
        project=dataset.project,
        title=f"Clean up {dataset.name}"[:200],
        total=total,
        parent=parent,
    )
    sweep.job = job
    sweep.save(force_insert=True)
    record(
        actor,
        "clean.applied",
        f"dataset:{dataset.id}",
        report=str(report.id),
        sweep=str(sweep.id),
        findings=total,
    )
    return sweep, job


@transaction.atomic
def request_undo(actor: Actor, sweep: CleanSweep) -> Job:
    """Order that a sweep's pictures come back. Raises Conflict while it runs and once it was undone."""
    locked = CleanSweep.objects.select_for_update(of=("self",)).select_related("job").get(pk=sweep.pk)
    if locked.job is not None and locked.job.is_live:
        raise Conflict(
            "This clean-up is still at work. Wait for its job to end, or cancel it.", code="not_ready"
        )
    if locked.undone_at is not None:
        raise Conflict("This clean-up was undone already. There is nothing to do.", code="already_undone")
    dataset = locked.dataset
    job, is_new = enqueue(
        UNDO_KIND,
        tenant=actor.tenant,
        args={"dataset": str(dataset.id), "sweep": str(sweep.id)},
        actor=actor,
        project=dataset.project,
        title=f"Undo the clean-up of {dataset.name}"[:200],
        dedupe_key=f"sweep:{sweep.id}",
        total=locked.images.count(),
    )
    if is_new:
        record(
            actor, "clean.undone", f"dataset:{dataset.id}", sweep=str(sweep.id), images=locked.images.count()
        )
    return job


def run_sweep(sweep: CleanSweep, actor: Actor, ctx: JobContext) -> dict[str, Any]:
    """Archive the marked pictures, each once; what people worked on since the report stays, and is counted.

    Each batch lands with the record of what it moved, so a killed run goes on where it was.
    """
    report = sweep.report
    if report is None:
        raise Conflict("The report was replaced by newer ones. Check the dataset again.", code="report_gone")
    # Clean-ups of an earlier release were not among anything.
    scope = Scope(**{"among": None, **sweep.scope})
    skipped: dict[UUID, str] = {}
    done = 0
    freeze_around(actor, sweep.dataset, DatasetVersion.Source.CLEAN, "Before a clean-up.")
    for part in _batches(scope.findings(report)):
        with ctx.fenced():
            _archive(sweep, actor, part, skipped)
        done += len(part)
        ctx.progress(done)
    with ctx.fenced():
        sweep.archived, sweep.skipped = sweep.images.count(), dict(Counter(skipped.values()))
        sweep.finished_at = now()
        sweep.save(update_fields=["archived", "skipped", "finished_at"])
    said = f"After a clean-up; archived: {sweep.archived:,}."
    freeze_around(actor, sweep.dataset, DatasetVersion.Source.CLEAN, said)
    return {"sweep": str(sweep.id), "archived": sweep.archived, "skipped": len(skipped)}


def _archive(sweep: CleanSweep, actor: Actor, part: list[CleanFinding], skipped: dict[UUID, str]) -> None:
    """One batch; the rows are locked, so that what is looked at is what is archived."""
    ids = {finding.image_id for finding in part}
    locked = Image.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",))
    images = {image.pk: image for image in locked}
    own = set(SweptImage.objects.filter(sweep=sweep, image__in=ids).values_list("image_id", flat=True))
    chosen: dict[str, list[UUID]] = {}
    # Whoever names pictures one by one has looked.
    lost = set() if sweep.scope["images"] else without_best(part)
    for finding in part:
        image = images[finding.image_id]
        if image.pk in own:
            continue
        if reason := why_not(finding, image) or ("alone" if finding.group in lost else ""):
            skipped[image.pk] = reason
        else:
            own.add(image.pk)
            chosen.setdefault(finding.rule, []).append(image.pk)
    for rule, picked in chosen.items():
        archive_images(actor, sweep.dataset, picked, BY_NAME[rule].reason)
    moved = Image.objects.filter(pk__in=[pk for picked in chosen.values() for pk in picked])
    SweptImage.objects.bulk_create(
        SweptImage(sweep=sweep, image_id=pk, archived_at=at)
        for pk, at in moved.order_by("pk").values_list("pk", "archived_at")
    )


def without_best(part: list[CleanFinding]) -> set[int]:
    """The groups of these findings whose kept picture was deleted or archived meanwhile: who is left stays.

    A kept one that people marked, too, is no loss: they want none of the group.
    """
    groups = {finding.group for finding in part if finding.group is not None}
    if not groups:
        return set()
    best = CleanFinding.objects.filter(report=part[0].report_id, group__in=groups, is_kept=True)
    held = best.filter(Q(marked=True) | Q(image__archived_at__isnull=True))
    return groups - set(held.values_list("group", flat=True))


def why_not(finding: CleanFinding, image: Image) -> str:
    """Why the picture is left where it is: `archived`, `approved` or `labeled` since; empty where it may go."""
    if image.archived_at is not None:
        return "archived"
    if image.state == Image.State.APPROVED:
        return "approved"
    is_newly_worked_on = image.state not in UNTOUCHED and finding.state in UNTOUCHED
    return "labeled" if is_newly_worked_on or image.box_count > finding.boxes else ""


def run_undo(sweep: CleanSweep, actor: Actor, ctx: JobContext) -> dict[str, Any]:
    """Take back what the sweep archived and nobody has moved since."""
    done = 0
    for part in _batches(sweep.images.all()):
        with ctx.fenced():
            moments = {swept.image_id: swept.archived_at for swept in part}
            locked = Image.objects.filter(pk__in=moments, archived_at__isnull=False).order_by("pk")
            rows = locked.select_for_update(of=("self",)).values_list("pk", "archived_at")
            ours = [pk for pk, at in rows if at == moments[pk]]
            count = restore_images(actor, sweep.dataset, ours)
            sweep.restored += count
            sweep.save(update_fields=["restored"])
        done += len(part)
        ctx.progress(done)
    with ctx.fenced():
        sweep.undone_at = now()
        sweep.save(update_fields=["undone_at"])
    freeze_around(actor, sweep.dataset, DatasetVersion.Source.CLEAN, "After taking a clean-up back.")
    return {"sweep": str(sweep.id), "restored": sweep.restored}


def _batches(rows: QuerySet) -> Iterator[list[Any]]:
    last = 0
    while part := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield part
        last = part[-1].pk

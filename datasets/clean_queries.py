"""Reads of checks: what the rules find, and reports, findings and sweeps in the shape of the wire."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Exists, F, FloatField, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Greatest, Least

from datasets.cleaning.rules import BY_NAME, Chosen
from datasets.models import CleanFinding, CleanReport, CleanSweep, Dataset, Image
from modelship.accounts.actors import Actor
from modelship.lib.clock import wire
from modelship.lib.errors import Conflict, NotFound

State = Image.State
# Nobody has worked on these yet: a rule may mark them without being asked.
UNTOUCHED = (State.NEW, State.PROPOSED)
# Which of equal pictures stays: what people approved, then what has most labels, the largest, the
# sharpest, and the one that came first.
BEST_FIRST = (
    Case(
        When(state=State.APPROVED, then=0),
        When(state__in=UNTOUCHED, then=2),
        default=1,
    ),
    F("box_count").desc(),
    (F("width") * F("height")).desc(),
    # Before sharpness, which the artefacts of a picture that was saved again raise.
    F("size").desc(),
    F("sharpness").desc(nulls_last=True),
    F("ordinal"),
)
MEASURES: dict[str, Combinable] = {
    "blurred": F("sharpness"),
    "dark": F("brightness"),
    "bright": F("brightness"),
    "small": Least("width", "height"),
    "narrow": Cast(Greatest("width", "height"), FloatField()) / Cast(Least("width", "height"), FloatField()),
    "elsewhere": Value(1.0),
    "broken": Value(1.0),
}
FINDING_FIELDS = (
    "id",
    "rule",
    "value",
    "group",
    "is_kept",
    "marked",
    "image_id",
    "image__filename",
    "image__width",
    "image__height",
    "image__state",
    "image__box_count",
    "image__sharpness",
    "image__brightness",
    "image__phash",
    "image__archived_at",
)


def checkable(dataset: Dataset) -> QuerySet[Image]:
    """The pictures that a check is about."""
    return Image.objects.kept().filter(dataset=dataset)


def found_by(dataset: Dataset, name: str, settings: dict[str, Any]) -> QuerySet[Image]:
    """The pictures that a rule over columns names, each with its `measure`."""
    images = checkable(dataset).annotate(measure=Cast(MEASURES[name], FloatField()))
    if name == "elsewhere":
        others = Image.objects.kept().filter(
            blob=OuterRef("blob"),
            dataset__project=dataset.project_id,
            dataset__audience=Dataset.Audience.EVERYONE,
        )
        return images.filter(Exists(others.exclude(dataset=dataset)))
    return images.filter(_beyond(name, settings, "measure"))


def _beyond(name: str, settings: dict[str, Any], measure: str) -> Q:
    limit = BY_NAME[name].limit
    if limit is None:
        return Q()
    side = "lt" if limit.name == "below" else "gt"
    return Q(**{f"{measure}__{side}": settings[limit.name]})


def live_counts(dataset: Dataset, rules: Chosen) -> dict[str, Any]:
    """How many pictures each cheap rule would name now, in one query; and how many have been measured."""
    cheap = {name: settings for name, settings in rules.items() if BY_NAME[name].is_cheap}
    measures = {f"{name}_measure": Cast(MEASURES[name], FloatField()) for name in cheap}
    counts = {
        name: Count("id", filter=_beyond(name, settings, f"{name}_measure"))
        for name, settings in cheap.items()
    }
    measured = Count("id", filter=Q(phash__isnull=False))
    found = checkable(dataset).annotate(**measures).aggregate(images=Count("id"), measured=measured, **counts)
    return {
        "images": found.pop("images"),
        "measured": found.pop("measured"),
        "counts": found,
    }


def hashes_best_first(dataset: Dataset) -> Iterator[tuple[UUID, Any]]:
    """Id and perceptual hash of every picture that has one, in one query."""
    rows = checkable(dataset).filter(phash__isnull=False).order_by(*BEST_FIRST)
    return rows.values_list("id", "phash").iterator(chunk_size=10_000)


def report_for(actor: Actor, dataset: Dataset, report_id: UUID | None = None) -> CleanReport:
    """A report of a dataset that the gate let through; the latest that is ready where none is named.

    Raises NotFound for one that is not the dataset's, Conflict where there is none yet.
    """
    rows = CleanReport.objects.filter(tenant=actor.tenant, dataset=dataset).select_related("job")
    if report_id is not None:
        found = rows.filter(id=report_id).first()
        if found is None:
            raise NotFound()
        return found
    found = latest_report(dataset)
    if found is None:
        raise Conflict(
            "There is no report yet. Order one with POST …/clean, and wait for its job to end.",
            code="not_ready",
        )
    return found


def latest_report(dataset: Dataset) -> CleanReport | None:
    rows = CleanReport.objects.filter(dataset=dataset, finished_at__isnull=False).select_related("job")
    return rows.order_by("-created_at", "-id").first()


def last_rules(dataset: Dataset) -> Chosen | None:
    """What the dataset was last checked for, or is being checked for."""
    rows = CleanReport.objects.filter(dataset=dataset).order_by("-created_at", "-id")
    return rows.values_list("rules", flat=True).first()


def check_ready(report: CleanReport) -> None:
    """Raises Conflict for a report that is still being made."""
    if report.finished_at is None:
        raise Conflict("The report is not ready. Wait for its job to end.", code="not_ready")


def sweep_for(actor: Actor, dataset: Dataset, sweep_id: UUID) -> CleanSweep:
    found = CleanSweep.objects.filter(tenant=actor.tenant, dataset=dataset, id=sweep_id).first()
    if found is None:
        raise NotFound()
    return found


def findings_of(report: CleanReport) -> QuerySet[CleanFinding, dict[str, Any]]:
    """The findings as rows for `finding_dict`, rule after rule, group after group."""
    return CleanFinding.objects.filter(report=report).values(*FINDING_FIELDS)


def marked_counts(report: CleanReport) -> dict[str, int]:
    """By rule, how many pictures are marked and not archived yet."""
    rows = CleanFinding.objects.filter(report=report, marked=True, image__archived_at__isnull=True)
    return dict(rows.order_by().values_list("rule").annotate(Count("id")))


def report_dict(report: CleanReport) -> dict[str, Any]:
    return {
        "id": str(report.id),
        "dataset": str(report.dataset_id),
        "job": str(report.job_id) if report.job_id else None,
        "ready": report.finished_at is not None,
        "rules": report.rules,
        "images": report.images,
        "counts": report.counts,
        "created_by": str(report.created_by_id) if report.created_by_id else None,
        "created_at": wire(report.created_at),
        "finished_at": wire(report.finished_at) if report.finished_at else None,
    }


def finding_dict(row: dict[str, Any], rules: Chosen) -> dict[str, Any]:
    """One finding: what was measured, what the rule allows, and what the next clean-up does."""
    return {
        "image": str(row["image_id"]),
        "filename": row["image__filename"],
        "rule": row["rule"],
        "value": row["value"],
        "threshold": BY_NAME[row["rule"]].threshold(rules[row["rule"]]),
        "group": row["group"],
        "kept": row["is_kept"],
        "action": "archive" if row["marked"] else "keep",
        "archived": row["image__archived_at"] is not None,
        "width": row["image__width"],
        "height": row["image__height"],
        "state": row["image__state"],
        "box_count": row["image__box_count"],
        "sharpness": row["image__sharpness"],
        "brightness": row["image__brightness"],
        "phash": phash_text(row["image__phash"]),
    }


def phash_text(phash: int | None) -> str | None:
    """The hash as 16 hexadecimal digits: JSON numbers are not safe beyond 53 bits."""
    return None if phash is None else f"{phash & (1 << 64) - 1:016x}"


def sweep_dict(sweep: CleanSweep) -> dict[str, Any]:
    return {
        "id": str(sweep.id),
        "dataset": str(sweep.dataset_id),
        "report": str(sweep.report_id) if sweep.report_id else None,
        "job": str(sweep.job_id) if sweep.job_id else None,
        "ready": sweep.finished_at is not None,
        "archived": sweep.archived,
        "skipped": sweep.skipped,
        "restored": sweep.restored,
        "created_at": wire(sweep.created_at),
        "finished_at": wire(sweep.finished_at) if sweep.finished_at else None,
        "undone_at": wire(sweep.undone_at) if sweep.undone_at else None,
    }

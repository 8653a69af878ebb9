"""Reads of the order by uncertainty: what is not up to date, and what it is made of."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q

from annotations.models import Box, Canvas, Ranking
from annotations.uncertainty import Look
from datasets.clean_queries import latest_report
from datasets.models import CleanFinding, CleanReport, Dataset, Image

# Who is compared at most with one picture: a burst of a hundred shots says no more than its first ones.
MOST_TWINS = 8
COLUMNS = (
    "canvas_id",
    "label_id",
    "x",
    "y",
    "w",
    "h",
    "source",
    "state",
    "score",
    "provenance",
    "deleted",
    "updated_by_id",
)


def unranked(dataset: Dataset, most: int) -> list[UUID]:
    """Pictures whose labels, or whose group of near duplicates, have changed since they were ranked."""
    rows = Canvas.objects.filter(is_ranked=False, image__dataset=dataset, seq__gt=0)
    found = list(rows.values_list("pk", flat=True)[:most])
    if len(found) < most:
        found += _regrouped(dataset, most - len(found), set(found))
    return found


def _regrouped(dataset: Dataset, most: int, known: Iterable[UUID]) -> list[UUID]:
    """Those that a check found to be near duplicates after they were ranked."""
    report = latest_report(dataset)
    if report is None:
        return []
    found = CleanFinding.objects.filter(report=report, group__isnull=False).exclude(image__in=known)
    rows = found.filter(image__ranking__updated_at__lt=report.finished_at)
    return list(rows.order_by().values_list("image_id", flat=True).distinct()[:most])


def duplicates_of(image_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The kept near duplicates of each picture that somebody or something has labelled, by the last check of its dataset."""
    found: dict[UUID, list[UUID]] = {}
    for dataset in Dataset.objects.filter(images__in=image_ids).distinct():
        report = latest_report(dataset)
        if report is not None:
            found |= _twins(report, image_ids)
    return found


def _twins(report: CleanReport, image_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    rows = CleanFinding.objects.filter(report=report, group__isnull=False)
    mine = dict(rows.filter(image__in=image_ids).values_list("image_id", "group"))
    if not mine:
        return {}
    groups: dict[int | None, list[UUID]] = defaultdict(list)
    labelled = rows.filter(group__in=set(mine.values()), image__archived_at__isnull=True)
    labelled = labelled.exclude(image__state=Image.State.NEW).order_by("image__ordinal")
    for uid, group in labelled.values_list("image_id", "group"):
        groups[group].append(uid)
    return {
        uid: [twin for twin in groups[group] if twin != uid][:MOST_TWINS]
        for uid, group in mine.items()
        if uid in groups[group]
    }


def looks_of(image_ids: Sequence[UUID]) -> dict[UUID, list[Look]]:
    """The boxes of the pictures as far as they say how sure anybody is; of deleted ones those that models proposed."""
    rows = Box.objects.filter(canvas__in=image_ids).filter(Q(deleted=False) | Q(source=Box.Source.MODEL))
    found: dict[UUID, list[Look]] = defaultdict(list)
    for canvas_id, label, x, y, w, h, source, state, score, origin, deleted, person in rows.order_by(
        "pk"
    ).values_list(*COLUMNS):
        cut = (origin or {}).get("slice")
        part = tuple(cut) if isinstance(cut, list) else None
        class_id = str(label) if label else None
        look = Look(class_id, x, y, w, h, source, state, score, part, deleted, person is not None)
        found[canvas_id].append(look)
    return found


def reasons_for(image_id: UUID) -> list[dict[str, Any]]:
    """Why the picture was unsure when it was last looked at."""
    return Ranking.objects.filter(pk=image_id).values_list("reasons", flat=True).first() or []

"""How the work on a project goes: what was done each day, where its pictures stand, what its boxes are like.

Of kept pictures alone, in days of UTC. Each chart is one statement that the database counts, so their number does
not grow with the project; only the moments of the last `MOST_MOMENTS` edits are read one by one.
"""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    Count,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    OuterRef,
    Q,
    When,
)
from django.db.models.fields.json import KT
from django.db.models.functions import TruncDate

from annotations.models import Box, CanvasEdit, LabelClass, ReviewStep
from annotations.queries import SIZELESS
from datasets.models import Dataset, Image
from modelship.projects.models import Project

MOST_MOMENTS = 100_000
# Whoever does nothing for longer is not at work on the picture.
LONGEST_GAP = timedelta(minutes=5)
# The borders of COCO's evaluation, by the area of the frame in pixels of the original.
SMALL, MEDIUM = 32**2, 96**2
# From this ratio of its sides on a box is tall or wide.
LONG = 1.5
SIZES, SIDES = ("small", "medium", "large"), ("tall", "even", "wide")
STEPS = ("submitted", "approved", "sent_back")
EDITS = ("edits_by_people", "edits_by_machines")
REVIEW_STATES = ("open", "submitted", "changes_requested", "approved")


@dataclass(frozen=True, slots=True)
class Scope:
    """The pictures of a project, or of one of its datasets, and the days from `first` to `last`, both included."""

    project: Project
    dataset: Dataset | None
    first: date
    last: date
    # Kept datasets: of who asks, and everybody's own copies, which would count pictures twice.
    left_out: tuple[UUID, ...] = ()

    def pictures(self, path: str = "") -> Q:
        """The kept pictures, as a condition on rows that lead to them by `path`."""
        where = (
            {f"{path}dataset": self.dataset} if self.dataset else {f"{path}dataset__project": self.project}
        )
        kept = Q(**where, **{f"{path}archived_at__isnull": True})
        return kept & ~Q(**{f"{path}dataset__in": self.left_out}) if self.left_out else kept

    @property
    def begin(self) -> datetime:
        return datetime.combine(self.first, time.min, UTC)

    @property
    def end(self) -> datetime:
        return datetime.combine(self.last + timedelta(days=1), time.min, UTC)

    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    def day(self) -> Case:
        """The day on which a row was made, or none before the first one: what came before is one group."""
        made = TruncDate("created_at", tzinfo=UTC)
        return Case(When(created_at__gte=self.begin, then=made), default=None, output_field=DateField())


def analytics_of(scope: Scope) -> dict[str, Any]:
    steps, pictures = _steps(scope), _pictures(scope)
    return {
        "project": str(scope.project.pk),
        "dataset": str(scope.dataset.pk) if scope.dataset else None,
        "from": scope.first.isoformat(),
        "to": scope.last.isoformat(),
        "throughput": _throughput(scope, steps),
        "states": {"now": _now(pictures), "over_time": _over_time(scope, steps, pictures)},
        "classes": _classes(scope),
        "time_per_image": _time_per_image(scope),
    }


def _steps(scope: Scope) -> list[Mapping[str, Any]]:
    rows = ReviewStep.objects.filter(scope.pictures("image__"), created_at__lt=scope.end).order_by()
    return list(
        rows.annotate(day=scope.day())
        .values("day", "action", "source", "target")
        .annotate(steps=Count("pk"), pictures=Count("image", distinct=True))
    )


def _pictures(scope: Scope) -> list[Mapping[str, Any]]:
    rows = Image.objects.filter(scope.pictures()).order_by()
    return list(rows.annotate(day=scope.day()).values("day", "state").annotate(pictures=Count("pk")))


def _throughput(scope: Scope, steps: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """By day the pictures that were handed in, approved and sent back, and the saved changes of people and machines."""
    found = {day: dict.fromkeys((*STEPS, *EDITS), 0) for day in scope.days()}
    for row in steps:
        name = _done(row)
        if row["day"] and name:
            found[row["day"]][name] += row["pictures"]
    # A step is in the log, too, but it is no change of what is on the picture.
    step = ReviewStep.objects.filter(image_id=OuterRef("canvas_id"), seq=OuterRef("seq"))
    edits = CanvasEdit.objects.filter(
        ~Exists(step),
        scope.pictures("canvas__image__"),
        created_at__gte=scope.begin,
        created_at__lt=scope.end,
    )
    counted = edits.order_by().annotate(day=scope.day(), kind=KT("actor__kind")).values("day", "kind")
    for day, kind, saved in counted.annotate(edits=Count("pk")).values_list("day", "kind", "edits"):
        found[day][EDITS[kind == "job"]] += saved
    return [{"day": day.isoformat(), **counts} for day, counts in found.items()]


def _done(step: Mapping[str, Any]) -> str | None:
    """What a step did to its picture; the first of two approvals does nothing yet."""
    if step["action"] == "approve":
        return "approved" if step["target"] == "approved" else None
    return {"submit": "submitted", "reject": "sent_back"}.get(step["action"])


def _now(pictures: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    counts = dict.fromkeys(Image.State.values, 0)
    for row in pictures:
        counts[row["state"]] += row["pictures"]
    return counts


def _over_time(
    scope: Scope, steps: Iterable[Mapping[str, Any]], pictures: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """At the end of each day the pictures in each state of review, added up from their arrival and their steps, and from
    what imports, copies, rollbacks and other workflows did to them.
    """
    changes: dict[date | None, dict[str, int]] = defaultdict(lambda: dict.fromkeys(REVIEW_STATES, 0))
    for row in pictures:
        changes[row["day"]]["open"] += row["pictures"]
    for row in steps:
        changes[row["day"]][row["source"]] -= row["steps"]
        changes[row["day"]][row["target"]] += row["steps"]
    counts, told = changes[None], []
    for day in scope.days():
        counts = {state: count + changes[day][state] for state, count in counts.items()}
        told.append({"day": day.isoformat(), **{state: max(0, count) for state, count in counts.items()}})
    return told


def _classes(scope: Scope) -> list[dict[str, Any]]:
    """The classes with what is accepted of each, and how much of what models proposed people let stand."""
    living = Q(deleted=False, state=Box.State.ACCEPTED)
    sized = living & ~Q(shape__in=SIZELESS)
    ends = Q(deleted=True) | Q(state__in=(Box.State.ACCEPTED, Box.State.REJECTED))
    judged = Q(source=Box.Source.MODEL, updated_by_id__isnull=False, seq__gt=F("created_seq")) & ends
    area = ExpressionWrapper(F("w") * F("h"), output_field=FloatField())
    tall, wide = Q(h__gte=F("w") * LONG), Q(w__gte=F("h") * LONG)
    counted = (
        Box.objects.filter(scope.pictures("canvas__image__"))
        .order_by()
        .annotate(area=area)
        .values("label_id")
        .annotate(
            boxes=Count("pk", filter=living),
            pictures=Count("canvas", filter=living, distinct=True),
            small=Count("pk", filter=sized & Q(area__lt=SMALL)),
            medium=Count("pk", filter=sized & Q(area__gte=SMALL, area__lt=MEDIUM)),
            large=Count("pk", filter=sized & Q(area__gte=MEDIUM)),
            tall=Count("pk", filter=sized & tall),
            wide=Count("pk", filter=sized & wide),
            even=Count("pk", filter=sized & ~tall & ~wide),
            judged=Count("pk", filter=judged),
            accepted=Count("pk", filter=judged & living),
        )
    )
    found: dict[UUID | None, Mapping[str, Any]] = {row["label_id"]: row for row in counted}
    total = sum(row["boxes"] for row in found.values())
    return [_class_dict(label, found.get(label["id"]), total) for label in _labels(scope, found)]


def _labels(scope: Scope, found: Mapping[UUID | None, Any]) -> Iterator[Mapping[str, Any]]:
    """All classes in their order, then none, where boxes have none."""
    yield from LabelClass.objects.filter(project=scope.project).values("id", "name", "color")
    if None in found:
        yield {"id": None, "name": None, "color": None}


def _class_dict(label: Mapping[str, Any], row: Mapping[str, Any] | None, total: int) -> dict[str, Any]:
    counts: dict[str, int] = defaultdict(int, row or {})
    return {
        "id": str(label["id"]) if label["id"] else None,
        "name": label["name"],
        "color": label["color"],
        "boxes": counts["boxes"],
        "share": _share(counts["boxes"], total),
        "pictures": counts["pictures"],
        "sizes": {name: counts[name] for name in SIZES},
        "sides": {name: counts[name] for name in SIDES},
        "machine": {
            "judged": counts["judged"],
            "accepted": counts["accepted"],
            "share": _share(counts["accepted"], counts["judged"]),
        },
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _time_per_image(scope: Scope) -> dict[str, Any]:
    """How many seconds people were at work on a picture: between two entries of one person in its log, where no
    more than `LONGEST_GAP` passed. Pictures without two such entries do not count.
    """
    rows = CanvasEdit.objects.filter(
        scope.pictures("canvas__image__"),
        created_at__gte=scope.begin,
        created_at__lt=scope.end,
        actor__kind="user",
    )
    newest = rows.order_by("-created_at", "-pk").values_list("canvas_id", KT("actor__id"), "created_at")
    moments = list(newest[: MOST_MOMENTS + 1])
    by_picture: dict[UUID, float] = defaultdict(float)
    for (picture, _), spent in seconds_at_work(moments[:MOST_MOMENTS]).items():
        by_picture[picture] += spent
    seconds = sorted(by_picture.values())
    lower, median, upper = _quartiles(seconds)
    return {
        "pictures": len(seconds),
        "lower_quartile": lower,
        "median": median,
        "upper_quartile": upper,
        "edits": min(len(moments), MOST_MOMENTS),
        "is_cut": len(moments) > MOST_MOMENTS,
    }


def seconds_at_work(moments: Iterable[tuple[UUID, str, datetime]]) -> dict[tuple[UUID, str], float]:
    """By picture and person, where they have two entries close together; the moments come newest first."""
    later: dict[tuple[UUID, str], datetime] = {}
    found: dict[tuple[UUID, str], float] = defaultdict(float)
    for canvas_id, person, moment in moments:
        gap = later.get((canvas_id, person), datetime.max.replace(tzinfo=UTC)) - moment
        if gap <= LONGEST_GAP:
            found[canvas_id, person] += gap.total_seconds()
        later[canvas_id, person] = moment
    return found


def _quartiles(seconds: list[float]) -> tuple[float | None, ...]:
    if not seconds:
        return None, None, None
    if len(seconds) == 1:
        return (round(seconds[0], 1),) * 3
    return tuple(round(value, 1) for value in statistics.quantiles(seconds, n=4, method="inclusive"))

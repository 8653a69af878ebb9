"""How good and how fast each person's work is: measured by what is known, and by what came back. For managers alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from statistics import median
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.db.models.fields.json import KT
from django.db.models.functions import TruncDate

from annotations.agreement import Score, reach_in, score_of
from annotations.analytics_queries import MOST_MOMENTS, Scope, seconds_at_work
from annotations.models import CanvasEdit, ReviewStep
from annotations.queries import live_boxes_of
from annotations.round_queries import accepted, known_pictures
from datasets.models import Image
from modelship.projects.gate import people_in

BATCH = 200


def quality_of(scope: Scope) -> dict[str, Any]:
    """By person of the project who may label: what the known pictures of all rounds say, and the work of the days."""
    scores, handed_in, seconds = _scores(scope), _handed_in(scope), _seconds(scope)
    sent_back = _sent_back(scope)
    nothing: dict[str, int] = {"handed_in": 0, "days": 0}
    people = []
    for user in people_in(scope.project, "annotate"):
        counts, times = handed_in.get(user.pk, nothing), seconds.get(str(user.pk), [])
        pictures, score = scores.get(user.pk, (0, Score()))
        people.append(
            {
                "user": {"id": str(user.pk), "name": user.display_name, "email": user.email},
                "truth": {"pictures": pictures, **score_dict(score)},
                "speed": {
                    **counts,
                    "per_day": _share(counts["handed_in"], counts["days"]),
                    "median_seconds": round(median(times), 1) if times else None,
                    "timed": len(times),
                },
                "sent_back": {
                    "pictures": sent_back.get(user.pk, 0),
                    "share": _share(sent_back.get(user.pk, 0), counts["handed_in"]),
                },
            }
        )
    return {
        "project": str(scope.project.pk),
        "from": scope.first.isoformat(),
        "to": scope.last.isoformat(),
        "people": people,
    }


def score_dict(score: Score) -> dict[str, Any]:
    return {
        **{name: getattr(score, name) for name in ("right", "missed", "extra", "mixed_up")},
        **{name: _rounded(getattr(score, name)) for name in ("precision", "recall", "f1", "mean_overlap")},
    }


def _scores(scope: Scope) -> Mapping[UUID, tuple[int, Score]]:
    found: dict[UUID, tuple[int, Score]] = {}
    for user_id, pairs in known_pictures(scope.project.pk).items():
        score = Score()
        for start in range(0, len(pairs), BATCH):
            part = pairs[start : start + BATCH]
            boxes = live_boxes_of([uid for copy, truth, _ in part for uid in (copy, truth)])
            sizes = Image.objects.filter(pk__in=[copy for copy, _, _ in part])
            reach = {uid: reach_in(w, h) for uid, w, h in sizes.values_list("pk", "width", "height")}
            for copy, truth, least in part:
                true, work = accepted(boxes[truth]), accepted(boxes[copy])
                score += score_of(true, work, least, reach[copy])
        found[user_id] = len(pairs), score
    return found


def _handed_in(scope: Scope) -> Mapping[UUID, dict[str, int]]:
    """Each picture once, however often; and on how many days."""
    rows = _steps(scope).filter(action="submit", created_at__gte=scope.begin)
    day = TruncDate("created_at", tzinfo=UTC)
    counted = rows.order_by().values("user_id")
    counted = counted.annotate(handed_in=Count("image", distinct=True), days=Count(day, distinct=True))
    return {row["user_id"]: {"handed_in": row["handed_in"], "days": row["days"]} for row in counted}


def _sent_back(scope: Scope) -> Mapping[UUID, int]:
    """By who had handed it in last, the pictures of these days that came back to them."""
    last: dict[UUID, tuple[UUID, datetime]] = {}
    back: dict[UUID, set[UUID]] = defaultdict(set)
    steps = _steps(scope).filter(action__in=("submit", "reject")).order_by("image", "seq")
    for image_id, action, user_id, at in steps.values_list("image_id", "action", "user_id", "created_at"):
        if action == "submit":
            last[image_id] = user_id, at
        elif image_id in last and last[image_id][1] >= scope.begin:
            back[last[image_id][0]].add(image_id)
    return {user_id: len(images) for user_id, images in back.items()}


def _steps(scope: Scope) -> Any:
    return ReviewStep.objects.filter(scope.pictures("image__"), user__isnull=False, created_at__lt=scope.end)


def _seconds(scope: Scope) -> Mapping[str, list[float]]:
    """By person, how long they were at work on each picture; of the last entries alone, as the analytics count."""
    rows = CanvasEdit.objects.filter(
        scope.pictures("canvas__image__"),
        created_at__gte=scope.begin,
        created_at__lt=scope.end,
        actor__kind="user",
    ).order_by("-created_at", "-pk")
    moments = rows.values_list("canvas_id", KT("actor__id"), "created_at")[:MOST_MOMENTS]
    found: dict[str, list[float]] = defaultdict(list)
    for (_, person), seconds in seconds_at_work(moments).items():
        found[person].append(seconds)
    return found


def columns_of(quality: Mapping[str, Any]) -> Iterable[list[Any]]:
    """The same as a table, the names of its columns first."""
    people: list[dict[str, Any]] = quality["people"]
    parts = ("truth", "speed", "sent_back")
    names = [f"{part}_{key}" for part in parts for key in (people[0][part] if people else ())]
    yield ["name", "email", *names]
    for person in people:
        values = [value for part in parts for value in person[part].values()]
        yield [person["user"]["name"], person["user"]["email"], *values]


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)

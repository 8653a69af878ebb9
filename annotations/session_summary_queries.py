"""What came out of a team session: verdicts by person, by class and over time, the time for a picture, every picture."""

import csv
import io
import statistics
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet

from annotations.formats.csv import neutralised
from annotations.models import Box, LabelClass, SessionPicture, TeamSession
from annotations.session_queries import VERDICTS, people_of, progress_of, session_dict
from modelship.lib.clock import now, wire

COLUMNS = ("number", "picture", "image", "verdict", "by", "judged_at", "seconds", "comment", "state")
# A chart has at most so many places, each as long as one of these.
MOST_PLACES = 60
MINUTES = (1, 2, 5, 10, 30, 60, 180, 720, 1440)


def summary_of(session: TeamSession, *, with_pictures: bool = True) -> dict[str, Any]:
    """The session with its results as they are now; `pictures` are all of them, in order."""
    progress = progress_of(session)
    found = {
        "session": session_dict(session),
        "progress": {key: progress[key] for key in ("total", "done", "verdicts")},
        "people": _people(session, progress["people"]),
        "over_time": _over_time(session),
        "classes": _classes(session),
        "time": _time(_seconds(session)),
    }
    if with_pictures:
        found["pictures"] = [picture_dict(row) for row in picture_rows(session).order_by("ordinal")]
    return found


def picture_rows(session: TeamSession) -> QuerySet[SessionPicture]:
    return SessionPicture.objects.filter(session=session).select_related("image", "by")


def picture_dict(row: SessionPicture) -> dict[str, Any]:
    return {
        "number": row.ordinal + 1,
        "picture": row.image.filename,
        "image": str(row.image_id),
        "verdict": row.verdict or None,
        "by": {"id": str(row.by.pk), "name": row.by.display_name} if row.by else None,
        "judged_at": wire(row.judged_at),
        "seconds": row.seconds,
        "comment": row.comment,
        "state": row.image.state,
    }


def csv_of(session: TeamSession) -> str:
    """A line for each picture, for spreadsheets."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for row in picture_rows(session).order_by("ordinal").iterator(chunk_size=1_000):
        shown = picture_dict(row)
        shown["by"] = neutralised(shown["by"]["name"]) if shown["by"] else None
        shown |= {name: neutralised(shown[name]) for name in ("picture", "comment")}
        rows.writerow([shown[name] for name in COLUMNS])
    return text.getvalue()


def _people(session: TeamSession, verdicts: dict[str, dict[str, int]]) -> list[dict[str, Any]]:
    """Who came, with what each judged and how long a picture took them."""
    seconds: dict[str, list[float]] = defaultdict(list)
    rows = SessionPicture.objects.filter(session=session, seconds__isnull=False, by__isnull=False)
    for by, value in rows.values_list("by", "seconds"):
        seconds[str(by)].append(value or 0)
    none = dict.fromkeys(VERDICTS, 0)
    return [
        {
            "user": person["user"],
            "part": person["part"],
            "verdicts": (counts := verdicts.get(person["user"]["id"], none)),
            "pictures": sum(counts.values()),
            "time": _time(seconds[person["user"]["id"]]),
        }
        for person in people_of(session)
        if person["state"] != "invited"
    ]


def _seconds(session: TeamSession) -> list[float]:
    rows = SessionPicture.objects.filter(session=session, seconds__isnull=False)
    return [value or 0 for value in rows.values_list("seconds", flat=True)]


def _time(seconds: list[float]) -> dict[str, Any]:
    """Median and quartiles of what is known, and of how many pictures that is."""
    lower = median = upper = None
    if len(seconds) == 1:
        lower = median = upper = seconds[0]
    elif seconds:
        lower, median, upper = (
            round(cut, 2) for cut in statistics.quantiles(seconds, n=4, method="inclusive")
        )
    return {"pictures": len(seconds), "median": median, "lower_quartile": lower, "upper_quartile": upper}


def _over_time(session: TeamSession) -> dict[str, Any]:
    """The verdicts of each stretch of time, from the beginning to the end or until now."""
    until = session.ended_at or now()
    rows = SessionPicture.objects.filter(session=session, judged_at__isnull=False)
    moments = list(rows.values_list("judged_at", "verdict"))
    minutes = step_for(until - session.begun_at)
    places = int((until - session.begun_at) / timedelta(minutes=minutes)) + 1
    counts = [dict.fromkeys(VERDICTS, 0) for _ in range(places)]
    for at, verdict in moments:
        counts[_place(at or until, session.begun_at, minutes, places)][verdict] += 1
    begun = session.begun_at.astimezone(UTC)
    return {
        "minutes": minutes,
        "places": [
            {"at": wire(begun + timedelta(minutes=minutes * at)), **found} for at, found in enumerate(counts)
        ],
    }


def step_for(length: timedelta) -> int:
    """How many minutes one place of the chart is."""
    for minutes in MINUTES:
        if length / timedelta(minutes=minutes) < MOST_PLACES:
            return minutes
    days = int(length / timedelta(days=MOST_PLACES)) + 1
    return days * MINUTES[-1]


def _place(at: datetime, begun: datetime, minutes: int, places: int) -> int:
    return max(0, min(int((at - begun) / timedelta(minutes=minutes)), places - 1))


def _classes(session: TeamSession) -> list[dict[str, Any]]:
    """For each class the pictures with a box or tag of it that is not rejected, by their verdict; as they are now."""
    here = {"session": session, "verdict__in": VERDICTS}
    judged = {f"canvas__image__in_sessions__{name}": value for name, value in here.items()}
    boxes = Box.objects.filter(deleted=False, label__isnull=False, **judged).exclude(state=Box.State.REJECTED)
    rows = boxes.values_list("label", "canvas__image__in_sessions__verdict").order_by()
    counts: dict[Any, dict[str, int]] = defaultdict(lambda: dict.fromkeys(VERDICTS, 0))
    for label, verdict, pictures in rows.annotate(Count("canvas", distinct=True)):
        counts[label][verdict] = pictures
    classes = LabelClass.objects.filter(pk__in=counts)
    return [
        {"id": str(label.pk), "name": label.name, "color": label.color, "verdicts": counts[label.pk]}
        for label in classes
    ]

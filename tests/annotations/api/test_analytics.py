"""The analytics of a project over REST: exact numbers of a small history, as JSON and as CSV."""

import csv
import io
import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotations import analytics_queries
from annotations.actions.apply_edits import apply_edits
from annotations.actions.review import review
from annotations.models import CanvasEdit, LabelClass, ReviewStep
from datasets.models import Dataset, Image
from modelship.accounts.actors import Actor
from modelship.jobs.runner import run_queued
from modelship.lib.clock import now
from modelship.projects.models import Project
from tests.annotations.api.importing import imported
from tests.annotations.api.worlds import draw, exported, picture
from tests.annotations.conftest import MakePicture
from tests.annotations.frozen import frozen
from tests.live_clients import add, change
from tests.people import Person

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 10)
DAYS = "from=2026-03-08&to=2026-03-10"


def at(days_ago: int, minute: int, second: int = 0) -> datetime:
    moment = datetime.combine(TODAY - timedelta(days=days_ago), time(10), UTC)
    return moment + timedelta(minutes=minute, seconds=second)


def back(image: Image, *moments: datetime) -> None:
    """What the log of a picture has happened at these moments; the picture came with the first one."""
    for seq, moment in enumerate(moments, 1):
        for table, where in ((CanvasEdit, {"canvas_id": image.pk}), (ReviewStep, {"image": image})):
            table.objects.filter(**where, seq=seq).update(created_at=moment)
    Image.objects.filter(pk=image.pk).update(created_at=moments[0])


@pytest.fixture
def history(
    make_picture: MakePicture, project: Project, ann: Person, bob: Person, robot: Actor
) -> list[Image]:
    """Four pictures: one approved, one sent back and handed in again, one that waits, and an untouched one."""
    boat, crane = (
        str(uid) for uid in LabelClass.objects.filter(project=project).values_list("id", flat=True)
    )
    first, second, third, fourth = (make_picture(width=400, height=400) for _ in range(4))

    seen = [add(class_id=boat, source="model", score=0.9, x=20 * n, w=10 + n, h=10) for n in range(4)]
    apply_edits(first.id, seen, actor=robot)
    apply_edits(first.id, [change("review", seen[0]["box_id"], state="accepted")], actor=ann.actor)
    apply_edits(first.id, [change("update", seen[1]["box_id"], x=300, y=10, w=30, h=12)], actor=ann.actor)
    apply_edits(first.id, [change("review", seen[2]["box_id"], state="rejected")], actor=ann.actor)
    apply_edits(first.id, [change("delete", seen[3]["box_id"])], actor=ann.actor)
    review(first.id, "submit", actor=ann.actor)
    review(first.id, "approve", actor=bob.actor)
    minutes = [at(2, 0), at(2, 1), at(2, 3), at(2, 20), at(2, 21), at(2, 22), at(1, 0)]
    back(first, *minutes)

    apply_edits(
        second.id, [add(class_id=crane, w=32, h=32), add(class_id=crane, w=200, h=96)], actor=ann.actor
    )
    review(second.id, "submit", actor=ann.actor)
    review(second.id, "reject", actor=bob.actor)
    review(second.id, "submit", actor=ann.actor)
    back(second, at(2, 0), at(2, 4), at(1, 0), at(1, 5))

    machine_only = [add(class_id=crane, source="model", score=0.5)]
    apply_edits(third.id, machine_only, actor=robot)
    apply_edits(third.id, [add(w=40, h=80)], actor=bob.actor)
    back(third, at(0, 0), at(0, 1))

    Image.objects.filter(pk=fourth.pk).update(created_at=at(90, 0))
    return [first, second, third, fourth]


def analytics(person: Person, project: Project, query: str = DAYS, status: int = 200) -> Any:
    answer = person.api.get(f"/api/v1/projects/{project.id}/analytics?{query}")
    assert answer.status_code == status, answer.content
    return answer.json() if status == 200 else answer.json()["code"]


def test_what_was_done_each_day(vic: Person, project: Project, history: list[Image]):
    told = analytics(vic, project)

    rows = [tuple(row.values()) for row in told["throughput"]]
    assert list(told["throughput"][0]) == [
        *("day", "submitted", "approved", "sent_back"),
        *("edits_by_people", "edits_by_machines"),
    ]
    assert rows == [
        ("2026-03-08", 2, 0, 0, 5, 1),
        ("2026-03-09", 1, 1, 1, 0, 0),
        ("2026-03-10", 0, 0, 0, 1, 1),
    ]


def test_where_the_pictures_stand_and_stood(vic: Person, project: Project, history: list[Image]):
    states = analytics(vic, project)["states"]

    assert states["now"] == {
        **{"new": 1, "proposed": 1, "labeled": 0},
        **{"submitted": 1, "approved": 1, "changes_requested": 0},
    }
    assert states["over_time"] == [
        {"day": "2026-03-08", "open": 1, "submitted": 2, "changes_requested": 0, "approved": 0},
        {"day": "2026-03-09", "open": 1, "submitted": 1, "changes_requested": 0, "approved": 1},
        {"day": "2026-03-10", "open": 2, "submitted": 1, "changes_requested": 0, "approved": 1},
    ]
    # What was before the first day is counted, what comes after the last one is not.
    assert analytics(vic, project, "from=2026-03-09&to=2026-03-09")["states"]["over_time"] == [
        states["over_time"][1]
    ]


def test_imports_rollbacks_and_other_ways_are_in_the_states_over_time(
    alice: Person, project: Project, dataset: Dataset
):
    image = picture(alice, dataset)
    draw(alice, image)
    frozen(alice, dataset)
    review(image.pk, "approve", actor=alice.actor)
    data = exported(alice, dataset, format="json")
    number = frozen(alice, dataset).number
    roll_back_to(alice, dataset, 1)
    rolled = analytics(alice, project, "")["states"]
    imported(alice, dataset, data, "labels.json", review="true")
    brought = analytics(alice, project, "")["states"]

    assert number == 2
    assert (rolled["now"]["labeled"], rolled["over_time"][-1]["open"]) == (1, 1)
    assert rolled["over_time"][-1]["approved"] == 0
    assert (brought["now"]["approved"], brought["over_time"][-1]["approved"]) == (1, 1)
    assert brought["over_time"][-1]["open"] == 0
    assert sum(day["approved"] for day in analytics(alice, project, "")["throughput"]) == 1


def test_classes_with_their_sizes_and_what_became_of_models_boxes(
    vic: Person, project: Project, history: list[Image]
):
    LabelClass.objects.create(project=project, name="dock", color="#123456", order=9)

    boat, crane, dock, without = analytics(vic, project)["classes"]

    assert [one["name"] for one in (boat, crane, dock, without)] == ["boat", "crane", "dock", None]
    assert (boat["boxes"], boat["share"], boat["pictures"]) == (2, 0.4, 1)
    assert boat["sizes"] == {"small": 2, "medium": 0, "large": 0}
    assert boat["machine"] == {"judged": 4, "accepted": 2, "share": 0.5}
    assert (crane["boxes"], crane["share"], crane["pictures"]) == (2, 0.4, 1)
    assert crane["sizes"] == {"small": 0, "medium": 1, "large": 1}
    assert crane["sides"] == {"tall": 0, "even": 1, "wide": 1}
    # Nobody has judged what the model proposes there.
    assert crane["machine"] == {"judged": 0, "accepted": 0, "share": None}
    assert (dock["boxes"], dock["share"], dock["pictures"]) == (0, 0.0, 0)
    assert (without["boxes"], without["sides"]) == (1, {"tall": 1, "even": 0, "wide": 0})


def test_the_time_at_work_on_a_picture_leaves_breaks_out(vic: Person, project: Project, history: list[Image]):
    # Ann on the first: 2 minutes, a break of 17, then 1 and 1; on the second: 4 minutes, and a night.
    assert analytics(vic, project)["time_per_image"] == {
        **{"pictures": 2, "lower_quartile": 240.0, "median": 240.0, "upper_quartile": 240.0},
        **{"edits": 11, "is_cut": False},
    }
    CanvasEdit.objects.filter(canvas_id=history[1].pk, seq=2).update(created_at=at(2, 2))
    time_told = analytics(vic, project)["time_per_image"]
    assert [time_told[name] for name in ("lower_quartile", "median", "upper_quartile")] == [150, 180, 210]


def test_only_so_many_moments_are_read_and_that_is_said(
    vic: Person, project: Project, history: list[Image], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(analytics_queries, "MOST_MOMENTS", 10)

    told = analytics(vic, project)["time_per_image"]

    assert (told["edits"], told["is_cut"]) == (10, True)
    monkeypatch.setattr(analytics_queries, "MOST_MOMENTS", 11)
    assert analytics(vic, project)["time_per_image"]["is_cut"] is False


def test_one_dataset_alone_and_nothing_of_archived_pictures(
    alice: Person, vic: Person, project: Project, history: list[Image], make_picture: MakePicture
):
    other = Dataset.objects.create(tenant=alice.tenant, project=project, name="South quay")
    lonely = make_picture(into=other)
    apply_edits(lonely.id, [add()], actor=alice.actor)
    back(lonely, at(1, 0))

    told = analytics(vic, project, f"{DAYS}&dataset={other.id}")
    assert (told["dataset"], told["project"]) == (str(other.id), str(project.id))
    assert [row["edits_by_people"] for row in told["throughput"]] == [0, 1, 0]
    assert told["states"]["now"]["labeled"] == 1
    assert [one["boxes"] for one in told["classes"]] == [0, 0, 1]
    Image.objects.filter(pk=lonely.pk).update(archived_at=now())
    told = analytics(vic, project, f"{DAYS}&dataset={other.id}")
    assert (
        sum(told["states"]["now"].values()) == sum(row["edits_by_people"] for row in told["throughput"]) == 0
    )
    assert [one["boxes"] for one in told["classes"]] == [0, 0]


def test_a_new_project_has_nothing_to_tell_of_the_last_thirty_days(vic: Person, project: Project):
    told = analytics(vic, project, "")

    assert len(told["throughput"]) == len(told["states"]["over_time"]) == 30
    assert told["to"] == now().date().isoformat()
    assert {value for row in told["throughput"] for key, value in row.items() if key != "day"} == {0}
    assert [one["share"] for one in told["classes"]] == [None, None]
    assert told["time_per_image"]["median"] is None


def test_more_days_pictures_and_boxes_take_no_more_statements(
    vic: Person, project: Project, history: list[Image], make_picture: MakePicture, ann: Person
):
    def statements(query: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            analytics(vic, project, query)
        return len(captured)

    # The first one also notes when the key was used.
    statements(DAYS)
    few = statements(DAYS)
    for _ in range(5):
        apply_edits(make_picture().id, [add() for _ in range(20)], actor=ann.actor)

    assert statements("from=2025-12-01&to=2026-03-10") == few


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday",
        "from=20260308",
        "from=2026-W10-1",
        "from=2026-02-30",
        "to=",
        "to=9999-12-31",
        "to=0001-01-01",
        "from=2026-03-10&to=2026-03-09",
        "from=2025-03-09&to=2026-03-10",
        "dataset=north",
        "dataset=",
        "format=xml",
        "since=2026-03-10",
    ],
)
def test_what_is_no_range_of_days_is_refused(vic: Person, project: Project, query: str):
    assert analytics(vic, project, query, 400) == "malformed"


def test_a_year_and_a_day_may_be_asked_for(vic: Person, project: Project):
    assert len(analytics(vic, project, "from=2025-03-10&to=2026-03-10")["throughput"]) == 366
    assert len(analytics(vic, project, "to=2000-01-01")["throughput"]) == 1


def test_datasets_of_other_projects_and_tenants_are_not_found(
    alice: Person, charlie: Person, project: Project, dataset: Dataset
):
    other = Project.objects.create(tenant=alice.tenant, name="Inland", created_by=alice.user)

    assert analytics(alice, other, f"dataset={dataset.id}", 404) == "not_found"
    assert analytics(alice, project, f"dataset={uuid4()}", 404) == "not_found"
    assert analytics(charlie, project, "", 404) == "not_found"


def test_the_same_as_one_long_table_that_no_spreadsheet_runs(
    alice: Person, vic: Person, project: Project, history: list[Image]
):
    LabelClass.objects.filter(project=project, name="boat").update(name="=HYPERLINK(1)")

    answer = vic.api.get(f"/api/v1/projects/{project.id}/analytics?{DAYS}&format=csv")

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="analytics-2026-03-08-2026-03-10.csv"'
    header, *rows = csv.reader(io.StringIO(answer.content.decode()))
    assert header == ["chart", "key", "series", "value"]
    assert len({tuple(row[:3]) for row in rows}) == len(rows)
    assert [row for row in rows if row[0] == "class_balance" and "HYPER" in row[1]] == [
        ["class_balance", "'=HYPERLINK(1)", "boxes", "2"],
        ["class_balance", "'=HYPERLINK(1)", "share", "0.4"],
        ["class_balance", "'=HYPERLINK(1)", "pictures", "1"],
    ]
    for row in (
        ["throughput", "2026-03-08", "submitted", "2"],
        ["states_now", "approved", "pictures", "1"],
        ["states_over_time", "2026-03-10", "open", "2"],
        ["box_sizes", "crane", "large", "1"],
        ["box_sides", "crane", "wide", "1"],
        ["machine_acceptance", "'=HYPERLINK(1)", "share", "0.5"],
        ["time_per_image", "", "median", "240.0"],
        ["time_per_image", "", "is_cut", "false"],
    ):
        assert row in rows
    assert not [row for row in rows if row[0] == "machine_acceptance" and row[1:3] == ["crane", "share"]]


def roll_back_to(person: Person, dataset: Dataset, number: int) -> None:
    url, body = f"/api/v1/datasets/{dataset.id}/rollback", json.dumps({"version": number})
    answer = person.api.post(url, body, content_type="application/json")
    assert answer.status_code == 202, answer.content
    run_queued()

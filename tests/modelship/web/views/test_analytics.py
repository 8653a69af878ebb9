"""The page of a project's analytics: what it shows, of whom, and what it says where there is nothing."""

import pytest

from annotations.actions.apply_edits import apply_edits
from annotations.actions.review import review
from annotations.models import LabelClass
from datasets.models import Dataset, Image
from modelship.accounts.actors import Actor
from modelship.projects.models import Project
from modelship.web.analytics_charts import LABELS, MOST_BARS, charts_of, daily
from tests.annotations.conftest import boat, make_picture, picture, robot
from tests.live_clients import add, change
from tests.modelship.web.pages import Page
from tests.people import Person

__all__ = ["boat", "make_picture", "picture", "robot"]
pytestmark = pytest.mark.django_db
TITLES = [
    "Pictures a day",
    "Saved changes a day",
    "States over time",
    "States now",
    "Class balance",
    "Box sizes",
]


def test_the_page_shows_each_chart_with_its_table_and_leads_to_the_files(
    vic: Person, ann: Person, robot: Actor, project: Project, picture: Image, boat: LabelClass
):
    seen = add(class_id=str(boat.pk), source="model", score=0.8)
    apply_edits(picture.id, [seen], actor=robot)
    apply_edits(picture.id, [change("review", seen["box_id"], state="accepted")], actor=ann.actor)
    review(picture.id, "submit", actor=ann.actor)

    answer = vic.browser.get(f"/projects/{project.id}/analytics/?dataset={picture.dataset_id}")

    page = Page(answer)
    html = answer.content.decode()
    assert (page.inline, page.unclosed, page.open) == ([], [], [])
    assert [title for title in TITLES if title not in page.text] == []
    assert (html.count("<polyline"), html.count("<details>")) == (2 * 9, 8)
    assert "What people let stand of models' boxes" in page.text
    assert "100 %" in page.text
    assert f'<option value="{picture.dataset_id}" selected>' in html
    csv_link = next(link for link in page.links if link.endswith("format=csv"))
    assert f"dataset={picture.dataset_id}" in csv_link
    assert vic.browser.get(csv_link).content.startswith(b"chart,key,series,value")
    assert f"/projects/{project.id}/analytics/" in Page(vic.browser.get(f"/projects/{project.id}/")).links


def test_a_new_project_is_told_what_to_do(vic: Person, project: Project):
    text = Page(vic.browser.get(f"/projects/{project.id}/analytics/")).text

    assert "Nothing to count yet" in text
    assert "Class balance" not in text


def test_pictures_without_any_work_say_so_in_each_chart(vic: Person, project: Project, picture: Image):
    text = Page(vic.browser.get(f"/projects/{project.id}/analytics/")).text

    for sentence in (
        "Nothing was handed in, approved or sent back in these days.",
        "Nothing was changed in these days.",
        "No box is accepted yet.",
        "Nobody has judged a model's box yet.",
        "In these days nobody changed a picture twice within five minutes.",
    ):
        assert sentence in text


def test_days_that_can_not_be_read_are_told_beside_the_form(
    vic: Person, charlie: Person, project: Project, dataset: Dataset
):
    answer = vic.browser.get(f"/projects/{project.id}/analytics/?from=2026-02-30&to=&dataset=")

    assert answer.status_code == 400
    assert "'from' must be a day" in Page(answer).text
    assert charlie.browser.get(f"/projects/{project.id}/analytics/").status_code == 404
    foreign = f"/projects/{project.id}/analytics/?dataset={project.id}"
    assert vic.browser.get(foreign).status_code == 404


def test_lines_reach_from_the_axis_to_the_rounded_top():
    days = [{"day": f"2026-03-0{day}", "submitted": count} for day, count in enumerate([0, 3, 2], 1)]

    chart = daily(days, ("submitted",), LABELS)

    assert [row["label"] for row in chart["rows"]] == ["0", "2", "4"]
    assert [column["label"] for column in chart["columns"]] == ["1 Mar", "2 Mar", "3 Mar"]
    assert chart["lines"] == [{"label": "Handed in", "points": "62,212 336,62 610,112"}]
    assert daily(days[1:2], ("submitted",), LABELS)["lines"][0]["points"] == "62,62 610,62"
    assert daily(days[:1], ("submitted",), LABELS)["is_empty"] is True


def test_bars_are_for_the_largest_classes_and_the_table_has_them_all():
    labels = [
        {
            **{
                "name": f"class {number}",
                "boxes": number,
                "machine": {"judged": 4, "accepted": 1, "share": 0.25},
            },
            "sizes": {"small": number, "medium": number, "large": 2 * number},
            "sides": {"tall": 0, "even": number, "wide": 0},
        }
        for number in range(MOST_BARS + 3)
    ]

    day = dict.fromkeys(("submitted", "approved", "sent_back", "edits_by_people", "edits_by_machines"), 0)
    stood = dict.fromkeys(("open", "submitted", "changes_requested", "approved"), 0)

    charts = charts_of(
        {
            "throughput": [{"day": "2026-03-08", **day}],
            "states": {"now": {"new": 1}, "over_time": [{"day": "2026-03-08", **stood}]},
            "classes": labels,
        }
    )

    balance = charts["balance"]
    assert (balance["shown"][0]["name"], len(balance["shown"]), balance["hidden"]) == (
        "class 22",
        MOST_BARS,
        3,
    )
    assert len(balance["rows"]) == MOST_BARS + 3
    assert balance["shown"][1]["segments"] == [{"x": 0.0, "width": 95.45}]
    assert charts["sizes"]["shown"][0]["segments"] == [
        {"x": 0.0, "width": 25.0},
        {"x": 25.0, "width": 25.0},
        {"x": 50.0, "width": 50.0},
    ]
    # The class without boxes has no sizes.
    assert len(charts["sizes"]["rows"]) == MOST_BARS + 2
    assert charts["machine"]["shown"][0]["segments"] == [{"x": 0.0, "width": 25.0}]

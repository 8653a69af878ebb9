"""The page of a project's way through the review, its form, and the pages of queues."""

import pytest

from annotations.actions.review import review
from annotations.models import Canvas
from annotations.review_queries import workflow_dict
from datasets.models import Dataset, Image
from modelship.projects.models import Project
from tests.annotations.conftest import make_picture, picture
from tests.people import Person

__all__ = ["make_picture", "picture"]
HOLD = {"hold_mode": "hard", "hold_minutes": "7"}


def test_everybody_sees_the_way_and_only_managers_the_form(project: Project, alice: Person, vic: Person):
    url = f"/projects/{project.id}/workflow/"

    seen = vic.browser.get(url).content.decode()
    assert ("way-picture" in seen, "Request changes" in seen, 'name="preset"' in seen) == (True, True, False)
    assert 'name="preset"' in alice.browser.get(url).content.decode()
    assert vic.browser.post(url, {"preset": "strict", **HOLD}).status_code == 403
    assert workflow_dict(project.id)["number"] == 0


def test_a_state_that_would_be_gone_asks_where_its_pictures_go(alice: Person, picture: Image):
    project = picture.dataset.project
    url = f"/projects/{project.id}/workflow/"
    review(picture.id, "submit", actor=alice.actor)

    refused = alice.browser.post(url, {"preset": "simple", **HOLD})
    assert (refused.status_code, 'name="move_submitted"' in refused.content.decode()) == (422, True)
    assert workflow_dict(project.id)["number"] == 0
    saved = alice.browser.post(url, {"preset": "simple", "move_submitted": "open", **HOLD})

    assert (saved.status_code, Canvas.objects.get(pk=picture.pk).review_state) == (302, "open")
    shown = workflow_dict(project.id)
    assert (shown["preset"], shown["hold"]) == ("simple", {"mode": "hard", "minutes": 7})


def test_roles_and_rules_of_one_s_own(alice: Person, project: Project):
    form = {
        "preset": "",
        "approvals": "2",
        "open_proposals": "on",
        "role_approve": "manager",
        "comment_reject": "on",
    }

    assert alice.browser.post(f"/projects/{project.id}/workflow/", {**form, **HOLD}).status_code == 302

    shown = workflow_dict(project.id)
    steps = {step["action"]: step for step in shown["steps"]}
    assert (shown["preset"], shown["approvals"], shown["own_work"], shown["open_proposals"]) == (
        None,
        2,
        False,
        True,
    )
    assert (steps["approve"]["role"], steps["reject"]["comment"], steps["submit"]["role"]) == (
        "manager",
        "required",
        "annotator",
    )


@pytest.mark.parametrize(
    "change",
    [{"hold_minutes": "soon"}, {"hold_minutes": "0"}, {"approvals": "9"}, {"role_approve": "viewer"}],
)
def test_what_makes_no_sense_is_told_on_the_page(alice: Person, project: Project, change: dict[str, str]):
    form = {"preset": "", "approvals": "1", **HOLD, **change}

    answer = alice.browser.post(f"/projects/{project.id}/workflow/", form)

    assert (answer.status_code, 'role="alert"' in answer.content.decode()) == (422, True)
    assert workflow_dict(project.id)["number"] == 0


def test_the_next_button_opens_the_editor_in_the_queue_or_says_that_nothing_is_left(
    ann: Person, vic: Person, dataset: Dataset, picture: Image
):
    url = f"/datasets/{dataset.id}/next/"

    given = ann.browser.post(url, {"purpose": "label"})
    assert given["Location"] == f"/images/{picture.id}/?queue=label"
    review(picture.id, "submit", actor=ann.actor)
    none = ann.browser.post(url, {"purpose": "label"}, follow=True)
    assert "Nothing is left to label here for you." in none.content.decode()
    assert vic.browser.post(url, {"purpose": "label"}).status_code == 403

"""Ways of a project's own, kept on every path: who approves what, and what becomes of pictures when the way changes."""

from typing import Any

import pytest

from annotations.actions.apply_edits import apply_edits
from annotations.actions.clone import request_clone
from annotations.actions.labels import delete_class
from annotations.actions.review import review
from annotations.actions.rollback import request_rollback
from annotations.actions.workflows import change_workflow
from annotations.models import Canvas, CanvasEdit, LabelClass, ProjectWorkflow
from annotations.queries import log_since
from annotations.review_queries import authors_of, workflow_dict
from datasets.models import Dataset, Image
from modelship.accounts.actors import Actor
from modelship.audit.models import AuditEntry
from modelship.jobs.runner import run_queued
from modelship.lib.errors import Conflict, Forbidden, PreconditionFailed, Problem, Unprocessable
from modelship.projects.models import Member, Project
from tests.annotations.conftest import MakePicture
from tests.annotations.frozen import frozen
from tests.live_clients import add, change
from tests.people import Person, make_person


def state_of(image: Image) -> str:
    return Canvas.objects.values_list("review_state", flat=True).get(pk=image.pk)


def refused(kind: type[Problem], image: Image, action: str, who: Person, **how: Any) -> Problem:
    before = CanvasEdit.objects.count(), state_of(image)
    with pytest.raises(kind) as refusal:
        review(image.id, action, actor=who.actor, **how)
    assert (CanvasEdit.objects.count(), state_of(image)) == before
    return refusal.value


@pytest.fixture
def bea(alice: Person) -> Person:
    return make_person("Bea", alice.tenant, "reviewer")


def test_nobody_approves_their_own_work_where_the_project_forbids_it(
    alice: Person, bob: Person, bea: Person, picture: Image
):
    change_workflow(alice.actor, picture.dataset.project, {"preset": "strict"})
    drawn = add()
    apply_edits(picture.id, [drawn], actor=bob.actor)
    review(picture.id, "submit", actor=bea.actor)

    assert refused(Forbidden, picture, "approve", bob).code == "own_work"
    assert refused(Forbidden, picture, "approve", bea).code == "own_work"
    review(picture.id, "approve", actor=alice.actor)
    review(picture.id, "reopen", actor=alice.actor, comment="One more look.")
    review(picture.id, "submit", actor=alice.actor)

    # What is there is still Bob's, although somebody else handed it in this time.
    assert refused(Forbidden, picture, "approve", bob).code == "own_work"
    assert refused(Forbidden, picture, "approve", alice).code == "own_work"
    review(picture.id, "approve", actor=bea.actor)
    assert state_of(picture) == "approved"


def test_who_judges_proposals_is_an_author_and_the_model_is_none(bob: Person, picture: Image, robot: Actor):
    proposal = add(source="model", score=0.6)
    apply_edits(picture.id, [proposal], actor=robot)

    assert authors_of(picture.id) == set()
    apply_edits(picture.id, [change("review", proposal["box_id"], state="accepted")], actor=bob.actor)
    assert authors_of(picture.id) == {bob.user.id}


def test_proposals_are_judged_and_words_are_given_where_the_project_asks_for_it(
    alice: Person, ann: Person, bob: Person, picture: Image, robot: Actor
):
    change_workflow(alice.actor, picture.dataset.project, {"preset": "strict"})
    proposal = add(source="model", score=0.6)
    apply_edits(picture.id, [proposal], actor=robot)

    problem = refused(Conflict, picture, "submit", ann)
    assert (problem.code, problem.extra["proposals"]) == ("open_proposals", 1)
    apply_edits(picture.id, [change("review", proposal["box_id"], state="rejected")], actor=ann.actor)
    review(picture.id, "submit", actor=ann.actor)
    assert refused(Unprocessable, picture, "reject", bob, comment="  ").code == "comment_needed"
    review(picture.id, "reject", actor=bob.actor, comment="The crane is missing.")
    assert state_of(picture) == "changes_requested"


def test_two_people_approve_the_same_thing(
    alice: Person, ann: Person, bob: Person, bea: Person, picture: Image
):
    change_workflow(alice.actor, picture.dataset.project, {"preset": "two_reviews"})
    apply_edits(picture.id, [add()], actor=ann.actor)
    review(picture.id, "submit", actor=ann.actor)

    first = review(picture.id, "approve", actor=bob.actor)
    assert (first["canvas"]["review_state"], first["canvas"]["is_locked"]) == ("submitted", False)
    assert review(picture.id, "approve", actor=bob.actor) == first
    # What was approved is not what is there any more.
    apply_edits(picture.id, [add(x=50)], actor=ann.actor)
    assert review(picture.id, "approve", actor=bea.actor)["canvas"]["review_state"] == "submitted"
    assert review(picture.id, "approve", actor=bob.actor)["canvas"]["review_state"] == "approved"
    assert log_since(picture.id, 0)[-1]["edits"][0]["patch"]["approvals"] == 2


def test_a_project_may_ask_for_more_than_the_role_and_own_roles_count(
    alice: Person, ann: Person, bob: Person, picture: Image
):
    project = picture.dataset.project
    steps = workflow_dict(project.id)["steps"]
    raised = [{**step, "role": "manager"} if step["action"] == "approve" else step for step in steps]
    change_workflow(alice.actor, project, {"steps": raised})
    apply_edits(picture.id, [add()], actor=ann.actor)

    refused(Forbidden, picture, "approve", bob)
    Member.objects.create(project=project, user=bob.user, role="manager")
    review(picture.id, "approve", actor=bob.actor)
    assert state_of(picture) == "approved"


def test_pictures_leave_a_state_that_goes_away_only_where_somebody_says_where_to(
    alice: Person, ann: Person, dataset: Dataset, make_picture: MakePicture
):
    project, waiting, approved = dataset.project, make_picture(), make_picture()
    review(waiting.id, "submit", actor=ann.actor)
    review(approved.id, "approve", actor=alice.actor)

    with pytest.raises(Conflict) as refusal:
        change_workflow(alice.actor, project, {"preset": "simple"})
    assert (refusal.value.code, refusal.value.extra["states"]) == ("states_in_use", {"submitted": 1})
    assert (ProjectWorkflow.objects.count(), state_of(waiting)) == (0, "submitted")
    with pytest.raises(Unprocessable):
        change_workflow(alice.actor, project, {"preset": "simple", "moves": {"submitted": "approved"}})

    changed = change_workflow(alice.actor, project, {"preset": "simple", "moves": {"submitted": "open"}})

    assert (changed["number"], changed["preset"]) == (1, "simple")
    assert (state_of(waiting), state_of(approved)) == ("open", "approved")
    entry = AuditEntry.objects.get(verb="workflow.changed")
    assert (entry.facts["number"], entry.facts["moved"]) == (1, {"submitted": 1})
    assert change_workflow(alice.actor, project, {"preset": "simple"})["number"] == 1


def test_only_managers_change_it_and_not_over_each_other(alice: Person, bob: Person, project: Project):
    with pytest.raises(Forbidden):
        change_workflow(bob.actor, project, {"preset": "strict"})
    change_workflow(alice.actor, project, {"preset": "strict"}, number=0)
    with pytest.raises(PreconditionFailed):
        change_workflow(alice.actor, project, {"preset": "simple"}, number=0)
    assert workflow_dict(project.id)["preset"] == "strict"


def test_merging_classes_reopens_approved_pictures_or_is_refused(
    alice: Person, picture: Image, boat: LabelClass, crane: LabelClass
):
    max_ = make_person("Max", alice.tenant, "manager")
    steps = workflow_dict(boat.project_id)["steps"]
    raised = [
        {
            **step,
            "role": "owner",
            "from": [state for state in step["from"] if state != "approved" or step["action"] == "reopen"],
        }
        if step["action"] in ("reopen", "reject")
        else step
        for step in steps
    ]
    change_workflow(alice.actor, boat.project, {"steps": raised})
    apply_edits(picture.id, [add(class_id=str(boat.id))], actor=alice.actor)
    review(picture.id, "approve", actor=alice.actor)

    with pytest.raises(Conflict):
        delete_class(max_.actor, boat.project, boat.id, move_to=crane.id)
    with pytest.raises(Forbidden):
        delete_class(max_.actor, boat.project, boat.id, move_to=crane.id, reopens=True)
    assert state_of(picture) == "approved"
    with pytest.raises(Forbidden):
        request_rollback(max_.actor, picture.dataset, frozen(alice, picture.dataset).number)


def test_a_rollback_says_that_it_reopened_what_it_changes(alice: Person, dataset: Dataset, picture: Image):
    apply_edits(picture.id, [add()], actor=alice.actor)
    version = frozen(alice, dataset)
    apply_edits(picture.id, [add(x=50)], actor=alice.actor)
    review(picture.id, "approve", actor=alice.actor)

    request_rollback(alice.actor, dataset, version.number)
    run_queued()

    steps = [edit["patch"].get("action") for batch in log_since(picture.id, 3) for edit in batch["edits"]]
    assert steps == ["reopen", None]
    assert state_of(picture) == "open"


def test_a_copy_in_another_project_waits_for_its_own_review_and_knows_whose_work_it_is(
    alice: Person, bob: Person, dataset: Dataset, picture: Image
):
    apply_edits(picture.id, [add()], actor=bob.actor)
    review(picture.id, "approve", actor=alice.actor)
    elsewhere = Project.objects.create(tenant=alice.tenant, name="South")
    change_workflow(alice.actor, elsewhere, {"preset": "strict"})

    copy, _ = request_clone(alice.actor, dataset, elsewhere, name="Copy", number=None)
    same, _ = request_clone(alice.actor, dataset, dataset.project, name="Same", number=None)
    run_queued()

    there = Image.objects.get(dataset=copy)
    assert (state_of(there), authors_of(there.id)) == ("submitted", {bob.user.id})
    assert refused(Forbidden, there, "approve", bob).code == "own_work"
    assert state_of(Image.objects.get(dataset=same)) == "approved"

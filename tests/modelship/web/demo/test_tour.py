"""The tour on the start page: what it says, to whom, and what its three steps do."""

from typing import Any

import pytest

from annotations.actions.apply_edits import apply_edits
from annotations.models import Export, LabelClass
from datasets.models import Image
from inference.models import ImageRun
from modelship.accounts.actors import Actor
from modelship.jobs.actions import cancel
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from modelship.lib.ids import new_id
from modelship.projects.models import Project
from modelship.web.demo.project import Demo
from modelship.web.models import TourMark
from tests.modelship.web.demo.conftest import fill
from tests.modelship.web.pages import Page
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)


def tour(person: Person) -> dict[str, Any] | None:
    return person.browser.get("/").context["tour"]


def step(person: Person, key: str) -> dict[str, Any]:
    found = tour(person)
    assert found is not None
    return next(one for one in found["steps"] if one["key"] == key)


def propose(demo: Demo, image: Image) -> str:
    """A proposal by a model; returns its id."""
    machine = Actor.machine(demo.project.tenant, new_id(), "model", None)
    box, label = str(new_id()), LabelClass.objects.filter(project=demo.project).first()
    patch = {
        "class_id": str(label.id),
        "shape": "box",
        "x": 1,
        "y": 1,
        "w": 8,
        "h": 8,
        "state": "proposed",
        "score": 0.5,
    }
    edit = {"op_id": str(new_id()), "box_id": box, "kind": "add", "patch": patch}
    assert apply_edits(image.id, [edit], actor=machine).accepted == 1
    return box


def judge(person: Person, image: Image, box: str, state: str = "accepted") -> None:
    edit = {"op_id": str(new_id()), "box_id": box, "kind": "review", "patch": {"state": state}}
    assert apply_edits(image.id, [edit], actor=person.actor).accepted == 1


def test_before_the_worker_has_begun_a_place_for_each_picture_waits(demo: Demo, alice: Person):
    page = alice.browser.get("/")
    shown = page.context["tour"]

    assert shown["work"]["words"] == "0 of 2 pictures labelled, 0 drawn"
    assert [tile["look"] for tile in shown["tiles"]] == ["coming", "coming"]
    assert [(one["key"], one["is_done"], one["is_next"]) for one in shown["steps"]] == [
        ("look", False, True),
        ("sweep", False, False),
        ("export", False, False),
    ]
    assert shown["is_live"]
    assert Page(page).text.count("disabled") == 0
    assert page.content.decode().count(" disabled>") == 3
    assert page.context["resume"] is None


def test_labelled_pictures_show_their_boxes_and_how_many_wait(demo: Demo, alice: Person):
    first, second = fill(alice, demo.dataset, 4, 0)
    ImageRun.objects.create(job=demo.job, image=first, boxes=4, milliseconds=1)

    page = alice.browser.get("/")

    assert page.context["tour"]["work"]["words"] == "1 of 2 pictures labelled"
    assert [tile["src"] for tile in page.context["tour"]["tiles"]] == [
        f"/api/v1/images/{first.id}/preview?size=800",
        f"/api/v1/images/{second.id}/thumbnail?size=512",
    ]
    assert step(alice, "look")["text"] == "4 boxes wait, each with its score and the slice it was seen in."


def test_looking_opens_the_open_picture_with_the_most_proposals_and_is_remembered(
    demo: Demo, alice: Person, bob: Person
):
    images = fill(alice, demo.dataset, 4, 9, 12)
    Image.objects.filter(pk=images[2].pk).update(state="approved")

    answer = alice.browser.post("/tour/look/")

    assert answer.url == f"/images/{images[1].id}/?look=1"
    assert "Dashed boxes are proposals." in Page(alice.browser.get(answer.url)).text
    assert step(alice, "look")["is_done"]
    assert step(alice, "sweep")["is_next"]
    assert not step(bob, "look")["is_done"]


def test_without_a_picture_there_is_nothing_to_look_at_yet(demo: Demo, alice: Person):
    answer = alice.browser.post("/tour/look/", follow=True)

    assert "No picture is drawn yet. Wait a few seconds." in answer.content.decode()
    assert not TourMark.objects.exists()


@pytest.mark.parametrize("verdict", ["accepted", "rejected"])
def test_the_sweep_goes_to_the_next_picture_and_is_done_by_a_persons_verdict(
    demo: Demo, alice: Person, verdict: str
):
    images = fill(alice, demo.dataset, 0, 0)
    boxes = [propose(demo, image) for image in images]

    assert step(alice, "sweep")["href"] == f"/images/{images[0].id}/?sweep=1"
    assert not step(alice, "sweep")["is_done"]
    judge(alice, images[0], boxes[0], verdict)

    assert step(alice, "sweep")["is_done"]
    assert step(alice, "sweep")["href"] == f"/images/{images[1].id}/?sweep=1"


def test_the_sweep_page_says_which_keys_do_what_to_those_who_may(demo: Demo, alice: Person, vic: Person):
    [image] = fill(alice, demo.dataset, 3)
    guided, plain, looking = (
        Page(person.browser.get(f"/images/{image.id}/{query}"))
        for person, query in ((alice, "?sweep=1"), (alice, ""), (vic, "?sweep=1"))
    )

    assert "Sweep: the least certain first." in guided.text
    assert "Sweep: the least certain first." not in plain.text
    assert "Sweep: the least certain first." not in looking.text
    assert guided.inline == []


def test_one_export_is_made_and_handed_out_until_something_changes(demo: Demo, alice: Person):
    images = fill(alice, demo.dataset, 0)
    cancel(demo.job, alice.actor)
    box = propose(demo, images[0])

    alice.browser.post("/tour/export/")
    assert step(alice, "export")["state"] == "live"
    alice.browser.post("/tour/export/")
    run_queued({"export"})
    alice.browser.post("/tour/export/")

    export = Export.objects.get()
    assert export.options["states"] == ["accepted", "proposed"]
    shown = step(alice, "export")
    assert (shown["state"], shown["is_done"]) == ("ready", True)
    assert shown["href"] == f"/api/v1/exports/{export.id}/download"
    judge(alice, images[0], box)
    assert (step(alice, "export")["state"], step(alice, "export")["is_done"]) == ("", True)
    alice.browser.post("/tour/export/")
    assert Export.objects.count() == 2
    assert Export.objects.order_by("-created_at").first().options["states"] == ["accepted"]


def test_a_failed_export_says_why_and_is_offered_again(demo: Demo, alice: Person):
    fill(alice, demo.dataset, 1)
    alice.browser.post("/tour/export/")
    Job.objects.filter(kind="export").update(state="failed", error={"detail": "The disk is full."})

    shown = step(alice, "export")

    assert (shown["state"], shown["text"], shown["is_bad"]) == ("", "The disk is full.", True)
    alice.browser.post("/tour/export/")
    assert Export.objects.count() == 2


def test_drawing_that_failed_says_why_and_can_be_finished(demo: Demo, alice: Person, bob: Person):
    Job.objects.update(state="failed", error={"detail": "The disk is full."}, attempts=3)

    assert tour(alice)["trouble"] == "The disk is full."
    assert "Finish the sample" in Page(alice.browser.get("/")).text
    assert "Finish the sample" not in Page(bob.browser.get("/")).text
    alice.browser.post("/sample/add/")

    assert tour(alice)["trouble"] == ""
    assert Job.objects.filter(kind="demo", state="queued").count() == 1


def test_nobody_works_on_it_when_no_worker_runs(demo: Demo, alice: Person):
    long_ago = demo.job.created_at.replace(year=demo.job.created_at.year - 1)
    Job.objects.update(created_at=long_ago)

    assert tour(alice)["work"]["left"].startswith("No worker has taken this yet.")


def test_the_whole_loop_ends_in_an_own_project(demo: Demo, alice: Person):
    images = fill(alice, demo.dataset, 0)
    cancel(demo.job, alice.actor)
    alice.browser.post("/tour/look/")
    judge(alice, images[0], propose(demo, images[0]))
    alice.browser.post("/tour/export/")
    run_queued({"export"})

    page = alice.browser.get("/")

    assert page.context["tour"]["is_over"]
    assert "That is the whole loop" in Page(page).text
    assert not any(one["is_next"] for one in page.context["tour"]["steps"])


def test_hidden_it_is_hidden_for_one_person_until_shown_again(demo: Demo, alice: Person, bob: Person):
    alice.browser.post("/tour/hide/")

    assert tour(alice) is None
    assert tour(bob) is not None
    page = Page(alice.browser.get("/"))
    assert "Show the tour" in page.text
    assert "Bring the sample project back" not in page.text
    alice.browser.post("/tour/show/")
    assert tour(alice) is not None


def test_everybody_is_shown_the_steps_that_they_may_take(
    demo: Demo, alice: Person, bob: Person, ann: Person, vic: Person
):
    steps = {person: [one["key"] for one in tour(person)["steps"]] for person in (alice, bob, ann, vic)}
    pages = {person: Page(person.browser.get("/")).text for person in (alice, bob, ann, vic)}

    assert [steps[person] for person in (alice, bob, ann)] == [["look", "sweep", "export"]] * 3
    assert steps[vic] == ["look"]
    assert ["Remove sample data" in pages[person] for person in (alice, bob, ann, vic)] == [
        True,
        False,
        False,
        False,
    ]


def test_a_viewer_may_look_and_orders_nothing(demo: Demo, alice: Person, vic: Person):
    [image] = fill(alice, demo.dataset, 2)

    assert vic.browser.post("/tour/look/").url == f"/images/{image.id}/?look=1"
    assert vic.browser.post("/tour/export/").status_code == 403
    assert not Export.objects.exists()


def test_a_stranger_never_sees_it(demo: Demo, charlie: Person):
    page = charlie.browser.get("/")

    assert page.context["tour"] is None
    assert page.context["projects"] == []
    assert not Project.objects.filter(tenant=charlie.tenant).exists()


def test_removed_the_page_offers_first_steps_and_the_sample_again(demo: Demo, alice: Person, vic: Person):
    alice.browser.post("/tour/look/")
    alice.browser.post("/sample/remove/")
    page, looking = Page(alice.browser.get("/")), Page(vic.browser.get("/"))

    assert "From pictures to training data" in page.text
    assert "Bring the sample project back" in page.text
    assert "Bring the sample project back" not in looking.text
    alice.browser.post("/sample/add/")
    assert tour(alice)["work"]["words"] == "0 of 2 pictures labelled, 0 drawn"
    assert not TourMark.objects.filter(has_looked=True).exists()


@pytest.mark.usefixtures("places")
def test_a_server_without_sample_pictures_offers_none(alice: Person, settings):
    settings.MODELSHIP_DEMO_PICTURES = 0

    assert alice.browser.get("/").context["sample"] == ""


def test_its_jobs_are_not_listed_twice(demo: Demo, alice: Person):
    Job.objects.filter(pk=demo.job.pk).update(
        state="running", lease_token=new_id(), lease_until=demo.job.created_at
    )

    assert alice.browser.get("/").context["jobs"] == []
    alice.browser.post("/tour/hide/")
    assert [job["title"] for job in alice.browser.get("/").context["jobs"]] == ["Draw the harbour"]

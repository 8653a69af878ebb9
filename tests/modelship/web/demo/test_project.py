"""The sample project: made once, filled by jobs, removed with everything in it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connections

from annotations.models import Box, LabelClass
from datasets.actions.ingest import ingest_image
from datasets.models import Blob, Dataset, Image
from inference.models import DetectorModel, ImageRun
from modelship.audit.models import AuditEntry
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from modelship.projects.models import Project
from modelship.web.demo.project import Demo, make_demo, remove_demo, views_to_draw
from tests.inference.installed import drawn
from tests.modelship.web.demo.conftest import fill
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)


def when_drawn(monkeypatch: pytest.MonkeyPatch, count: int, act) -> None:
    """Let `act` happen when the job says that so many pictures are drawn."""
    real = JobContext.progress

    def progress(self, done, total=None, message=""):
        if done == count and self.job.kind == "demo":
            act()
        real(self, done, total, message)

    monkeypatch.setattr(JobContext, "progress", progress)


def files_under(folder: Path) -> list[Path]:
    """The pictures' and exports' bytes; models are everybody's."""
    return [path for path in folder.rglob("*") if path.is_file() and path.parent.name != "models"]


def test_it_is_a_project_with_six_keyed_classes_and_one_waiting_job(demo: Demo):
    classes = list(LabelClass.objects.filter(project=demo.project).values_list("name", "hotkey"))
    colors = set(LabelClass.objects.values_list("color", flat=True))

    assert demo.created
    assert (demo.project.name, demo.dataset.name) == ("Demo: the harbour", "A dozen aerial views")
    assert classes == [
        ("ship", "1"),
        ("boat", "2"),
        ("crane", "3"),
        ("container", "4"),
        ("truck", "5"),
        ("car", "6"),
    ]
    assert len(colors) == 6
    assert (demo.job.title, demo.job.state, demo.job.total) == ("Draw the harbour", "queued", 2)
    assert AuditEntry.objects.filter(verb="project.created").count() == 1


def test_made_twice_it_is_the_same_one_even_renamed(demo: Demo, alice: Person):
    Project.objects.update(name="Our first")

    again = make_demo(alice.actor)

    assert (again.project, again.dataset, again.job) == (demo.project, demo.dataset, demo.job)
    assert not again.created
    assert Project.objects.get().name == "Our first"


@pytest.mark.usefixtures("few")
def test_made_at_once_by_two_clicks_it_is_one(alice: Person):
    def click(_: int) -> Demo:
        try:
            return make_demo(alice.actor)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        made = list(threads.map(click, range(2)))

    assert made[0].project == made[1].project
    assert [demo.created for demo in made].count(True) == 1
    assert (Project.objects.count(), Dataset.objects.count(), Job.objects.count()) == (1, 1, 1)


@pytest.mark.usefixtures("few")
def test_a_project_that_has_the_name_is_left_alone(alice: Person):
    own = Project.objects.create(tenant=alice.tenant, name="Demo: the harbour")

    answer = alice.browser.post("/sample/add/", follow=True)

    assert "Another project is named" in answer.content.decode()
    assert Project.objects.get() == own
    assert not Job.objects.exists()


def test_its_job_draws_the_pictures_and_the_built_in_model_proposes(demo: Demo):
    run_queued()

    jobs = list(Job.objects.order_by("created_at").values_list("kind", "state", "done", "total"))
    assert jobs == [("demo", "succeeded", 2, 2), ("autolabel", "succeeded", 2, 2)]
    images = list(Image.objects.filter(dataset=demo.dataset).order_by("ordinal"))
    assert [image.filename for image in images] == ["harbour-01.jpg", "harbour-02.jpg"]
    sizes = [(image.width, image.height) for image in images]
    assert sizes == [(view.width, view.height) for view in views_to_draw()]
    boxes = Box.objects.filter(canvas__image__dataset=demo.dataset)
    assert boxes.exists()
    assert set(boxes.values_list("source", "state")) == {("model", "proposed")}
    assert DetectorModel.objects.get().tenant is None
    assert ImageRun.objects.count() == 2
    options = Job.objects.get(kind="autolabel").args["options"]
    assert options["slicing"] == {
        "width": 1024,
        "height": 1024,
        "overlap": 0.2,
        "full_image": True,
        "merge": "nms",
        "metric": "ios",
        "threshold": 0.5,
    }
    assert (options["confidence"], options["creates_classes"]) == (0.35, False)


def test_a_finished_one_is_not_drawn_again(demo: Demo, alice: Person, monkeypatch: pytest.MonkeyPatch):
    run_queued()
    monkeypatch.setattr("modelship.web.jobs.draw", None)

    make_demo(alice.actor)
    run_queued()

    assert list(Job.objects.filter(kind="demo").values_list("state", flat=True)) == ["succeeded"] * 2
    assert Job.objects.filter(kind="autolabel").count() == 1
    assert Image.objects.count() == 2


def test_a_picture_that_somebody_deleted_comes_back(demo: Demo, alice: Person):
    run_queued()
    Image.objects.order_by("ordinal").first().delete()

    make_demo(alice.actor)
    run_queued()

    assert Image.objects.count() == 2
    assert ImageRun.objects.values("image").distinct().count() == 2


def test_removed_everything_of_it_is_gone_but_the_model(demo: Demo, alice: Person, places: Path):
    run_queued()
    alice.browser.post("/tour/export/")
    run_queued()
    assert files_under(places / "media")

    answer = alice.browser.post("/sample/remove/", follow=True)
    run_queued()

    assert "The sample data is removed." in answer.content.decode()
    assert "Bring the sample project back" in answer.content.decode()
    for table in (Project, Dataset, Image, Box, LabelClass, Blob):
        assert not table.objects.exists(), table
    assert files_under(places / "media") == []
    assert DetectorModel.objects.get().state == "active"
    assert AuditEntry.objects.filter(verb="project.deleted").count() == 1


def test_removed_while_it_is_drawn_nothing_is_left(
    demo: Demo, alice: Person, places: Path, monkeypatch: pytest.MonkeyPatch
):
    when_drawn(monkeypatch, 1, lambda: remove_demo(alice.actor))

    run_queued()

    for table in (Project, Dataset, Image, Blob):
        assert not table.objects.exists(), table
    assert set(Job.objects.values_list("kind", "state")) == {("datasets.free_bytes", "succeeded")}
    assert files_under(places / "media") == []
    assert AuditEntry.objects.filter(verb="job.cancelled").count() == 1


def test_a_picture_that_was_on_its_way_leaves_no_bytes(
    demo: Demo, alice: Person, places: Path, monkeypatch: pytest.MonkeyPatch
):
    """The removal, and the freeing of its bytes, come between the picture's bytes and its row."""
    real = ingest_image

    def late(dataset, *args, **more):
        remove_demo(alice.actor)
        run_queued({"datasets.free_bytes"})
        return real(dataset, *args, **more)

    monkeypatch.setattr("modelship.web.jobs.ingest_image", late)

    run_queued()

    assert not Blob.objects.exists()
    assert files_under(places / "media") == []


def test_two_removals_are_one(demo: Demo, alice: Person):
    first, second = (alice.browser.post("/sample/remove/", follow=True) for _ in range(2))

    assert "The sample data is removed." in first.content.decode()
    assert "It was removed already." in second.content.decode()
    assert AuditEntry.objects.filter(verb="project.deleted").count() == 1


def test_what_somebody_added_is_not_removed_with_it(demo: Demo, alice: Person):
    fill(alice, demo.dataset, 3)
    ingest_image(demo.dataset, "mine.png", drawn(99), actor=alice.actor)

    answer = alice.browser.post("/sample/remove/", follow=True)

    assert "holds more than the sample pictures" in answer.content.decode()
    assert (Project.objects.count(), Image.objects.count()) == (1, 2)
    assert Job.objects.get(pk=demo.job.pk).state == "queued"


@pytest.mark.parametrize("who", ["bob", "ann", "vic"])
@pytest.mark.parametrize("door", ["/sample/add/", "/sample/remove/"])
def test_who_does_not_manage_neither_adds_nor_removes(
    demo: Demo, who: str, door: str, request: pytest.FixtureRequest
):
    person = request.getfixturevalue(who)

    assert person.browser.post(door).status_code == 403
    assert Project.objects.get() == demo.project
    assert Job.objects.get() == demo.job


def test_a_stranger_removes_only_what_is_their_own(demo: Demo, charlie: Person):
    charlie.browser.post("/sample/remove/")

    assert Project.objects.get() == demo.project
    for door in ("/tour/look/", "/tour/export/"):
        assert charlie.browser.post(door).status_code == 404

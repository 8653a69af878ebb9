"""Clean, label, assign as one job of steps: in turn, each once, and nothing behind a step that stopped."""

import io

import pytest
from PIL import Image as Picture

from annotations.models import Assignment, Box
from datasets.models import Dataset, Image
from inference.models import ImageRun
from modelship.jobs import lease
from modelship.jobs.actions import cancel, retry
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from modelship.lib.errors import Unprocessable
from tests.inference.installed import add_image, drawn

pytestmark = pytest.mark.django_db(transaction=True)


def grey(number: int) -> bytes:
    """A picture that no rule minds, unlike the black ones of `drawn`."""
    out = io.BytesIO()
    picture = Picture.new("RGB", (64, 64), (128, 128, 128))
    picture.putpixel((63, 63), (number, 1, 1))
    picture.save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def pictures(alice, dataset) -> list[Image]:
    """Three good ones, and two that are too dark."""
    good = [add_image(alice, dataset, grey(number), f"good-{number}.png") for number in range(3)]
    return good + [add_image(alice, dataset, drawn(number), f"dark-{number}.png") for number in range(2)]


def body(thing, ann, **more):
    return {
        "clean": {"rules": {"dark": True}},
        "label": {"model": str(thing.id)},
        "assign": {"purpose": "label", "people": [str(ann.user.id)]},
        **more,
    }


def prepare(person, dataset, data):
    url = f"/api/v1/datasets/{dataset.id}/pipeline"
    return person.api.post(url, data, content_type="application/json")


def begun(answer) -> Job:
    assert answer.status_code == 202, answer.content
    return Job.objects.get(id=answer.json()["job"]["id"])


def shown(person, job) -> dict:
    return person.api.get(f"/api/v1/jobs/{job.id}").json()


def words(person, job) -> list[tuple[str, str]]:
    return [(step["name"], step["state"]) for step in shown(person, job)["steps"]]


def test_the_steps_run_in_turn_and_what_is_set_aside_stays_out(alice, ann, dataset, thing, pictures):
    answer = prepare(alice, dataset, body(thing, ann))
    job = begun(answer)
    assert [step["state"] for step in answer.json()["job"]["steps"]] == ["waiting"] * 4

    run_queued()

    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("succeeded", 400, 400)
    done = [(name, "succeeded") for name in ("check", "clean_up", "label", "assign")]
    assert words(alice, job) == done
    good = {image.pk for image in pictures[:3]}
    assert set(Image.objects.kept().values_list("pk", flat=True)) == good
    assert set(ImageRun.objects.values_list("image_id", flat=True)) == good
    assert set(Assignment.objects.values_list("image_id", flat=True)) == good
    assert (ImageRun.objects.count(), Assignment.objects.count(), Box.objects.count()) == (3, 3, 3)
    ends = list(Job.objects.filter(parent=job).order_by("finished_at").values_list("kind", flat=True))
    assert ends == ["datasets.clean", "datasets.clean_apply", "autolabel", "datasets.bulk"]


def test_chosen_pictures_alone_are_prepared(alice, ann, dataset, thing, pictures):
    chosen = [str(pictures[0].pk), str(pictures[3].pk)]

    job = begun(prepare(alice, dataset, body(thing, ann, images=chosen)))
    run_queued()

    job.refresh_from_db()
    assert job.state == "succeeded"
    assert list(Image.objects.exclude(archived_at=None).values_list("pk", flat=True)) == [pictures[3].pk]
    assert list(ImageRun.objects.values_list("image_id", flat=True)) == [pictures[0].pk]
    assert list(Assignment.objects.values_list("image_id", flat=True)) == [pictures[0].pk]


def test_a_search_means_the_pictures_that_it_finds_at_the_start(alice, ann, dataset, thing, pictures):
    job = begun(prepare(alice, dataset, body(thing, ann, filter={"state": ["new"]})))
    run_queued()

    job.refresh_from_db()
    # Labelled pictures are no longer new, and are assigned all the same.
    assert (job.state, Assignment.objects.count()) == ("succeeded", 3)


def test_steps_that_are_left_out_are_not_done(ann, dataset, thing, pictures):
    job = begun(prepare(ann, dataset, {"label": {"model": str(thing.id)}, "clean": None}))
    run_queued()

    assert words(ann, job) == [("label", "succeeded")]
    assert (Image.objects.kept().count(), Assignment.objects.count()) == (5, 0)


def test_when_cleaning_leaves_nothing_the_rest_is_skipped(alice, ann, dataset, thing, pictures):
    dark = [str(image.pk) for image in pictures[3:]]

    job = begun(prepare(alice, dataset, body(thing, ann, images=dark)))
    run_queued()

    job.refresh_from_db()
    assert (job.state, job.result) == ("succeeded", {"steps": 4, "skipped_steps": 2})
    assert words(alice, job)[2:] == [("label", "skipped"), ("assign", "skipped")]


def test_a_failed_step_stops_the_chain_and_a_retry_goes_on_from_it(
    alice, ann, dataset, thing, pictures, monkeypatch
):
    job = begun(prepare(alice, dataset, body(thing, ann)))
    stop_at(monkeypatch, "autolabel", fall)
    run_queued()

    job.refresh_from_db()
    assert (job.state, job.error["code"], job.error["step"]) == ("failed", "step_stopped", "label")
    assert job.error["detail"] == "Label: The model saw nonsense. Retry to go on from there."
    assert [state for _, state in words(alice, job)] == ["succeeded", "succeeded", "failed", "waiting"]
    assert Assignment.objects.count() == 0

    retry(job, alice.actor)
    run_queued()

    job.refresh_from_db()
    assert job.state == "succeeded"
    assert Job.objects.filter(parent=job).count() == 4
    assert (ImageRun.objects.count(), Assignment.objects.count()) == (3, 3)


def test_a_model_that_is_deleted_on_the_way_is_named(alice, ann, dataset, thing, pictures):
    job = begun(prepare(alice, dataset, body(thing, ann)))
    thing.delete()

    run_queued()

    job.refresh_from_db()
    assert (job.state, job.error["step"]) == ("failed", "label")
    assert "The model was deleted" in job.error["detail"]


def test_cancelling_the_whole_cancels_its_step(alice, ann, dataset, thing, pictures, monkeypatch):
    job = begun(prepare(alice, dataset, body(thing, ann)))
    stop_at(monkeypatch, "autolabel", lambda child: cancel(job, alice.actor))

    run_queued()

    job.refresh_from_db()
    assert job.state == "cancelled"
    assert [state for _, state in words(alice, job)] == ["succeeded", "succeeded", "cancelled", "waiting"]
    assert Assignment.objects.count() == 0
    monkeypatch.undo()
    retry(job, alice.actor)
    run_queued()
    assert {state for _, state in words(alice, job)} == {"succeeded"}
    assert (ImageRun.objects.count(), Assignment.objects.count()) == (3, 3)


def test_cancelling_a_step_stops_the_whole_and_says_which(alice, ann, dataset, thing, pictures, monkeypatch):
    job = begun(prepare(alice, dataset, body(thing, ann)))
    stop_at(monkeypatch, "autolabel", lambda child: cancel(child, alice.actor))

    run_queued()

    job.refresh_from_db()
    assert (job.state, job.error["detail"]) == (
        "failed",
        "Label: it was cancelled. Retry to go on from there.",
    )


def stop_at(monkeypatch, kind, act):
    """Let `act` happen when a job of that kind first tells its progress."""
    real, seen = JobContext.progress, []

    def progress(self, done, total=None, message=""):
        if self.job.kind == kind and not seen:
            seen.append(self.job)
            act(Job.objects.get(pk=self.job.pk))
            # The next look at the row is not due for a while.
            self._ticked_at = getattr(self, "_whole", self)._ticked_at = 0
        real(self, done, total, message)

    monkeypatch.setattr(JobContext, "progress", progress)


@pytest.mark.parametrize("at", ["check", "clean_up", "label", "assign"])
def test_killed_at_any_step_it_goes_on_and_does_nothing_twice(
    alice, ann, dataset, thing, pictures, monkeypatch, at
):
    job = begun(prepare(alice, dataset, body(thing, ann)))
    kinds = {"check": "datasets.clean", "clean_up": "datasets.clean_apply", "label": "autolabel"}
    stop_at(monkeypatch, kinds.get(at, "datasets.bulk"), die)
    with pytest.raises(KeyboardInterrupt):
        run_queued()
    Job.objects.filter(state="running").update(lease_until="2020-01-01T00:00:00Z")
    lease.sweep()
    monkeypatch.undo()

    run_queued()

    job.refresh_from_db()
    assert job.state == "succeeded"
    assert {state for _, state in words(alice, job)} == {"succeeded"}
    assert Job.objects.filter(parent=job).count() == 4
    assert (ImageRun.objects.count(), Assignment.objects.count(), Box.objects.count()) == (3, 3, 3)
    assert Image.objects.kept().count() == 3


def fall(child):
    """A failure that no other try heals."""
    raise Unprocessable("The model saw nonsense.")


def die(child):
    """As a process that is killed: nothing is caught, nothing is written."""
    raise KeyboardInterrupt


def test_a_step_that_another_worker_has_is_waited_for(alice, ann, dataset, thing, pictures, monkeypatch):
    job = begun(prepare(alice, dataset, body(thing, ann, assign=None, clean=None)))
    elsewhere = []

    def claimed_by_another(kinds, *, only=None):
        if not elsewhere and only is not None:
            elsewhere.append(real(kinds, only=only))
            return None
        return real(kinds, only=only)

    def look_away(seconds):
        lease.settle(elsewhere[0], "succeed", result={"images": 0})

    real = lease.claim
    monkeypatch.setattr(lease, "claim", claimed_by_another)
    monkeypatch.setattr("modelship.jobs.chain.time.sleep", look_away)
    run_queued(["pipeline"])

    job.refresh_from_db()
    assert (job.state, ImageRun.objects.count()) == ("succeeded", 0)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"clean": {"rules": {"pretty": True}}}, 400),
        ({"clean": {"rules": {}}}, 400),
        ({"clean": []}, 400),
        ({"clean": {"surprise": 1}}, 400),
        ({"label": {"model": "none such"}}, 404),
        ({"label": {"model": "thing finder", "confidence": 2}}, 400),
        ({"label": {"model": "thing finder", "images": []}}, 400),
        ({"assign": {"purpose": "label"}}, 400),
        ({"assign": {"purpose": "dance", "people": []}}, 400),
        ({"images": ["00000000-0000-0000-0000-000000000000"]}, 404),
        ({"filter": {"name": ["no such picture"]}}, 422),
        ({"images": [], "filter": {}}, 400),
        ({"clean": None, "label": None, "assign": None}, 400),
    ],
)
def test_every_step_is_judged_before_anything_begins(alice, ann, dataset, thing, pictures, change, status):
    answer = prepare(alice, dataset, body(thing, ann, **change))

    assert answer.status_code == status, answer.content
    assert Job.objects.exclude(kind="datasets.tiles").count() == 0


def test_nobody_is_assigned_who_may_not_label(alice, vic, dataset, thing, pictures):
    answer = prepare(alice, dataset, body(thing, vic))

    assert (answer.status_code, answer.json()["code"]) == (422, "not_assignable")
    assert Job.objects.count() == 0


def test_an_annotator_only_labels(ann, dataset, thing, pictures):
    answers = [
        prepare(ann, dataset, {"clean": {}, "label": {"model": str(thing.id)}}),
        prepare(ann, dataset, {"assign": {"purpose": "label", "people": [str(ann.user.id)]}}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert Job.objects.count() == 0


def test_a_table_is_not_prepared(alice, project, thing):
    table = Dataset.objects.create(tenant=alice.tenant, project=project, name="Rows", kind="table")

    answer = prepare(alice, table, {"label": {"model": str(thing.id)}})

    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_kind")

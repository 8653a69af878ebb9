"""Evaluations over REST: asked for strictly, seen by those of the tenant alone, told picture by picture."""

import csv
import io

import pytest

from datasets.models import Dataset
from inference.actions.evaluate import spread
from inference.models import DetectorModel, Evaluation
from modelship.jobs.models import Job
from modelship.projects.models import Project
from tests.inference.evaluations import SEEN, add_class, approve, ask, evaluated, reviewed
from tests.inference.installed import add_images, put_in_place
from tests.inference.models import tiny_classifier, tiny_yolox

pytestmark = pytest.mark.django_db
WAY = {"model": "thing finder"}


@pytest.fixture
def things(alice, dataset):
    """Two reviewed pictures: one that shows what the model sees, and one that is empty."""
    add_class(dataset, "thing")
    return [reviewed(alice, dataset, 0), reviewed(alice, dataset, 1, ("thing", SEEN))]


@pytest.fixture
def measured(dataset, thing, things):
    """A dataset with something to measure."""
    return dataset


def get(person, path):
    return person.api.get(f"/api/v1/{path}")


def refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert Evaluation.objects.count() == Job.objects.filter(kind="evaluate_models").count() == 0


def test_an_evaluation_is_queued_listed_and_told(alice, vic, dataset, thing, things):
    found = evaluated(
        alice,
        dataset,
        {**WAY, "confidence": 0.5, "thresholds": {"stuff": 0.8}},
        {**WAY, "slice": {"size": 64, "overlap": 0.1}, "merge": {"method": "nms"}},
    )

    [listed] = get(vic, f"datasets/{dataset.id}/evaluations").json()["results"]
    assert (listed["id"], listed["state"], listed["truth"]) == (str(found.id), "succeeded", "approved")
    first, second = listed["ways"]
    assert first["model"] == {"id": str(thing.id), "name": "thing finder", "sha256": thing.sha256}
    assert (first["confidence"], first["thresholds"], first["slice"]) == (0.5, {"stuff": 0.8}, None)
    assert second["slice"] == {"size": 64, "overlap": 0.1, "full_image": True}
    assert second["merge"] == {"method": "nms", "metric": "ios", "threshold": 0.5}
    # The extra box is as sure as the right one and comes first.
    assert listed["scores"][0]["ap50"] == 0.5
    detail = get(vic, f"evaluations/{found.id}").json()
    assert detail["results"]["agreement"]["both"] == 2
    assert detail["images"] == [str(image.id) for image in things]


def test_pictures_come_with_those_that_differ_most_first(alice, dataset, thing, things):
    found = evaluated(alice, dataset, WAY)

    first = get(alice, f"evaluations/{found.id}/images?limit=1").json()
    second = alice.api.get(first["next"]).json()

    [worst], [best] = first["results"], second["results"]
    assert (worst["image"], worst["differs"]) == (str(things[0].id), 1)
    assert worst["ways"] == [{"proposed": 1, "right": 0, "extra": 1, "missed": 0}]
    assert (best["image"], best["differs"], best["truth"]) == (str(things[1].id), 0, 1)
    assert second["next"] is None


def test_the_classes_come_as_a_table_that_no_spreadsheet_runs(alice, dataset, thing, things):
    DetectorModel.objects.filter(id=thing.id).update(name="=SUM(A1)")
    found = evaluated(alice, dataset, {"model": str(thing.id)})

    answer = get(alice, f"evaluations/{found.id}/classes.csv")

    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(row["class"], row["count"], row["found"], row["ap50"]) for row in rows] == [
        ("", "1", "2", "0.5"),
        ("thing", "1", "2", "0.5"),
    ]
    assert rows[0]["model"] == "'=SUM(A1)"


def test_the_same_wish_while_it_is_live_is_the_same_job(alice, dataset, thing, things):
    first, second, other = (ask(alice, dataset, WAY, sample=sample).json() for sample in (9, 8, 1))

    assert first["evaluation"]["id"] == second["evaluation"]["id"]
    assert other["evaluation"]["id"] != first["evaluation"]["id"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "malformed"),
        ({"ways": []}, "malformed"),
        ({"ways": [WAY, WAY, WAY]}, "malformed"),
        ({"ways": ["thing finder"]}, "malformed"),
        ({"ways": [{}]}, "malformed"),
        ({"ways": [{**WAY, "replace": "none"}]}, "unknown_field"),
        ({"ways": [{**WAY, "confidence": 2}]}, "malformed"),
        ({"ways": [{**WAY, "thresholds": {"gull": 0.5}}]}, "malformed"),
        ({"ways": [WAY], "model": "thing finder"}, "unknown_field"),
        ({"ways": [WAY], "sample": 0}, "malformed"),
        ({"ways": [WAY], "sample": 1.5}, "malformed"),
        ({"ways": [WAY], "sample": 5001}, "malformed"),
        ({"ways": [WAY], "truth": "mine"}, "malformed"),
        ({"ways": [WAY], "images": []}, "malformed"),
    ],
)
def test_what_can_not_be_read_is_refused(alice, dataset, thing, things, body, code):
    answer = alice.api.post(
        f"/api/v1/datasets/{dataset.id}/evaluations", body, content_type="application/json"
    )

    refused(answer, 400, code)


@pytest.mark.parametrize("state", ["draft", "archived"])
def test_models_that_may_not_label_are_not_measured(alice, dataset, thing, things, state):
    DetectorModel.objects.filter(id=thing.id).update(state=state)

    refused(ask(alice, dataset, WAY), 409, state)


def test_what_can_not_be_measured_is_refused(alice, dataset, thing, tmp_path):
    refused(ask(alice, dataset, WAY), 422, "nothing_selected")
    add_images(alice, dataset, 1)
    refused(ask(alice, dataset, {"model": "nobody"}), 404, "unknown_model")
    put_in_place(tiny_classifier(tmp_path / "c.onnx"), "namer", alice.tenant)
    refused(ask(alice, dataset, WAY, {"model": "namer"}), 409, "wrong_task")
    elsewhere = Dataset.objects.create(tenant=alice.tenant, project=dataset.project, name="Elsewhere")
    [other] = add_images(alice, elsewhere, 1)
    refused(ask(alice, dataset, WAY, images=[str(other.id)]), 404, "unknown_image")
    Dataset.objects.filter(id=dataset.id).update(kind="table")
    refused(ask(alice, dataset, WAY), 409, "wrong_kind")


def test_roles_are_those_of_labelling(ann, vic, charlie, dataset, thing, things, tmp_path):
    refused(ask(vic, dataset, WAY), 403, "forbidden")
    refused(ask(charlie, dataset, WAY), 404, "not_found")
    project = Project.objects.create(tenant=charlie.tenant, name="Theirs")
    theirs = Dataset.objects.create(tenant=charlie.tenant, project=project, name="Theirs")
    refused(ask(charlie, theirs, {"model": str(thing.id)}), 404, "unknown_model")

    assert ask(ann, dataset, WAY).status_code == 202


def test_who_asked_deletes_it_and_managers_do(ann, bob, alice, vic, charlie, measured):
    shown = [ask(ann, measured, WAY, sample=sample).json()["evaluation"]["id"] for sample in (1, 2)]
    for person, status in ((vic, 403), (bob, 403), (charlie, 404)):
        assert person.api.delete(f"/api/v1/evaluations/{shown[0]}").status_code == status
    assert Evaluation.objects.count() == 2

    assert ann.api.delete(f"/api/v1/evaluations/{shown[0]}").status_code == 204
    assert alice.api.delete(f"/api/v1/evaluations/{shown[1]}").status_code == 204

    assert Evaluation.objects.count() == 0
    assert set(Job.objects.filter(kind="evaluate_models").values_list("state", flat=True)) == {"cancelled"}


def test_one_way_is_measured_on_reviewed_pictures_alone_where_there_are_any(alice, dataset, thing):
    images = add_images(alice, dataset, 8)
    approve(images[2], images[5])

    measured, compared, fewer = (
        Evaluation.objects.get(id=answer.json()["evaluation"]["id"]).images
        for answer in (
            ask(alice, dataset, WAY),
            ask(alice, dataset, WAY, {**WAY, "confidence": 0.5}, sample=5),
            ask(alice, dataset, WAY, sample=1),
        )
    )

    ids = [str(image.id) for image in images]
    assert measured == [ids[2], ids[5]]
    assert fewer == [ids[2]]
    # The reviewed ones, and others evenly spread, in gallery order.
    assert compared == [ids[0], ids[2], ids[3], ids[5], ids[6]]


def test_a_sample_is_evenly_spread():
    assert spread(list(range(10)), 4) == [0, 2, 5, 7]
    assert spread(list(range(3)), 4) == [0, 1, 2]


def test_pages_tell_it(alice, vic, charlie, dataset, thing, things, tmp_path):
    boxes = [(0, 0.8, (10.0, 16.0, 24.0, 40.0)), (0, 0.7, (40.0, 40.0, 60.0, 60.0))]
    put_in_place(tiny_yolox(tmp_path / "other.onnx", boxes=boxes), "other", alice.tenant)
    queued = ask(alice, dataset, WAY, sample=1).json()["evaluation"]["id"]
    assert "data-job=" in vic.browser.get(f"/evaluations/{queued}/").content.decode()

    one, two = evaluated(alice, dataset, WAY), evaluated(alice, dataset, WAY, {"model": "other"})

    told = vic.browser.get(f"/evaluations/{one.id}/").content.decode()
    for words in ("mAP", "Precision over recall", "What is taken for what", "1 extra", "the worst first"):
        assert words in told, words
    assert "Label with this way" not in told
    compared = alice.browser.get(f"/evaluations/{two.id}/?sort=class&class=thing").content.decode()
    for words in ("Where they agree", "only A", "B − A", "Label with this way", "?label="):
        assert words in compared, words
    listed = vic.browser.get(f"/models/{thing.id}/").content.decode()
    assert f"/evaluations/{one.id}/" in listed
    assert "Measure quality" not in listed
    assert (
        "csrfmiddlewaretoken"
        in alice.browser.get(f"/models/{thing.id}/").content.decode().split("Measure quality")[1]
    )
    for path in (f"/evaluations/{one.id}/", f"/models/{thing.id}/"):
        assert charlie.browser.get(path).status_code == 404


def test_the_form_of_a_model_queues_one(alice, vic, dataset, thing, things):
    form = {"dataset": str(dataset.id), "sample": "7", "truth": "any"}

    assert vic.browser.post(f"/models/{thing.id}/measure/", form).status_code == 302
    assert alice.browser.post(f"/models/{thing.id}/measure/", {**form, "sample": "x"}).status_code == 302
    assert Evaluation.objects.count() == 0
    answer = alice.browser.post(f"/models/{thing.id}/measure/", form)

    found = Evaluation.objects.get()
    assert answer.url == f"/evaluations/{found.id}/"
    assert (found.truth, found.images) == ("any", [str(things[1].id)])
    assert alice.browser.post(f"/evaluations/{found.id}/delete/").url == f"/models/{thing.id}/"
    assert Evaluation.objects.count() == 0

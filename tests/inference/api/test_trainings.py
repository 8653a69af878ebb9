import importlib.util

import pytest

from annotations.actions.freeze import freeze_dataset
from datasets.models import Dataset, Image
from inference.models import DetectorModel, TrainingRun
from inference.training_set import place_of
from modelship.jobs.models import Job
from modelship.projects.models import Project
from tests.inference.installed import add_images
from tests.inference.trainings import label_squares, train

pytestmark = pytest.mark.django_db


@pytest.fixture
def base(thing) -> DetectorModel:
    """Doors look at the mark alone; what training reads has the last word."""
    DetectorModel.objects.filter(id=thing.id).update(is_trainable=True, name="harbour-nano", tenant=None)
    thing.refresh_from_db()
    return thing


@pytest.fixture(autouse=True)
def torch(monkeypatch):
    """Nothing here trains, so these tests hold with and without PyTorch."""
    real = importlib.util.find_spec
    hidden: set[str] = set()

    def find_spec(name, package=None):
        return None if name in hidden else object() if name == "torch" else real(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    return hidden


def refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert TrainingRun.objects.count() == Job.objects.filter(kind="train_detector").count() == 0
    return answer.json()["detail"]


def test_a_training_is_queued_with_its_defaults(alice, dataset, base):
    images = label_squares(alice, dataset, 5)

    answer = alice.api.post(f"/api/v1/datasets/{dataset.id}/train", {}, content_type="application/json")

    assert answer.status_code == 202, answer.content
    shown = answer.json()["training"]
    assert shown["settings"] == {
        "version": None,
        "steps": 600,
        "val_share": 0.2,
        "seed": 0,
        "freeze_backbone": False,
        "device": "auto",
    }
    assert (shown["state"], shown["base"]["name"], shown["model"]) == ("queued", "harbour-nano", None)
    assert shown["classes"] == ["boat", "crane"]
    assert shown["counts"] | {"train": 0, "val": 0} == {
        "images": 5,
        "train": 0,
        "val": 0,
        "negatives": 0,
        "boxes": 10,
    }
    detail = alice.api.get(f"/api/v1/trainings/{shown['id']}").json()
    by_place = sorted((place_of(image.id), str(image.id)) for image in images)
    expected = {name for place, name in by_place if place < 0.2} or {by_place[0][1]}
    assert set(detail["held_out"]) == expected
    assert detail["history"] == []
    listed = alice.api.get(f"/api/v1/trainings?dataset={dataset.id}").json()["results"]
    assert [run["id"] for run in listed] == [shown["id"]]


def test_the_same_wish_while_it_is_live_is_the_same_job(alice, dataset, base):
    label_squares(alice, dataset, 2)

    first, second, other = (train(alice, dataset, seed=seed).json() for seed in (1, 1, 2))

    assert (first["job"]["id"], first["training"]["id"]) == (second["job"]["id"], second["training"]["id"])
    assert other["job"]["id"] != first["job"]["id"]


def test_a_version_trains_on_what_it_holds(alice, dataset, base):
    label_squares(alice, dataset, 3)
    freeze_dataset(alice.actor, dataset)
    label_squares(alice, dataset, 2, first=3)

    frozen, now = (train(alice, dataset, version=version).json()["training"] for version in (1, None))

    assert (frozen["counts"]["images"], now["counts"]["images"]) == (3, 5)
    assert train(alice, dataset, version=9).json()["code"] == "no_such_version"


def test_pictures_without_boxes_count_where_they_were_reviewed(alice, dataset, base):
    label_squares(alice, dataset, 2)
    empty = add_images(alice, dataset, 3)
    Image.objects.filter(id=empty[0].id).update(state="approved")
    Image.objects.filter(id=empty[1].id).update(state="submitted")

    counts = train(alice, dataset).json()["training"]["counts"]

    assert (counts["images"], counts["negatives"], counts["boxes"]) == (4, 2, 4)


def test_each_side_has_boxes_even_of_two_pictures(alice, dataset, base):
    label_squares(alice, dataset, 2)

    for share in (0.05, 0.5):
        counts = train(alice, dataset, val_share=share).json()["training"]["counts"]
        assert (counts["train"], counts["val"]) == (1, 1)


def test_without_pytorch_it_says_how_to_install_it(alice, dataset, base, torch):
    label_squares(alice, dataset, 2)
    torch.add("torch")

    detail = refused(train(alice, dataset), 409, "torch_missing")

    assert "make train-install" in detail
    assert "make train-install" in alice.browser.get(f"/datasets/{dataset.id}/").content.decode()


def test_refusals_queue_nothing(alice, dataset, base):
    refused(train(alice, dataset), 422, "no_boxes")
    label_squares(alice, dataset, 1)
    refused(train(alice, dataset), 422, "too_few_images")
    label_squares(alice, dataset, 1, first=1)
    refused(train(alice, dataset, model="nothing"), 404, "unknown_model")
    refused(train(alice, dataset, epochs=3), 400, "unknown_field")
    for wrong in (
        {"steps": 49},
        {"steps": 20_001},
        {"steps": 50.5},
        {"val_share": 0.6},
        {"seed": -1},
        {"version": 0},
        {"freeze_backbone": 1},
    ):
        refused(train(alice, dataset, **wrong), 400, "malformed")
    DetectorModel.objects.filter(id=base.id).update(is_trainable=False)
    refused(train(alice, dataset), 422, "not_trainable")
    Dataset.objects.filter(id=dataset.id).update(kind="table")
    DetectorModel.objects.filter(id=base.id).update(is_trainable=True)
    refused(train(alice, dataset), 409, "wrong_kind")


def test_only_managers_train_and_strangers_see_nothing(alice, bob, ann, vic, charlie, dataset, base):
    label_squares(alice, dataset, 2)
    for person in (bob, ann, vic):
        refused(train(person, dataset), 403, "forbidden")
    refused(train(charlie, dataset), 404, "not_found")

    shown = train(alice, dataset).json()["training"]

    assert vic.api.get(f"/api/v1/trainings/{shown['id']}").status_code == 200
    assert vic.browser.get(f"/trainings/{shown['id']}/").status_code == 200
    assert charlie.api.get(f"/api/v1/trainings/{shown['id']}").status_code == 404
    assert charlie.api.get("/api/v1/trainings").json()["results"] == []
    project = Project.objects.create(tenant=charlie.tenant, name="Theirs")
    theirs = Dataset.objects.create(tenant=charlie.tenant, project=project, name="Theirs")
    label_model = DetectorModel.objects.create(
        tenant=alice.tenant,
        name="ours",
        head="yolox",
        input_width=32,
        input_height=32,
        sha256="1" * 64,
        size=1,
    )
    assert train(charlie, theirs, model=str(label_model.id)).json()["code"] == "unknown_model"


def test_the_page_shows_job_curve_and_card(alice, dataset, base):
    label_squares(alice, dataset, 2)
    shown = train(alice, dataset).json()

    page = alice.browser.get(f"/trainings/{shown['training']['id']}/").content.decode()

    assert f'data-job="{shown["job"]["id"]}"' in page
    assert 'data-module="loss-curve"' in page
    assert "1 to learn from, 1 held out" in page

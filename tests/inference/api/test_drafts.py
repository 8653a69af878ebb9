"""Models that have seen nothing yet: they label only after a photo that shows something."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from inference.models import DetectorModel
from modelship.audit.models import AuditEntry
from tests.inference.installed import add_images, boxes_of, drawn
from tests.inference.models import noisy_yolox as noisy
from tests.inference.models import spot_yolox, tiny_classifier, tiny_yolox

pytestmark = pytest.mark.django_db
JSON = "application/json"
BRIGHT = {"spots": ((8, 8),)}


@pytest.fixture
def blind(tmp_path):
    """A model that sees nothing at all: its one box is far too unsure."""
    return tiny_yolox(tmp_path / "blind.onnx", boxes=[(0, 0.01, (8.0, 16.0, 24.0, 40.0))])


def upload(person, path, *, photo: bytes | None = None, **form):
    files = {"file": SimpleUploadedFile(path.name, path.read_bytes())}
    if photo is not None:
        files["photo"] = SimpleUploadedFile("photo.png", photo)
    return person.api.post("/api/v1/models", {**files, **form})


def trial(person, model: dict, photo: bytes, **options):
    return person.api.post(
        f"/api/v1/models/{model['id']}/test", {"file": SimpleUploadedFile("x.png", photo)} | options
    )


def activate(person, model: dict):
    return person.api.patch(f"/api/v1/models/{model['id']}", {"state": "active"}, content_type=JSON)


@pytest.fixture
def draft(alice, tmp_path):
    """A model that sees white squares, uploaded with a photo that has none."""
    answer = upload(alice, spot_yolox(tmp_path / "spot.onnx"), photo=drawn())
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_model_that_sees_nothing_is_let_in_as_a_draft(alice, blind):
    model = upload(alice, blind).json()

    assert model["state"] == "draft"
    assert (model["proof"]["verdict"], model["proof"]["picture"]) == ("nothing_found", "reference")
    assert len(model["proof"]["attempts"]) == 6


def test_a_draft_does_not_label_and_is_not_activated(alice, dataset, draft):
    [image] = add_images(alice, dataset, 1, **BRIGHT)

    labelled = alice.api.post(f"/api/v1/images/{image.id}/label", {"model": draft["id"]}, content_type=JSON)
    activated = activate(alice, draft)

    assert (labelled.status_code, labelled.json()["code"]) == (409, "draft")
    assert (activated.status_code, activated.json()["code"]) == (409, "untested")
    assert boxes_of(image) == []
    assert DetectorModel.objects.get(id=draft["id"]).state == "draft"


def test_a_photo_that_shows_something_lets_it_be_activated(alice, dataset, draft):
    [image] = add_images(alice, dataset, 1, **BRIGHT)

    seen = trial(alice, draft, drawn(**BRIGHT))
    activated = activate(alice, draft)
    labelled = alice.api.post(f"/api/v1/images/{image.id}/label", {"model": draft["id"]}, content_type=JSON)

    assert seen.json()["detections"][0]["score"] == 1
    assert (activated.status_code, activated.json()["state"]) == (200, "active")
    assert labelled.json()["boxes"][0]["score"] == 1
    assert AuditEntry.objects.filter(verb="model.tested").count() == 1


def test_noise_in_a_photo_proves_nothing(alice, tmp_path):
    model = upload(alice, noisy(tmp_path / "noise.onnx")).json()

    seen = trial(alice, model, drawn()).json()

    assert (model["state"], model["proof"]["verdict"]) == ("draft", "too_many")
    assert len(seen["detections"]) > 300
    assert activate(alice, model).json()["code"] == "untested"


def test_what_a_draft_has_seen_is_not_forgotten(alice, draft, tmp_path):
    trial(alice, draft, drawn(**BRIGHT))

    again = upload(alice, tmp_path / "spot.onnx", photo=drawn(2)).json()

    assert (again["id"], again["proof"]["verdict"]) == (draft["id"], "plausible")
    assert activate(alice, draft).status_code == 200


def test_an_archived_draft_with_a_better_photo_stays_proven(alice, draft, tmp_path):
    state = f"/api/v1/models/{draft['id']}"
    alice.api.patch(state, {"state": "archived"}, content_type=JSON)

    again = upload(alice, tmp_path / "spot.onnx", photo=drawn(**BRIGHT)).json()
    alice.api.patch(state, {"state": "archived"}, content_type=JSON)

    assert (again["id"], again["state"]) == (draft["id"], "active")
    assert activate(alice, draft).status_code == 200


def test_the_same_file_again_is_no_conflict_where_nothing_else_was_said(alice, tmp_path):
    first = upload(
        alice, spot_yolox(tmp_path / "spot.onnx"), photo=drawn(**BRIGHT), channel_order="RGB"
    ).json()

    second = upload(alice, tmp_path / "spot.onnx", photo=drawn())
    third = upload(alice, tmp_path / "spot.onnx", channel_order="BGR")

    assert (second.json()["id"], second.json()["state"]) == (first["id"], "active")
    assert (third.status_code, third.json()["code"]) == (409, "name_taken")


def test_a_draft_takes_over_another_head_and_its_terms(alice, blind):
    first = upload(alice, blind).json()

    second = upload(alice, blind, license="MIT", resize="stretch").json()

    assert (second["id"], second["license"], second["spec"]["resize"]) == (first["id"], "MIT", "stretch")
    assert second["head"] == second["spec"]["head"]


def test_a_photo_that_shows_nothing_does_not(alice, draft):
    assert trial(alice, draft, drawn(1)).json()["detections"] == []

    assert activate(alice, draft).status_code == 409


def test_only_who_may_change_a_model_proves_it(alice, ann, draft):
    assert trial(ann, draft, drawn(**BRIGHT)).json()["detections"][0]["score"] == 1

    assert activate(alice, draft).json()["code"] == "untested"


def test_the_same_file_with_a_better_photo_takes_the_drafts_place(alice, draft, tmp_path):
    again = upload(alice, tmp_path / "spot.onnx", photo=drawn(**BRIGHT)).json()

    assert (again["id"], again["state"], again["proof"]["verdict"]) == (draft["id"], "active", "plausible")
    assert DetectorModel.objects.count() == 1


def test_a_draft_takes_over_other_settings(alice, blind):
    first = upload(alice, blind).json()

    second = upload(alice, blind, channel_order="RGB", confidence="0.005").json()

    assert second["id"] == first["id"]
    assert (second["spec"]["channel_order"], second["spec"]["confidence"], second["state"]) == (
        "RGB",
        0.005,
        "active",
    )


def test_an_active_model_is_not_made_a_draft(alice, tiny):
    model = upload(alice, tiny).json()

    refused = alice.api.patch(f"/api/v1/models/{model['id']}", {"state": "draft"}, content_type=JSON)

    assert (model["state"], refused.status_code) == ("active", 400)


def test_a_photo_that_is_none_is_refused_and_leaves_nothing(alice, tiny):
    answer = upload(alice, tiny, photo=b"no picture")

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_image")
    assert DetectorModel.objects.count() == 0


def test_a_form_without_a_photo_sends_an_empty_one(alice, tiny):
    assert (
        alice.api.post(
            "/api/v1/models", {"file": SimpleUploadedFile("tiny.onnx", tiny.read_bytes()), "photo": ""}
        ).json()["state"]
        == "active"
    )


def test_a_classifier_that_runs_is_no_draft(alice, tmp_path):
    model = upload(alice, tiny_classifier(tmp_path / "light.onnx")).json()

    assert (model["task"], model["state"], model["class_names"]) == ("classify", "active", ["dark", "bright"])


def test_models_are_listed_by_state(alice, draft):
    shown = alice.api.get("/api/v1/models?state=draft").json()["results"]

    assert [model["id"] for model in shown] == [draft["id"]]

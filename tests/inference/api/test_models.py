import json

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from inference.actions.catalog import queue_install
from inference.catalog import entry_named
from inference.models import DetectorModel
from modelship.jobs.models import Job
from tests.inference.installed import add_images, drawn, put_in_place

pytestmark = pytest.mark.django_db
JSON = "application/json"


def onnx(path, name="detector.onnx"):
    return SimpleUploadedFile(name, path.read_bytes(), "application/octet-stream")


def test_an_upload_answers_with_what_was_found_in_it(alice, tiny):
    answer = alice.api.post(
        "/api/v1/models", {"file": onnx(tiny), "license": "MIT", "classes": "boat\ncrane"}
    )

    shown = answer.json()
    assert answer.status_code == 201, shown
    model = DetectorModel.objects.get()
    assert model.tenant == alice.tenant
    assert shown["id"] == str(model.id)
    assert {
        key: shown[key] for key in ("name", "head", "input", "class_names", "license", "state", "is_shared")
    } == {
        "name": "detector",
        "head": "yolox",
        "input": [64, 64],
        "class_names": ["boat", "crane"],
        "license": "MIT",
        "state": "active",
        "is_shared": False,
    }
    assert alice.api.get(f"/api/v1/models/{model.id}").json() == shown


def test_a_file_that_is_no_model_is_415_and_leaves_nothing(alice):
    file = SimpleUploadedFile("cat.onnx", b"\xff\xd8\xff\xe0 a picture")

    answer = alice.api.post("/api/v1/models", {"file": file})

    assert (answer.status_code, answer.json()["code"]) == (415, "not_onnx")
    assert DetectorModel.objects.count() == 0
    assert not default_storage.exists("models")


@pytest.mark.parametrize("name", ["../../x", "CON", "a/b", "\u202egpj.exe", "\x00"])
def test_a_file_name_never_becomes_a_path(alice, tiny, name):
    answer = alice.api.post("/api/v1/models", {"file": onnx(tiny, f"{name}.onnx")})

    assert answer.status_code == 201, answer.content
    assert default_storage.listdir("models")[1] == [f"{answer.json()['sha256']}.onnx"]


def test_without_a_file_it_says_where_to_put_one(alice):
    answer = alice.api.post("/api/v1/models", {"name": "x"})

    assert (answer.status_code, answer.json()["code"]) == (400, "no_files")


@override_settings(MODELSHIP_MAX_MODEL_BYTES=1024)
def test_a_model_beyond_the_limit_is_413(alice):
    answer = alice.api.post("/api/v1/models", {"file": SimpleUploadedFile("x.onnx", bytes(1025))})

    assert (answer.status_code, answer.json()["limit"]) == (413, 1024)


def test_only_managers_upload(bob, ann, vic, tiny):
    for person in (bob, ann, vic):
        assert person.api.post("/api/v1/models", {"file": onnx(tiny)}).status_code == 403

    assert DetectorModel.objects.count() == 0


def test_only_staff_upload_for_everybody(alice, charlie, tiny):
    refused = alice.api.post("/api/v1/models", {"file": onnx(tiny), "shared": "true"})
    alice.user.is_staff = True
    alice.user.save()

    answer = alice.api.post("/api/v1/models", {"file": onnx(tiny), "shared": "true"})

    assert refused.status_code == 403
    assert (answer.status_code, answer.json()["is_shared"]) == (201, True)
    assert charlie.api.get("/api/v1/models").json()["results"][0]["id"] == answer.json()["id"]


def test_the_list_holds_ones_own_and_everybodys(alice, charlie, thing, tiny):
    shared = put_in_place(tiny, "everybody's", None)
    put_in_place(tiny, "secret", charlie.tenant)

    found = alice.api.get("/api/v1/models").json()["results"]

    assert [model["id"] for model in found] == [str(shared.id), str(thing.id)]
    assert alice.api.get("/api/v1/models?q=thing&state=active").json()["results"][0]["name"] == "thing finder"
    assert alice.api.get("/api/v1/models?state=lost").status_code == 400


def test_a_model_is_renamed_archived_and_activated(alice, thing):
    url = f"/api/v1/models/{thing.id}"
    etag = alice.api.get(url)["ETag"]

    changed = alice.api.patch(
        url, {"name": "finder", "state": "archived"}, content_type=JSON, headers={"If-Match": etag}
    )
    stale = alice.api.patch(url, {"state": "active"}, content_type=JSON, headers={"If-Match": etag})

    assert (changed.json()["name"], changed.json()["state"]) == ("finder", "archived")
    assert stale.status_code == 412
    assert alice.api.patch(url, {"state": "active"}, content_type=JSON).json()["state"] == "active"


@pytest.mark.parametrize("body", [{"state": "gone"}, {"name": ""}, {"name": "a\nb"}, {"head": "x"}, []])
def test_other_changes_are_refused(alice, thing, body):
    answer = alice.api.patch(f"/api/v1/models/{thing.id}", json.dumps(body), content_type=JSON)

    assert answer.status_code == 400
    thing.refresh_from_db()
    assert (thing.name, thing.state) == ("thing finder", "active")


def test_what_belongs_to_everybody_is_changed_by_staff_alone(alice, tiny):
    url = f"/api/v1/models/{put_in_place(tiny, 'shared', None).id}"

    refused = [
        alice.api.patch(url, {"state": "archived"}, content_type=JSON).status_code,
        alice.api.delete(url).status_code,
    ]
    alice.user.is_staff = True
    alice.user.save()

    assert refused == [403, 403]
    assert alice.api.patch(url, {"state": "archived"}, content_type=JSON).status_code == 200
    assert alice.api.delete(url).status_code == 204


def test_the_catalogue_tells_what_is_installed(alice, tiny):
    installed = put_in_place(tiny, "yolox_nano", None, source="https://example.com/yolox_nano.onnx")

    found = {entry["name"]: entry for entry in alice.api.get("/api/v1/models/catalog").json()["results"]}

    assert list(found)[:2] == ["yolox_nano", "yolox_tiny"]
    assert (found["yolox_nano"]["installed"], found["yolox_tiny"]["installed"]) == (str(installed.id), None)
    face = found["mobilefacenet"]
    assert {key: face[key] for key in ("title", "task", "group", "head", "input", "classes", "job")} == {
        "title": "MobileFaceNet",
        "task": "embed",
        "group": "Tell faces apart",
        "head": "face_embedding",
        "input": [112, 112],
        "classes": [],
        "job": None,
    }
    assert (face["size"], face["license"], face["is_pinned"]) == (3_998_070, "Apache-2.0", True)
    assert face["preprocessing"] == {
        "words": "RGB, 0 to 1, ImageNet mean and deviation, stretched to the input",
        "channel_order": "RGB",
        "scale": 1 / 255,
        "resize": "stretch",
        "mean": [0.485, 0.456, 0.406],
        "std": [0.229, 0.224, 0.225],
    }


def test_a_file_that_came_by_upload_counts_as_installed(alice, shelf, tiny):
    uploaded = put_in_place(tiny, "my own name", alice.tenant)

    found = alice.api.get("/api/v1/models/catalog").json()["results"]

    assert [entry["installed"] for entry in found] == [str(uploaded.id), None]


def test_the_catalogue_tells_of_the_job_that_fetches_or_failed(alice, shelf, tiny):
    def told() -> list:
        found = alice.api.get("/api/v1/models/catalog").json()["results"]
        return [entry["job"] and (entry["job"]["id"], entry["job"]["state"]) for entry in found]

    job, _ = queue_install(alice.actor, entry_named("yolox_nano"), allow_unpinned=False)
    queued = told()
    Job.objects.filter(id=job.id).update(state="failed", error={"detail": "It can't be reached."})
    failed = told()
    put_in_place(tiny, "by upload", alice.tenant)

    assert queued == [(str(job.id), "queued"), None]
    assert failed == [(str(job.id), "failed"), None]
    assert told() == [None, None]


def test_installing_by_name_is_a_job(alice, shelf):
    url = "/api/v1/models/install"

    unsure = alice.api.post(url, {"name": "yolox_tiny"}, content_type=JSON)
    unknown = alice.api.post(url, {"name": "x"}, content_type=JSON)
    sure = alice.api.post(url, {"name": "yolox_tiny", "allow_unpinned": True}, content_type=JSON)

    assert (unsure.status_code, unsure.json()["code"]) == (422, "unpinned")
    assert unknown.status_code == 404
    assert sure.status_code == 202
    assert Job.objects.get().kind == sure.json()["job"]["kind"] == "install_model"


def test_a_look_at_an_uploaded_picture_keeps_nothing(alice, thing):
    file = SimpleUploadedFile("x.png", drawn(size=(128, 64)))

    answer = alice.api.post(
        f"/api/v1/models/{thing.id}/test", {"file": file, "options": '{"confidence": 0.5}'}
    )

    shown = answer.json()
    assert answer.status_code == 200, shown
    assert (shown["width"], shown["height"]) == (128, 64)
    [found] = shown["detections"]
    frame = {"x": 16, "y": 32, "w": 32, "h": 32}
    assert found == {"class_name": "thing", "shape": "box", "score": 0.9, **frame, "slice": None}


def test_a_look_at_an_image_of_ours_or_nobodys(alice, charlie, dataset, thing, tiny):
    [image] = add_images(alice, dataset, 1)
    theirs = put_in_place(tiny, "theirs", charlie.tenant)
    body = {"image": str(image.id), "slice": {"size": 64}}

    ours = alice.api.post(f"/api/v1/models/{thing.id}/test", body, content_type=JSON)
    foreign = charlie.api.post(f"/api/v1/models/{theirs.id}/test", body, content_type=JSON)

    assert [found["class_name"] for found in ours.json()["detections"]] == ["thing"]
    assert foreign.status_code == 404
    image.refresh_from_db()
    assert (image.box_count, image.state) == (0, "new")


def test_models_are_listed_by_what_they_do(alice, thing, embedder):
    found = {
        task: alice.api.get(f"/api/v1/models?task={task}").json()["results"] for task in ("detect", "embed")
    }

    assert [model["id"] for model in found["detect"]] == [str(thing.id)]
    assert [(model["id"], model["task"]) for model in found["embed"]] == [(str(embedder.id), "embed")]
    assert alice.api.get("/api/v1/models?task=dance").status_code == 400


def test_a_model_that_finds_no_boxes_is_not_looked_through(alice, dataset, embedder):
    [image] = add_images(alice, dataset, 1)
    url = f"/api/v1/models/{embedder.id}/test"

    answers = [
        alice.api.post(url, {"image": str(image.id)}, content_type=JSON),
        alice.api.post(url, {"file": SimpleUploadedFile("x.png", drawn())}),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "wrong_task")] * 2
    assert answers[0].json()["detail"] == (
        "face reader turns faces into vectors and labels nothing. Choose a detector or a classifier."
    )


@pytest.mark.parametrize(
    ("send", "status", "code"),
    [
        ({"file": SimpleUploadedFile("x.png", b"no picture")}, 422, "bad_image"),
        ({"file": SimpleUploadedFile("x.png", drawn()), "options": "{"}, 400, "bad_json"),
        ({"file": SimpleUploadedFile("x.png", drawn()), "options": "[]"}, 400, "malformed"),
        ({"file": SimpleUploadedFile("x.png", drawn()), "options": '{"conf": 1}'}, 400, "unknown_field"),
        ({"other": SimpleUploadedFile("x.png", drawn())}, 400, "no_files"),
    ],
)
def test_a_look_at_something_else_is_refused(alice, thing, send, status, code):
    for file in send.values():
        if not isinstance(file, str):
            file.seek(0)

    answer = alice.api.post(f"/api/v1/models/{thing.id}/test", send)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("class_names", "boat\ncrane", "unknown_field"),
        ("pad_value", "nan", "malformed"),
        ("pad_value", "1e400", "malformed"),
        ("mean", "nan,0,0", "malformed"),
        ("input", "9" * 5_000 + "x1", "malformed"),
        ("input", "\u0663x\u0663", "malformed"),
        ("license", "a\0b", "malformed"),
    ],
)
def test_a_setting_that_can_not_be_read_is_a_400(alice, tiny, field, value, code):
    answer = alice.api.post("/api/v1/models", {"file": onnx(tiny), field: value})

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not DetectorModel.objects.exists()

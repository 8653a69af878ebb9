"""Every route, every actor: strangers see what never existed, and too low a role changes nothing."""

import io
import json
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from PIL import Image as Picture

from annotations.models import (
    Assignment,
    Box,
    CanvasEdit,
    Comment,
    LabelClass,
    Round,
    RoundPicture,
    SessionEvent,
    SessionPerson,
    TeamSession,
    Thread,
)
from datasets.models import Dataset, DatasetVersion, Image
from inference.models import LanguageEndpoint, Text
from modelship.accounts.models import ApiKey
from modelship.jobs.actions import enqueue
from modelship.jobs.runner import run_queued
from modelship.notices.models import Notice
from modelship.projects.models import Project
from tests.people import Person
from tests.routes import Route, all_routes

ROUTES = all_routes()
WITH_IDS = [route for route in ROUTES if route.params]
API = [route for route in ROUTES if route.is_api]
PAGES = [route for route in ROUTES if not route.is_api]
VERBS = ("get", "post", "put", "patch", "delete")
UNSAFE = VERBS[1:]
# What a viewer may send: a look at what a model sees is not saved, and a key of one's own is one's own.
VIEWERS_MAY = {("post", "tenant/api-keys"), ("delete", "tenant/api-keys/<uuid:key_id>")}
SECRET = "secret-harbour"
NUMBERS = ("number", "level", "column", "row")


@pytest.fixture
def world(alice: Person, project: Project, dataset: Dataset) -> dict[str, Any]:
    """One of each of Alice's things, by the name of the route parameter that takes its id."""
    Project.objects.filter(pk=project.pk).update(name=SECRET)
    out = io.BytesIO()
    # Long enough to get tiles.
    Picture.new("RGB", (8200, 48), (9, 99, 199)).save(out, "JPEG")
    upload = SimpleUploadedFile(f"{SECRET}.jpg", out.getvalue(), "image/jpeg")
    answer = alice.api.post(f"/api/v1/datasets/{dataset.id}/images", {"files": upload})
    assert answer.status_code in (200, 201, 207), answer.content
    image = Image.objects.get()
    run_queued(["datasets.tiles"])
    export = alice.api.post(
        f"/api/v1/datasets/{dataset.id}/exports", {"format": "json"}, content_type="application/json"
    ).json()
    frozen = alice.api.post(
        f"/api/v1/datasets/{dataset.id}/versions", {"message": SECRET}, content_type="application/json"
    ).json()
    upload = alice.api.post(
        "/api/v1/uploads",
        {"filename": f"{SECRET}.png", "size": 9, "dataset": str(dataset.id)},
        content_type="application/json",
    ).json()
    thread = alice.api.post(
        f"/api/v1/images/{image.id}/threads",
        {"anchor": {"kind": "picture"}, "text": SECRET},
        content_type="application/json",
    ).json()
    job, _ = enqueue("export", tenant=alice.tenant, args={}, actor=alice.actor, project=project, title=SECRET)
    return {
        "project_id": project.id,
        "dataset_id": dataset.id,
        "image_id": image.id,
        "level": 0,
        "column": 0,
        "row": 0,
        "class_id": LabelClass.objects.filter(project=project).first().id,
        "job_id": job.id,
        "export_id": export["export"]["id"],
        "upload_id": upload["upload"]["id"],
        "number": frozen["number"],
        "key_id": ApiKey.objects.filter(tenant=alice.tenant).first().id,
        "user_id": alice.user.id,
        "model_id": alice_model(alice),
        "training_id": alice_training(alice, dataset),
        "evaluation_id": alice_evaluation(alice, dataset),
        "source_id": alice_source(alice, dataset),
        "kind": "local",
        "view_id": alice_view(alice, dataset),
        "assignment_id": alice_assignment(alice, image),
        "notice_id": alice_notice(alice),
        "thread_id": thread["id"],
        "comment_id": thread["comments"][0]["id"],
        "endpoint_id": alice_endpoint(alice),
        "text_id": alice_text(dataset),
        "import_id": alice_import(alice, dataset),
        "round_id": alice_round(alice, dataset, image),
        "session_id": alice_session(alice, dataset),
    }


def alice_endpoint(alice: Person) -> Any:
    return LanguageEndpoint.objects.create(
        tenant=alice.tenant, name=SECRET, base_url="https://language.example/v1", model=SECRET
    ).id


def alice_notice(alice: Person) -> Any:
    return Notice.objects.create(
        tenant=alice.tenant,
        user=alice.user,
        kind="answer",
        subject="thread:x",
        text=SECRET,
        path="/projects/",
    ).id


def alice_import(alice: Person, dataset: Dataset) -> Any:
    sent = {"file": SimpleUploadedFile(f"{SECRET}.json", b"{}")}
    answer = alice.api.post(f"/api/v1/datasets/{dataset.id}/imports", sent)
    assert answer.status_code == 202, answer.content
    return answer.json()["import"]["id"]


def alice_round(alice: Person, dataset: Dataset, image: Image) -> Any:
    found = Round.objects.create(
        tenant=alice.tenant, dataset=dataset, number=1, each=1, state="open", selection={}
    )
    own = found.people.create(user=alice.user)
    RoundPicture.objects.create(person=own, place=1, original=image)
    return found.pk


def alice_session(alice: Person, dataset: Dataset) -> Any:
    answer = alice.api.post(
        f"/api/v1/datasets/{dataset.id}/sessions", {"name": SECRET}, content_type="application/json"
    )
    assert answer.status_code == 201, answer.content
    return answer.json()["session"]["id"]


def alice_text(dataset: Dataset) -> Any:
    return Text.objects.create(dataset=dataset, ordinal=1, key="m1", text=SECRET).id


def alice_assignment(alice: Person, image: Image) -> Any:
    return Assignment.objects.create(
        tenant=alice.tenant, image=image, user=alice.user, purpose="label", created_by=alice.user
    ).id


def alice_view(alice: Person, dataset: Dataset) -> Any:
    from datasets.models import SavedView

    return SavedView.objects.create(
        dataset=dataset, owner=alice.user, name=SECRET, sort="order", is_shared=True
    ).id


def alice_source(alice: Person, dataset: Dataset) -> Any:
    from datasets.models import Source

    place = {"folder": f"/{SECRET}"}
    return Source.objects.create(
        tenant=alice.tenant, dataset=dataset, kind="local", name=SECRET, config=place
    ).id


def alice_training(alice: Person, dataset: Dataset) -> Any:
    from inference.models import TrainingRun

    return TrainingRun.objects.create(
        tenant=alice.tenant,
        project=dataset.project,
        dataset=dataset,
        base_name=SECRET,
        options={"steps": 50, "seed": 0, "val_share": 0.2, "freeze_backbone": False},
        counts={"images": 2, "train": 1, "val": 1, "negatives": 0, "boxes": 2},
    ).id


def alice_evaluation(alice: Person, dataset: Dataset) -> Any:
    from inference.models import Evaluation

    options = {"confidence": 0.25, "iou": 0.45, "slicing": None}
    way = {
        "model": str(uuid4()),
        "name": SECRET,
        "sha256": "0" * 64,
        "options": options,
        "class_names": [SECRET],
    }
    return Evaluation.objects.create(
        tenant=alice.tenant, project=dataset.project, dataset=dataset, truth="approved", ways=[way]
    ).id


def alice_model(alice: Person) -> Any:
    from inference.models import DetectorModel

    return DetectorModel.objects.create(
        tenant=alice.tenant,
        name=SECRET,
        head="yolox",
        input_width=32,
        input_height=32,
        sha256="0" * 64,
        size=1,
    ).id


def send(client: Client, verb: str, url: str, body: dict | None = None) -> Any:
    if verb == "get":
        return client.get(url)
    return getattr(client, verb)(url, json.dumps(body or {}), content_type="application/json")


def without_ids(answer: Any, *ids: Any) -> str:
    """The answer's text, but for what must differ: the request's id and the id asked for."""
    text = answer.content.decode()
    if answer.get("Content-Type", "").startswith("application/problem+json"):
        text = json.dumps({**json.loads(text), "request_id": ""}, sort_keys=True)
    for value in ids:
        text = text.replace(str(value), "")
    return text


@pytest.fixture
def untouched(world: dict[str, Any]) -> Any:
    """Asserts afterwards that no row of Alice's was made, changed or lost."""
    before = state()
    yield
    assert state() == before


def state() -> dict[str, int]:
    tables = (
        *(Project, Dataset, DatasetVersion, Image, LabelClass, Box, CanvasEdit, Assignment),
        *(LanguageEndpoint, Text, Thread, Comment, Notice, Round, RoundPicture),
        *(TeamSession, SessionPerson, SessionEvent),
    )
    return {table.__name__: table.objects.count() for table in tables}


@pytest.mark.django_db
@pytest.mark.usefixtures("untouched")
def test_a_stranger_meets_what_never_existed(world: dict[str, Any], charlie: Person):
    for route in WITH_IDS:
        client = charlie.api if route.is_api else charlie.browser
        for verb in VERBS:
            foreign = send(client, verb, route.url(world))
            absent_ids = {param: 404 if param in NUMBERS else uuid4() for param in route.params}
            absent = send(client, verb, route.url(absent_ids))

            place = f"{verb} {route}"
            assert foreign.status_code == absent.status_code, place
            assert foreign.status_code in (404, 405), f"{place}: {foreign.status_code}"
            ids = [value for value in (*world.values(), *absent_ids.values()) if not isinstance(value, int)]
            if route.is_api:
                assert without_ids(foreign, *ids) == without_ids(absent, *ids), place
            assert SECRET not in foreign.content.decode(errors="replace"), place


@pytest.mark.django_db
def test_a_stranger_s_lists_hold_nothing_of_ours(world: dict[str, Any], charlie: Person):
    filters = "&".join(f"{param.removesuffix('_id')}={value}" for param, value in world.items())
    for route in ROUTES:
        if route.params:
            continue
        client = charlie.api if route.is_api else charlie.browser
        for query in ("", f"?{filters}"):
            answer = client.get(f"/{route.path}{query}")

            text = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert SECRET.encode() not in text, f"{route}{query}"
            assert answer.status_code < 500, f"{route}{query}"


@pytest.mark.django_db
@pytest.mark.usefixtures("untouched")
def test_nobody_gets_nothing(world: dict[str, Any]):
    for route in ROUTES:
        for verb in VERBS:
            answer = send(Client(), verb, route.url(world))

            expected = (401,) if route.is_api else (302, 405)
            assert answer.status_code in expected, f"{verb} {route}: {answer.status_code}"


@pytest.mark.django_db
@pytest.mark.usefixtures("untouched")
def test_a_viewer_changes_nothing(world: dict[str, Any], vic: Person):
    for route in ROUTES:
        client = vic.api if route.is_api else vic.browser
        for verb in UNSAFE:
            if (verb, str(route).removeprefix("api/v1/")) in VIEWERS_MAY:
                continue
            answer = send(client, verb, route.url(world))

            allowed = (
                (400, 403, 404, 405, 409, 411, 412, 415, 422, 428)
                if route.is_api
                else (302, 200, *range(400, 500))
            )
            assert answer.status_code in allowed, f"{verb} {route}: {answer.status_code}"


@pytest.mark.django_db
def test_the_owner_can_read_every_route(world: dict[str, Any], alice: Person):
    """The ids in `world` are the right ones: otherwise the tests above would prove nothing."""
    missing = []
    for route in ROUTES:
        client = alice.api if route.is_api else alice.browser
        answer = client.get(route.url(world))
        if answer.status_code not in (200, 202, 302, 400, 405, 409):
            missing.append((str(route), answer.status_code))
        if answer.streaming:
            assert b"".join(answer.streaming_content)

    assert missing == []
    assert connection.vendor in ("sqlite", "postgresql")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("datasets", {"name": "x", "project": "project_id"}),
        ("datasets/{own}/label", {"model": "model_id"}),
        ("datasets/{own}/exports", {"format": "json", "version": 1}),
        ("datasets/{own}/label", {"model": "{own_model}", "images": ["image_id"]}),
        ("datasets/{own}/train", {"model": "model_id"}),
        ("datasets/{own}/pipeline", {"label": {"model": "model_id"}}),
        ("datasets/{own}/pipeline", {"label": {"model": "{own_model}"}, "images": ["image_id"]}),
        ("datasets/{own}/evaluations", {"ways": [{"model": "model_id"}]}),
        ("datasets/{own}/evaluations", {"ways": [{"model": "{own_model}"}], "images": ["image_id"]}),
        ("sources", {"name": "x", "kind": "local", "dataset": "dataset_id", "config": {"folder": "/x"}}),
        ("datasets/{own}/bulk", {"action": "archive", "images": ["image_id"]}),
        ("ingest", {"source": "source_id"}),
        ("database/scan", {"source": "source_id"}),
        ("database/scan", {"dataset": "dataset_id"}),
        ("uploads", {"filename": "a.png", "size": 9, "dataset": "dataset_id"}),
        ("label/text", {"text": "a", "options": ["a", "b"], "endpoint": "endpoint_id"}),
        ("datasets/{own}/classify", {"endpoint": "endpoint_id"}),
        (
            "datasets/{own}/agreement",
            {"filter": {}, "people": ["user_id"], "truth": {"dataset": "dataset_id"}},
        ),
    ],
)
@pytest.mark.usefixtures("untouched")
def test_ids_inside_a_body_pass_the_gate_too(path: str, body: dict, world: dict[str, Any], charlie: Person):
    own_project = charlie.api.post(
        "/api/v1/projects", {"name": "Mine"}, content_type="application/json"
    ).json()
    own = Dataset.objects.create(tenant=charlie.tenant, project_id=own_project["id"], name="Mine")
    filled = json.loads(
        json.dumps(body)
        .replace("project_id", str(world["project_id"]))
        .replace("image_id", str(world["image_id"]))
        .replace("source_id", str(world["source_id"]))
        .replace("dataset_id", str(world["dataset_id"]))
        .replace("endpoint_id", str(world["endpoint_id"]))
        .replace("{own_model}", str(alice_model(charlie)))
        .replace("model_id", str(world["model_id"]))
        .replace("user_id", str(world["user_id"]))
    )
    url = f"/api/v1/{path.replace('{own}', str(own.id))}"

    answer = send(charlie.api, "post", url, filled)

    assert answer.status_code in (404, 422, 400), answer.content
    assert SECRET not in answer.content.decode()
    own.delete()
    Project.objects.filter(id=own_project["id"]).delete()


def test_routes_are_found():
    assert len(API) > 20
    assert len(PAGES) > 5
    assert all(isinstance(route, Route) for route in ROUTES)

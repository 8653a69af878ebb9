"""Every route, every door: nobody but their managers sees what somebody else of the project does blindly."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from datasets.models import Dataset
from modelship.accounts.actions import create_api_key
from modelship.projects.models import Member, Project
from tests.blind import OWN, keep_for
from tests.people import Person
from tests.routes import Route
from tests.test_tenancy import NUMBERS, ROUTES, SECRET, VERBS, send, state, without_ids, world

__all__ = ["world"]

KEPT = [route for route in ROUTES if OWN & set(route.params)]
OTHERS = [route for route in ROUTES if not OWN & set(route.params)]


@pytest.fixture
def box(world: dict[str, Any], bob: Person) -> str:
    return keep_for(bob, world, SECRET)


@pytest.fixture(params=["annotator", "reviewer"])
def other(request: pytest.FixtureRequest, ann: Person) -> Person:
    """Somebody else of the same tenant and project, as annotator and as reviewer."""
    if request.param == "reviewer":
        Member.objects.create(project=Project.objects.get(), user=ann.user, role="reviewer")
    return ann


def text_of(answer: Any) -> str:
    text = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return text.decode(errors="replace")


@pytest.mark.django_db
def test_what_is_in_another_s_copy_is_met_like_what_never_existed(
    world: dict[str, Any], box: str, other: Person
):
    before = state()
    for route in KEPT:
        client = other.api if route.is_api else other.browser
        for verb in VERBS:
            kept = send(client, verb, route.url(world))
            absent_ids = {
                param: (404 if param in NUMBERS else uuid4()) if param in OWN or param in NUMBERS else value
                for param, value in world.items()
            }
            absent = send(client, verb, route.url(absent_ids))

            place = f"{verb} {route}"
            assert kept.status_code == absent.status_code, f"{place}: {kept.status_code}"
            assert kept.status_code in (404, 405), f"{place}: {kept.status_code}"
            ids = [value for value in (*world.values(), *absent_ids.values()) if not isinstance(value, int)]
            if route.is_api:
                assert without_ids(kept, *ids) == without_ids(absent, *ids), place
            assert SECRET not in text_of(kept), place
    assert state() == before


@pytest.mark.django_db
def test_no_list_and_no_page_tells_of_it(world: dict[str, Any], box: str, other: Person):
    filters = "&".join(f"{param.removesuffix('_id')}={value}" for param, value in world.items())
    own = [str(value) for key, value in world.items() if key in OWN] + [box]
    for route in OTHERS:
        client = other.api if route.is_api else other.browser
        for query in ("", f"?{filters}"):
            answer = client.get(f"{route.url(world)}{query}")

            text = text_of(answer)
            if query == "":
                assert [uid for uid in own if uid in text] == [], f"{route}"
            assert SECRET not in text, f"{route}{query}"
            assert answer.status_code < 500, f"{route}{query}"


LISTS = ("assignments", "threads", "exports", "imports", "jobs", "sources", "trainings", "images", "media")
BODIES = [
    ("datasets/{open}/label", {"model": "{model_id}", "images": ["{image_id}"]}),
    ("datasets/{open}/evaluations", {"ways": [{"model": "{model_id}"}], "images": ["{image_id}"]}),
    ("datasets/{open}/bulk", {"action": "take", "images": ["{image_id}"]}),
    ("datasets/{open}/bulk", {"action": "archive", "images": ["{image_id}"]}),
    ("datasets/{open}/next", {"purpose": "label", "skip": ["{image_id}"]}),
    ("uploads", {"filename": "a.png", "size": 9, "dataset": "{dataset_id}"}),
    ("ingest", {"source": "{source_id}"}),
    ("database/scan", {"dataset": "{dataset_id}"}),
]


@pytest.mark.django_db
def test_lists_of_it_are_refused_or_empty_and_ids_in_a_body_find_nothing(
    world: dict[str, Any], box: str, ann: Person
):
    for path in LISTS:
        for who in ("dataset", "image"):
            answer = ann.api.get(f"/api/v1/{path}?{who}={world[f'{who}_id']}")

            assert answer.status_code in (200, 400, 404), path
            assert answer.status_code != 200 or answer.json()["results"] == [], path
    project = Project.objects.get()
    shown = Dataset.objects.create(tenant=project.tenant, project=project, name="Open")
    before = state()
    for path, body in BODIES:
        filled = json.dumps(body)
        for key, value in world.items():
            filled = filled.replace(f"{{{key}}}", str(value))

        url = f"/api/v1/{path.replace('{open}', str(shown.pk))}"
        answer = send(ann.api, "post", url, json.loads(filled))

        assert answer.status_code in (200, 202, 400, 403, 404, 409, 422), answer.content
        assert SECRET not in answer.content.decode(), path
        assert box not in answer.content.decode(), path
    assert state() == before


def for_managers(route: Route) -> bool:
    words = ("workload", "edit/", "storage/", "files", "test", "agreement", "rounds/")
    return any(word in str(route) for word in words)


@pytest.mark.django_db
def test_they_themself_and_managers_read_every_route(
    world: dict[str, Any], box: str, alice: Person, bob: Person
):
    """Otherwise the tests above would prove nothing."""
    for person in (alice, bob):
        for route in KEPT:
            if "notice_id" in route.params or (person is bob and for_managers(route)):
                continue
            client = person.api if route.is_api else person.browser
            answer = client.get(route.url(world))

            assert answer.status_code in (200, 202, 302, 400, 403, 405, 409), f"{route}: {answer.status_code}"
            assert text_of(answer) or answer.status_code in (302, 405)
    boxes = bob.api.get(f"/api/v1/images/{world['image_id']}/boxes").content.decode()
    assert box in boxes
    assert f"{SECRET} drawn" in boxes


@pytest.mark.django_db
def test_lists_of_datasets_leave_it_out_for_everybody(
    world: dict[str, Any], box: str, alice: Person, bob: Person
):
    for person in (alice, bob):
        listed = person.api.get("/api/v1/datasets").json()["results"]
        images = person.api.get("/api/v1/images").json()["results"]

        assert (listed, images) == ([], [])
        page = person.browser.get(f"/projects/{world['project_id']}/").content.decode()
        assert SECRET not in page


@pytest.mark.django_db
def test_managers_see_what_is_kept_for_them_and_their_keys_only_where_they_may_manage(
    dataset: Dataset, alice: Person, ann: Person
):
    answer = alice.api.patch(
        f"/api/v1/datasets/{dataset.pk}", {"audience": "managers"}, content_type="application/json"
    )
    narrow = create_api_key(alice.actor, name="reader", scopes=["view"])[1]
    reader = Client(headers={"authorization": f"Api-Key {narrow}"})

    assert (answer.status_code, answer.json()["audience"]) == (200, "managers")
    assert alice.api.get(f"/api/v1/datasets/{dataset.pk}").status_code == 200
    assert len(alice.api.get("/api/v1/datasets").json()["results"]) == 1
    for hidden in (ann.api, reader):
        assert hidden.get(f"/api/v1/datasets/{dataset.pk}").status_code == 404
        assert hidden.get("/api/v1/datasets").json()["results"] == []


@pytest.mark.django_db
@pytest.mark.parametrize("audience", ["person", "nobody", 7])
def test_nobody_can_make_a_dataset_somebody_s_own(audience: Any, dataset: Dataset, alice: Person):
    answer = alice.api.patch(
        f"/api/v1/datasets/{dataset.pk}", {"audience": audience}, content_type="application/json"
    )

    assert answer.status_code == (409 if audience == "person" else 400)
    dataset.refresh_from_db()
    assert dataset.audience == "everyone"

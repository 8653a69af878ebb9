"""The description of the API, held against what the API answers."""

from collections.abc import Mapping
from fnmatch import fnmatch
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
from drf_spectacular.generators import SchemaGenerator

from datasets.models import Dataset, Image
from tests.datasets.pictures import picture, upload
from tests.datasets.seeded import seed_images
from tests.people import Person

BOX = {"x": 1, "y": 1, "w": 5, "h": 5}


@cache
def description() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call, no-any-return]


def described(method: str, path: str, status: int) -> Mapping[str, Any] | None:
    """What is said of an answer of this status, or of one of its hundred; None where nothing is."""
    responses = description()["paths"][path][method]["responses"]
    found = responses.get(str(status)) or responses.get(f"{status // 100}XX")
    return found and found.get("content", {})


def check(answer: Any, method: str, path: str) -> None:
    content = described(method, path, answer.status_code)
    assert content is not None, (method, path, answer.status_code)
    kind = answer.get("Content-Type", "").partition(";")[0]
    assert not content or any(fnmatch(kind, named) for named in content), (method, path, kind)


def post(person: Person, url: str, body: dict[str, Any]) -> Any:
    return person.api.post(url, body, content_type="application/json")


@pytest.fixture
def image(dataset: Dataset) -> Image:
    return seed_images(dataset, {"filename": "quay.png"})[0]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/clean", {}),
        ("/clean/counts", {}),
        ("/versions", {"message": "one"}),
        ("/split", {}),
        ("/split", {"dry_run": True}),
        ("/clone", {"name": "copy"}),
        ("/exports", {"format": "json"}),
        ("/bulk", {"action": "archive", "filter": {}}),
        ("/views", {"name": "new", "q": "state:new"}),
    ],
)
def test_what_is_taken_and_what_is_refused_answers_as_described(
    path: str, body: dict[str, Any], alice: Person, dataset: Dataset, image: Image
):
    url, named = f"/api/v1/datasets/{dataset.id}{path}", "/api/v1/datasets/{dataset_id}" + path

    answers = [post(alice, url, body), post(alice, url, body), post(alice, url, {"unknown": 1})]

    assert answers[0].status_code in (200, 201, 202)
    assert answers[2].status_code == 400
    for answer in answers:
        check(answer, "post", named)


@pytest.mark.parametrize("path", ["archive", "restore"])
def test_archiving_answers_as_described(path: str, alice: Person, dataset: Dataset, image: Image):
    answer = post(alice, f"/api/v1/datasets/{dataset.id}/images/{path}", {"images": [str(image.id)]})

    check(answer, "post", "/api/v1/datasets/{dataset_id}/images/" + path)


def test_edits_and_reviews_answer_as_described(alice: Person, image: Image):
    edit = {"op_id": str(uuid4()), "kind": "add", "box_id": str(uuid4()), "patch": BOX}
    url = f"/api/v1/images/{image.id}"

    check(
        post(alice, f"{url}/edits", {"edits": [edit], "base_seq": 0}),
        "post",
        "/api/v1/images/{image_id}/edits",
    )
    check(post(alice, f"{url}/review", {"action": "submit"}), "post", "/api/v1/images/{image_id}/review")


@pytest.mark.parametrize("query", ["", "?size=256", "?size=x"])
def test_files_answer_with_the_types_that_are_described(query: str, alice: Person, dataset: Dataset):
    image = upload(alice, dataset, "quay.png", picture())

    for part in ("thumbnail", "preview", "data"):
        answer = alice.api.get(f"/api/v1/images/{image['id']}/{part}{query}")
        check(answer, "get", "/api/v1/images/{image_id}/" + part)


def test_every_operation_says_how_it_refuses():
    for path, operations in description()["paths"].items():
        for method in operations:
            assert list(described(method, path, 418) or ()) == ["application/problem+json"], (method, path)

"""What changed on a picture since one reviewed it last: by a step, or because one said so."""

import json
from typing import Any
from uuid import uuid4

import pytest

from annotations.actions.apply_edits import apply_edits
from annotations.models import Seen
from datasets.models import Dataset, Image
from modelship.accounts.actions import create_api_key
from tests.datasets.seeded import seed_images
from tests.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(dataset: Dataset) -> list[Image]:
    return seed_images(dataset, *({} for _ in range(3)))


def edit(person: Person, image: Image, kind: str, box: str = "", **patch: Any) -> str:
    box = box or str(uuid4())
    made = [{"op_id": str(uuid4()), "kind": kind, "box_id": box, "patch": patch}]
    assert apply_edits(image.id, made, actor=person.actor).accepted
    return box


def draw(person: Person, image: Image, x: float = 2) -> str:
    return edit(person, image, "add", class_id=None, x=x, y=2, w=5, h=5)


def post(person: Person, path: str, body: Any) -> Any:
    return person.api.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json")


def step(person: Person, image: Image, action: str) -> None:
    answer = post(person, f"images/{image.id}/review", {"action": action, "comment": "Look."})
    assert answer.status_code == 200, answer.content


def changes(person: Person, image: Image) -> dict[str, Any]:
    return person.api.get(f"/api/v1/images/{image.id}/changes").json()


def found(person: Person, dataset: Dataset, q: str) -> list[str]:
    rows = person.api.get("/api/v1/images", {"dataset": str(dataset.id), "q": q})
    assert rows.status_code == 200, rows.content
    return sorted(row["filename"] for row in rows.json()["results"])


def test_since_a_step_only_what_came_after_is_told(ann: Person, bob: Person, images: list[Image]):
    image = images[0]
    kept, moved, gone = (draw(ann, image, x) for x in (1, 10, 20))
    step(ann, image, "submit")
    assert changes(bob, image)["since"] is None
    step(bob, image, "reject")
    assert changes(bob, image)["changes"] == []

    edit(ann, image, "update", moved, x=12, y=2, w=5, h=5)
    edit(ann, image, "delete", gone)
    added = draw(ann, image, 30)
    told = changes(bob, image)

    assert (told["since"]["seq"], told["since"]["action"], told["seq"]) == (5, "reject", 8)
    assert told["counts"] == {"added": 1, "moved": 1, "removed": 1}
    assert {change["box_id"]: change["words"] for change in told["changes"]} == {
        moved: ["moved"],
        gone: ["removed"],
        added: ["added"],
    }
    [change] = [one for one in told["changes"] if one["box_id"] == moved]
    assert (change["before"]["x"], change["after"]["x"]) == (10, 12)
    assert kept not in {one["box_id"] for one in told["changes"]}


def test_who_says_that_they_have_seen_it_begins_anew(ann: Person, bob: Person, images: list[Image]):
    image = images[0]
    step(bob, image, "approve")
    step(bob, image, "reopen")
    draw(ann, image)
    early = post(bob, f"images/{image.id}/changes", {"seq": 2}).json()
    now = post(bob, f"images/{image.id}/changes", {}).json()
    ahead = post(bob, f"images/{image.id}/changes", {"seq": 9})

    assert early["counts"] == {"added": 1}
    assert (now["since"]["seq"], now["since"]["action"], now["changes"]) == (3, "seen", [])
    assert ahead.status_code == 422
    assert Seen.objects.get().seq == 3


def test_what_changed_since_i_looked_is_found(
    ann: Person, bob: Person, dataset: Dataset, images: list[Image]
):
    for image in images[:2]:
        draw(ann, image)
    step(bob, images[0], "reject")
    post(bob, f"images/{images[1].id}/changes", {})
    assert found(bob, dataset, "changed:me") == []

    draw(ann, images[0], 20)
    draw(ann, images[1], 20)
    draw(ann, images[2], 20)

    assert found(bob, dataset, "changed:me") == found(ann, dataset, "changed:bob") == ["0.png", "1.png"]
    assert found(bob, dataset, "-changed:me") == ["2.png"]
    assert found(ann, dataset, "changed:me") == []
    post(bob, f"images/{images[0].id}/changes", {})
    assert found(bob, dataset, "changed:me") == ["1.png"]


def test_what_i_changed_myself_i_know(ann: Person, bob: Person, dataset: Dataset, images: list[Image]):
    mine, theirs = draw(ann, images[0]), draw(ann, images[0], 20)
    step(bob, images[0], "reject")
    edit(bob, images[0], "update", mine, x=3, y=2, w=5, h=5)
    edit(bob, images[0], "delete", theirs)
    draw(bob, images[0], 30)

    assert changes(bob, images[0])["changes"] == []
    assert found(bob, dataset, "changed:me") == []

    edit(ann, images[0], "update", mine, x=4, y=2, w=5, h=5)

    assert [change["box_id"] for change in changes(bob, images[0])["changes"]] == [mine]
    assert found(bob, dataset, "changed:me") == ["0.png"]


def test_who_only_reads_says_nothing(alice: Person, vic: Person, images: list[Image]):
    _, secret = create_api_key(alice.actor, name="reader", scopes=["view"])
    reader = Person(alice.actor, secret)

    answers = [post(person, f"images/{images[0].id}/changes", {}).status_code for person in (vic, reader)]
    marked = post(reader, "notifications/read", {"all": True}).status_code

    assert (answers, marked) == ([403, 403], 403)
    assert not Seen.objects.exists()

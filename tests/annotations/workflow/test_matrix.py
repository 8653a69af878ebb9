"""Every role at every state through every door: what the table says happens, and a refusal changes nothing."""

from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
import websockets
from django.test import Client

from annotations.actions.apply_edits import apply_edits
from annotations.actions.review import review
from annotations.actions.workflows import change_workflow
from annotations.models import Canvas
from annotations.queries import live_boxes
from annotations.workflow import ACTIONS, EDIT, PRESETS
from datasets.models import Dataset, Image
from modelship.accounts.roles import ROLES, role_allows
from tests.annotations.api.importing import coco, imported
from tests.annotations.api.importing import send as send_file
from tests.annotations.conftest import MakePicture
from tests.annotations.workflow.matrix import ANSWERS, PEOPLE, Row, read, way_to
from tests.data import ROOT
from tests.live_clients import World, add, change, connected, joined, new_id, post
from tests.people import Person, make_person

ROWS = read()


@pytest.fixture
def crew(alice: Person, bob: Person, ann: Person, vic: Person, charlie: Person) -> dict[str, Person]:
    max_ = make_person("Max", alice.tenant, "manager")
    return dict(zip(PEOPLE, (vic, ann, bob, max_, alice, charlie), strict=True))


def test_the_table_is_whole_and_says_what_the_workflows_declare():
    assert {(row.workflow, row.state) for row in ROWS} == {
        (name, state) for name, workflow in PRESETS.items() for state in workflow.states
    }
    for row, role in product(ROWS, ROLES):
        action = EDIT if row.action in ("describe", "bring back", "import") else row.action
        said = row.answers[role] == "yes"
        may = PRESETS[row.workflow].allows(role, row.state, action)
        # Whoever manages the project imports.
        is_high_enough = row.action != "import" or role_allows(role, "manage")
        assert (may and is_high_enough) == said, (str(row), role)


def send(client: Client, row: Row, image: Image, box: str) -> Any:
    """The request that does it; a box of the person's own is added, so that each of them can be told apart."""
    base = f"/api/v1/images/{image.id}"
    if row.action == "edit":
        return client.post(f"{base}/edits", {"edits": [add(box)]}, "application/json")
    if row.action == "describe":
        return client.patch(base, {"metadata": {"said": box}}, "application/json")
    if row.action == "bring back":
        return client.post(f"{base}/restore", {"seq": 1}, "application/json")
    return client.post(f"{base}/review", {"action": row.action, "comment": "Because."}, "application/json")


def answer_of(person: Person, row: Row, image: Image, box: str) -> tuple[int, str | None]:
    """The status and the code; of an import those of what became of it."""
    if row.action != "import":
        response = send(person.api, row, image, box)
        return response.status_code, response.json().get("code")
    data = coco({image.filename: [("boat", [float(UUID(box).int % 150), 5.0, 9.0, 9.0])]})
    asked = send_file(person, image.dataset, data, "labels.json")
    if asked.status_code != 202:
        return asked.status_code, asked.json()["code"]
    row_after = imported(person, image.dataset, data, "labels.json")
    if row_after["state"] == "done":
        return 200, None
    codes = {found["code"] for found in row_after["report"]["findings"]}
    return 403, "locked" if codes == {"approved"} else ", ".join(codes)


def standing(image: Image) -> tuple[Any, ...]:
    image.refresh_from_db()
    canvas = Canvas.objects.get(pk=image.pk)
    return canvas.seq, canvas.review_state, image.state, image.metadata, live_boxes(image.id)


@pytest.mark.parametrize(("name", "state"), sorted({(row.workflow, row.state) for row in ROWS}))
def test_rest_answers_what_the_table_says(
    name: str, state: str, crew: dict[str, Person], dataset: Dataset, make_picture: MakePicture
):
    workflow, owner = PRESETS[name], crew["owner"].actor
    lenient = {"preset": name, "own_work": True, "approvals": 1}
    change_workflow(owner, dataset.project, lenient)

    for row in ROWS:
        if (row.workflow, row.state) != (name, state):
            continue
        image = make_picture()
        apply_edits(image.id, [add()], actor=owner)
        apply_edits(image.id, [add(x=50)], actor=owner)
        for step in way_to(state, set(workflow.steps)):
            review(image.id, step, actor=owner, comment="On the way.")
        check_row(row, crew, image)


def check_row(row: Row, crew: dict[str, Person], image: Image) -> None:
    for who, answer in row.answers.items():
        before = standing(image)
        found = answer_of(crew[who], row, image, str(uuid4()))

        assert found == ANSWERS[answer], (str(row), who)
        if answer != "yes":
            assert standing(image) == before, (str(row), who)
        elif row.action in ACTIONS:
            assert standing(image)[1] == PRESETS[row.workflow].steps[row.action].target
            break


@pytest.fixture(scope="module")
def keys(world: World) -> dict[str, str]:
    roles = {role: world.person(role)[1] for role in ROLES if role != "owner"}
    return {
        **roles,
        "owner": world.key,
        "stranger": World.make(world.server, f"rival-{new_id()[:8]}", f"{new_id()}@example.com").key,
    }


async def edited(world: World, image: str, key: str) -> tuple[str, str | None]:
    async with joined(world.server, image, key) as client:
        answer = await client.edited(add())
    return answer["type"], answer["dropped"][0]["code"] if answer["dropped"] else None


@pytest.mark.parametrize("state", ["open", "submitted", "changes_requested", "approved"])
async def test_the_socket_answers_what_the_table_says(world: World, keys: dict[str, str], state: str):
    [row] = [row for row in ROWS if (row.workflow, row.state, row.action) == ("standard", state, "edit")]
    image = world.image()
    for step in way_to(state, {"submit", "approve", "reject"}):
        post(world.server, world.key, f"images/{image}/review", {"action": step})
    heard = {"yes": ("ack", None), "role": ("refused", "denied"), "locked": ("refused", "locked")}

    for who, answer in row.answers.items():
        before = world.boxes(image)
        if answer == "hidden":
            with pytest.raises(websockets.InvalidStatus):
                async with connected(world.server, image, keys[who]):
                    pass
        else:
            assert await edited(world, image, keys[who]) == heard[answer], who
        assert len(world.boxes(image)["results"]) == len(before["results"]) + (answer == "yes"), who


async def test_who_is_drawing_when_it_is_approved_is_refused_from_then_on(world: World, keys: dict[str, str]):
    image = world.image()
    async with joined(world.server, image, keys["annotator"]) as client:
        mine = add()
        await client.edited(mine)
        post(world.server, keys["reviewer"], f"images/{image}/review", {"action": "approve"})

        refused = await client.edited(change("update", mine["box_id"], x=3, y=3, w=5, h=5), add())

    assert [drop["code"] for drop in refused["dropped"]] == ["locked", "locked"]
    assert [box["x"] for box in world.boxes(image)["results"]] == [10]


def test_the_documents_show_the_same_table():
    text = (ROOT / "docs/review.md").read_text()
    for state in PRESETS["standard"].states:
        cells = [
            lowest("standard", state, action) for action in ("edit", "submit", "approve", "reject", "reopen")
        ]
        assert f"| {' | '.join([state, *cells])} |".replace("  ", " ") in text.replace("  ", " ")


def lowest(workflow: str, state: str, action: str) -> str:
    """The lowest role that may do it; nobody may edit what is locked, and a step that does not lead from there is none."""
    [row] = [row for row in ROWS if (row.workflow, row.state, row.action) == (workflow, state, action)]
    able = [role for role in ROLES if row.answers[role] == "yes"]
    return able[0] if able else "nobody" if action == "edit" else ""

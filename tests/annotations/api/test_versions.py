import json
from uuid import uuid4

import pytest

from annotations.actions.apply_edits import apply_edits
from annotations.actions.labels import change_class, create_class, delete_class
from annotations.actions.review import review
from annotations.formats import FORMAT_NAMES
from annotations.models import Export, FrozenCanvas, LabelClass
from datasets.actions.images import delete_image
from datasets.models import Dataset, DatasetVersion
from modelship.jobs.models import Job
from tests.annotations.api.worlds import draw, exported, order, picture, proposal, quay
from tests.annotations.formats.samples import members, parsed
from tests.datasets.pictures import body_of, encoded, flag
from tests.live_clients import change

pytestmark = pytest.mark.django_db


def url(dataset, rest=""):
    return f"/api/v1/datasets/{dataset.id}/versions{rest}"


def freeze(person, dataset, **body):
    return person.api.post(url(dataset), json.dumps(body), content_type="application/json")


def test_a_version_is_made_and_looked_at(alice, vic, dataset):
    quay(alice, dataset)

    made = freeze(alice, dataset, message="Before the storm.")
    looked = vic.api.get(url(dataset, "/1"))

    body = made.json()
    assert made.status_code == 201
    assert body == {
        "number": 1,
        "parent": None,
        "dataset": str(dataset.id),
        "message": "Before the storm.",
        "source": "manual",
        "created_by": str(alice.user.id),
        "created_at": body["created_at"],
        "counts": {"images": 3, "boxes": 5, "gone": 0},
    }
    assert {**body, "classes": looked.json()["classes"]} == looked.json()
    assert [(label["name"], label["color"]) for label in looked.json()["classes"]] == [
        ("boat", "#0072b2"),
        ("crane", "#d55e00"),
    ]
    assert looked["ETag"]


def test_freezing_what_did_not_change_answers_the_last_version(alice, dataset):
    quay(alice, dataset)
    first = freeze(alice, dataset, message="First.")

    again = freeze(alice, dataset, message="Again.")

    assert (again.status_code, again.json()) == (200, first.json())
    assert DatasetVersion.objects.count() == 1


def test_the_list_is_newest_first_in_pages(alice, vic, dataset):
    image = picture(alice, dataset)
    for number in range(1, 4):
        draw(alice, image)
        assert freeze(alice, dataset).json()["number"] == number

    first = vic.api.get(url(dataset, "?limit=2")).json()
    second = vic.api.get(first["next"]).json()

    assert [(row["number"], row["parent"], row["counts"]["boxes"]) for row in first["results"]] == [
        (3, 2, 3),
        (2, 1, 2),
    ]
    assert [row["number"] for row in second["results"]] == [1]
    assert second["next"] is None


def test_a_version_says_how_many_images_are_gone(alice, dataset):
    first, *_ = quay(alice, dataset)
    freeze(alice, dataset)

    delete_image(alice.actor, first)

    counts = {"images": 3, "boxes": 5, "gone": 1}
    assert alice.api.get(url(dataset, "/1")).json()["counts"] == counts
    assert alice.api.get(url(dataset)).json()["results"][0]["counts"] == counts
    document = json.loads(exported(alice, dataset, version=1))
    assert [image["filename"] for image in document["images"]] == ["quay.jpg", "empty.png"]


@pytest.mark.parametrize("name", ["vic", "ann", "bob"])
def test_who_does_not_manage_reads_and_freezes_nothing(name, alice, dataset, request):
    quay(alice, dataset)
    freeze(alice, dataset)
    person = request.getfixturevalue(name)
    draw(alice, dataset.images.get(filename="quay.png"))

    answer = freeze(person, dataset)

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert person.api.get(url(dataset)).json()["results"][0]["number"] == 1
    assert DatasetVersion.objects.count() == 1


def test_strangers_find_what_never_existed(alice, charlie, dataset):
    quay(alice, dataset)
    freeze(alice, dataset)
    absent = Dataset(id=uuid4())

    def answers(of):
        return [charlie.api.get(url(of)), charlie.api.get(url(of, "/1")), freeze(charlie, of)]

    def said(answer):
        return {**answer.json(), "request_id": ""}

    for foreign, never in zip(answers(dataset), answers(absent), strict=True):
        assert (foreign.status_code, said(foreign)) == (404, said(never))
    assert DatasetVersion.objects.count() == 1


@pytest.mark.parametrize("number", [0, 2, 1 << 31, 1 << 70])
def test_an_absent_number_is_not_found(number, alice, dataset):
    freeze(alice, dataset)

    assert alice.api.get(url(dataset, f"/{number}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "code"), [({"message": 7}, "malformed"), ({"note": "x"}, "unknown_field"), ([], "malformed")]
)
def test_nonsense_freezes_nothing(body, code, alice, dataset):
    answer = alice.api.post(url(dataset), json.dumps(body), content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not DatasetVersion.objects.exists()


def test_tables_have_no_versions_here(alice, project):
    table = Dataset.objects.create(tenant=alice.tenant, project=project, name="Rows", kind="table")

    answers = [freeze(alice, table), alice.api.get(url(table)), alice.api.get(url(table, "/1"))]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(422, "not_images")] * 3


def stir(alice, dataset):
    """Change everything that later work changes: boxes, classes, states, names, images."""
    first, second, third = dataset.images.order_by("ordinal")
    boxes = alice.api.get(f"/api/v1/images/{first.id}/boxes").json()["results"]
    edits = [
        change("update", boxes[0]["id"], x=77, y=7, w=3, h=3),
        change("delete", boxes[1]["id"]),
        change("review", boxes[2]["id"], state="accepted"),
        change("review", boxes[3]["id"], state="rejected"),
    ]
    assert apply_edits(first.id, edits, actor=alice.actor).dropped == []
    review(second.id, "approve", actor=alice.actor)
    proposal(alice, third, 0.8, x=1, y=1, w=5, h=5)
    boat, crane = LabelClass.objects.filter(project=dataset.project)
    create_class(alice.actor, dataset.project, name="buoy", order=0)
    delete_class(alice.actor, dataset.project, crane.id, move_to=boat.id)
    change_class(alice.actor, dataset.project, boat.id, name="ferry", color="#000000")
    answer = alice.api.patch(
        f"/api/v1/images/{third.id}", {"filename": "renamed.png"}, content_type="application/json"
    )
    assert answer.status_code == 200
    draw(alice, picture(alice, dataset, "late.png", encoded(flag(30, 30))), "ferry")
    Dataset.objects.filter(id=dataset.id).update(name="South quay")
    dataset.refresh_from_db()


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_a_version_goes_out_as_the_same_bytes_whatever_comes_later(name, alice, dataset):
    wanted = {"format": name, "states": ["accepted", "proposed"], "min_score": 0.4}
    quay(alice, dataset)
    freeze(alice, dataset)
    before = exported(alice, dataset, version=1, **wanted)

    stir(alice, dataset)

    assert exported(alice, dataset, version=1, **wanted) == before
    # Folders tell tags alone, and none of these changed.
    assert (exported(alice, dataset, **wanted) == before) == (name == "imagefolder")


def test_a_version_holds_what_the_dataset_held(alice, dataset):
    quay(alice, dataset)
    now = parsed(exported(alice, dataset, states=["accepted", "proposed", "rejected"]))
    freeze(alice, dataset)
    stir(alice, dataset)

    then = parsed(exported(alice, dataset, version=1, states=["accepted", "proposed", "rejected"]))

    assert then == {**now, "version": 1}


def test_files_and_metadata_name_the_version(alice, dataset):
    quay(alice, dataset)
    freeze(alice, dataset)

    body = order(alice, dataset, format="zip", version=1).json()
    files = members(exported(alice, dataset, format="zip", version=1))

    assert body["export"]["filename"].startswith("North quay-v1-zip-")
    assert body["export"]["options"]["version"] == 1
    assert body["job"]["title"] == "Export North quay, version 1, as Everything (ZIP)"
    assert parsed(files["metadata.json"])["dataset"]["version"] == 1
    assert parsed(files["annotations.json"])["version"] == 1
    assert parsed(files["annotations/instances_default.json"])["info"]["version"] == "1"


def test_states_of_images_are_those_of_the_version(alice, dataset):
    quay(alice, dataset)
    freeze(alice, dataset)
    stir(alice, dataset)

    then = parsed(exported(alice, dataset, version=1, image_states=["new"]))

    assert [image["filename"] for image in then["images"]] == ["empty.png"]


@pytest.mark.parametrize(
    ("version", "status", "code"),
    [
        (2, 422, "no_such_version"),
        (0, 400, "malformed"),
        (1 << 40, 400, "malformed"),
        (True, 400, "malformed"),
        ("1", 400, "malformed"),
        ([1], 400, "malformed"),
    ],
)
def test_a_version_that_can_t_be_exported_queues_nothing(version, status, code, alice, dataset):
    freeze(alice, dataset)

    answer = order(alice, dataset, version=version)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Export.objects.exists()
    assert not Job.objects.filter(kind="export").exists()


def test_small_versions_come_at_once(alice, dataset):
    quay(alice, dataset)
    freeze(alice, dataset)
    wanted = exported(alice, dataset, version=1)
    stir(alice, dataset)

    def direct(version):
        return alice.api.get(f"/api/v1/export/{dataset.id}?version={version}")

    assert body_of(direct(1)) == wanted
    assert [direct(version).status_code for version in ("2", "x", "-1", "1.0")] == [422, 400, 400, 400]


def test_another_dataset_s_version_is_none_of_ours(alice, dataset, project):
    other = Dataset.objects.create(tenant=alice.tenant, project=project, name="Other")
    freeze(alice, other)

    assert order(alice, dataset, version=1).status_code == 422
    assert alice.api.get(url(dataset, "/1")).status_code == 404
    assert not FrozenCanvas.objects.exists()

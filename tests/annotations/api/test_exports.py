import contextlib
import hashlib
import io
import json
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image as Picture
from pycocotools.coco import COCO

from annotations.api import exports
from annotations.formats import FORMAT_NAMES
from annotations.models import Export
from datasets.models import Blob, Dataset
from modelship.audit.models import AuditEntry
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.annotations.api.worlds import download, draw, exported, order, picture, proposal, quay
from tests.annotations.formats.samples import members, parsed
from tests.datasets.pictures import LATITUDE, body_of, encoded, flag

pytestmark = pytest.mark.django_db


def direct(person, dataset, query=""):
    return person.api.get(f"/api/v1/export/{dataset.id}{query}")


def test_an_order_is_answered_with_the_export_and_its_job(alice, ann, dataset):
    quay(alice, dataset)

    answer = order(ann, dataset, format="coco", states=["accepted", "proposed"], min_score=0.5)

    body = answer.json()
    assert answer.status_code == 202
    assert (body["export"]["format"], body["export"]["state"]) == ("coco", "queued")
    assert body["export"]["options"] == {
        "states": ["proposed", "accepted"],
        "min_score": 0.5,
        "image_states": [],
        "include_images": False,
        "include_previews": False,
        "by_split": False,
        "include_gps": False,
        "include_threads": False,
        "version": None,
    }
    assert (body["job"]["kind"], body["job"]["state"], body["job"]["dataset"]) == (
        "export",
        "queued",
        str(dataset.id),
    )
    assert body["job"]["progress"]["total"] == 3
    assert AuditEntry.objects.filter(
        verb="export.requested", subject=f"export:{body['export']['id']}"
    ).exists()


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_every_format_can_be_ordered_run_and_downloaded(name, alice, dataset):
    quay(alice, dataset)

    answer = order(alice, dataset, format=name)
    run_queued(["export"])

    export = alice.api.get(f"/api/v1/exports/{answer.json()['export']['id']}").json()
    file = download(alice, export["id"])
    data = body_of(file)
    assert export["state"] == "succeeded", export["job"]
    assert export["job"]["result"] | {"skipped": {}} == {
        "images": 3,
        # Folders tell tags alone, and there are none.
        "boxes": 0 if name == "imagefolder" else 3,
        "skipped": {},
        "export": export["id"],
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    assert file["ETag"] == f'"{export["sha256"]}"'
    assert file["Content-Disposition"].startswith('attachment; filename="North quay-')
    assert export["filename"].endswith(file_extension(name))
    assert file["Accept-Ranges"] == "bytes"


def file_extension(name):
    lone = {"csv": ".csv", "jsonl": ".jsonl", "cvat": ".xml"}
    return (lone | dict.fromkeys(("json", "coco", "label_studio"), ".json")).get(name, ".zip")


def test_only_accepted_boxes_go_out_unless_others_are_asked_for(alice, dataset):
    first, second, _ = quay(alice, dataset)
    draw(alice, first, state="rejected")
    proposal(alice, second, None, x=1, y=1, w=5, h=5)

    def counts(**body):
        document = json.loads(exported(alice, dataset, **body))
        return [len(image["boxes"]) for image in document["images"]]

    assert counts() == [2, 1, 0]
    assert counts(states=["accepted", "proposed"]) == [4, 2, 0]
    assert counts(states=["accepted", "proposed"], min_score=0.9) == [3, 1, 0]
    assert counts(states=["accepted", "proposed"], min_score=0.91) == [2, 1, 0]
    assert counts(states=["proposed"], min_score=0.2) == [2, 0, 0]
    assert counts(states=["rejected"]) == [1, 0, 0]


def test_image_states_choose_images(alice, dataset):
    quay(alice, dataset)

    document = json.loads(exported(alice, dataset, image_states=["new", "approved"]))

    assert [image["filename"] for image in document["images"]] == ["empty.png"]


def test_json_holds_what_the_boxes_endpoint_says(alice, dataset):
    first, *_ = quay(alice, dataset)

    document = json.loads(exported(alice, dataset, states=["accepted", "proposed"]))

    boxes = alice.api.get(f"/api/v1/images/{first.id}/boxes").json()["results"]
    assert document["images"][0]["boxes"] == boxes
    assert document["dataset"] == "North quay"
    assert [known["name"] for known in document["classes"]] == ["boat", "crane"]


def test_the_zip_holds_clean_upright_pictures_previews_labels_and_metadata(alice, dataset):
    quay(alice, dataset)

    files = members(exported(alice, dataset, format="zip"))

    assert sorted(files) == [
        "annotations.json",
        "annotations/instances_default.json",
        "classes.txt",
        "data.yaml",
        "history.jsonl",
        "images/empty.png",
        "images/quay-2.jpg",
        "images/quay.png",
        "labels/empty.txt",
        "labels/quay-2.txt",
        "labels/quay.txt",
        "manifest.json",
        "metadata.json",
        "previews/empty.jpg",
        "previews/quay-2.jpg",
        "previews/quay.jpg",
        "threads.jsonl",
    ]
    assert Picture.open(io.BytesIO(files["images/quay-2.jpg"])).size == (20, 40)
    assert LATITUDE.encode() not in b"".join(files.values())
    assert b"Canary" not in b"".join(files.values())
    rows = {row["name"]: row["sha256"] for row in parsed(files["manifest.json"])["files"]}
    assert rows == {
        name: hashlib.sha256(files[name]).hexdigest() for name in files if name != "manifest.json"
    }


def test_pycocotools_loads_an_export_of_the_product(alice, dataset, tmp_path):
    quay(alice, dataset)

    path = tmp_path / "instances.json"
    path.write_bytes(exported(alice, dataset, format="coco"))
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(path))

    assert [row["bbox"] for row in coco.loadAnns(coco.getAnnIds(imgIds=[1]))] == [
        [10, 10, 20, 20],
        [50, 50, 40, 30],
    ]
    assert [coco.cats[row["category_id"]]["name"] for row in coco.loadAnns([1, 2, 3])] == [
        "boat",
        "crane",
        "boat",
    ]


def test_two_exports_of_the_same_state_are_the_same_bytes_kept_once(alice, dataset):
    quay(alice, dataset)

    first, second = (exported(alice, dataset, format="zip") for _ in range(2))

    assert first == second
    assert Blob.objects.filter(sha256=hashlib.sha256(first).hexdigest()).count() == 1


def test_a_file_is_not_there_before_its_job_has_ended(alice, dataset):
    picture(alice, dataset)
    export_id = order(alice, dataset).json()["export"]["id"]

    answer = download(alice, export_id)

    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["state"]) == ("not_ready", "queued")


def test_downloads_resume_where_they_stopped(alice, dataset):
    picture(alice, dataset)
    export_id = order(alice, dataset).json()["export"]["id"]
    run_queued(["export"])
    whole = download(alice, export_id)
    data = body_of(whole)

    rest = download(alice, export_id, range="bytes=10-", if_range=whole["ETag"])
    beyond = download(alice, export_id, range=f"bytes={len(data)}-")
    known = download(alice, export_id, if_none_match=whole["ETag"])

    assert (rest.status_code, body_of(rest)) == (206, data[10:])
    assert rest["Content-Range"] == f"bytes 10-{len(data) - 1}/{len(data)}"
    assert (beyond.status_code, known.status_code) == (416, 304)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"format": "excel"}, 400, "malformed"),
        ({"format": None}, 400, "malformed"),
        ({"format": "json", "version": 1}, 422, "no_such_version"),
        ({"format": "json", "states": []}, 400, "malformed"),
        ({"format": "json", "states": ["new"]}, 400, "malformed"),
        ({"format": "json", "states": "accepted"}, 400, "malformed"),
        ({"format": "json", "states": [["accepted"]]}, 400, "malformed"),
        ({"format": "json", "min_score": 1.5}, 400, "malformed"),
        ({"format": "json", "min_score": True}, 400, "malformed"),
        ({"format": "json", "include_images": "yes"}, 400, "malformed"),
        ({"format": "json", "include_gps": "yes"}, 400, "malformed"),
        ({"format": "yolo", "include_gps": True}, 400, "malformed"),
        ({"format": "json", "image_states": ["accepted"]}, 400, "malformed"),
        ({"format": "json", "colour": "red"}, 400, "unknown_field"),
        ([], 400, "malformed"),
    ],
)
def test_what_can_t_be_ordered_is_refused_and_nothing_is_queued(body, status, code, alice, dataset):
    url = f"/api/v1/datasets/{dataset.id}/exports"

    answer = alice.api.post(url, json.dumps(body), content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert not Export.objects.exists()
    assert not Job.objects.filter(kind="export").exists()


def test_tables_are_not_exported_here(alice, project):
    table = Dataset.objects.create(tenant=alice.tenant, project=project, name="Rows", kind="table")

    answer = order(alice, table)

    assert (answer.status_code, answer.json()["code"]) == (422, "not_images")
    assert direct(alice, table).status_code == 422


def test_viewers_download_but_don_t_order_or_delete(alice, vic, dataset):
    picture(alice, dataset)
    export_id = order(alice, dataset).json()["export"]["id"]
    run_queued(["export"])

    assert order(vic, dataset).status_code == 403
    assert vic.api.delete(f"/api/v1/exports/{export_id}").status_code == 403
    assert body_of(download(vic, export_id)).startswith(b'{"dataset"')
    assert body_of(direct(vic, dataset)).startswith(b'{"dataset"')
    assert Export.objects.count() == 1


def test_strangers_find_nothing(alice, charlie, dataset):
    picture(alice, dataset)
    export_id = order(alice, dataset).json()["export"]["id"]
    run_queued(["export"])

    answers = [
        order(charlie, dataset),
        direct(charlie, dataset),
        charlie.api.get(f"/api/v1/exports/{export_id}"),
        charlie.api.delete(f"/api/v1/exports/{export_id}"),
        download(charlie, export_id),
        charlie.api.get(f"/api/v1/exports?dataset={dataset.id}"),
        charlie.api.get(f"/api/v1/exports/{uuid4()}"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 7
    assert charlie.api.get("/api/v1/exports").json()["results"] == []
    assert Export.objects.count() == 1


def test_the_list_is_newest_first_and_of_one_dataset(alice, project, dataset):
    other = Dataset.objects.create(tenant=alice.tenant, project=project, name="South quay")
    orders = ((dataset, "json"), (other, "json"), (dataset, "coco"))
    ids = [order(alice, into, format=name).json()["export"]["id"] for into, name in orders]

    everything = alice.api.get("/api/v1/exports").json()["results"]
    here = alice.api.get(f"/api/v1/exports?dataset={dataset.id}").json()["results"]

    assert [row["id"] for row in everything] == ids[::-1]
    assert [row["id"] for row in here] == [ids[2], ids[0]]


def test_deleting_an_export_frees_its_bytes(alice, dataset):
    picture(alice, dataset)
    data = exported(alice, dataset)
    export = Export.objects.get()

    answer = alice.api.delete(f"/api/v1/exports/{export.id}")
    run_queued()

    assert answer.status_code == 204
    assert download(alice, export.id).status_code == 404
    assert not Blob.objects.filter(sha256=hashlib.sha256(data).hexdigest()).exists()


def test_deleting_an_export_that_waits_stops_its_job(alice, dataset):
    body = order(alice, dataset).json()

    alice.api.delete(f"/api/v1/exports/{body['export']['id']}")

    assert Job.objects.get(id=body["job"]["id"]).state == "cancelled"


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_small_exports_come_at_once(name, alice, dataset):
    quay(alice, dataset)

    answer = direct(alice, dataset, f"?format={name}&states=accepted,proposed&min_score=0.5")

    data = body_of(answer)
    assert answer.status_code == 200
    assert int(answer["Content-Length"]) == len(data)
    assert answer["ETag"] == f'"{hashlib.sha256(data).hexdigest()}"'
    assert not Job.objects.filter(kind="export").exists()


@pytest.mark.parametrize(
    "query",
    ["?format=x", "?min_score=nan", "?min_score=x", "?states=", "?include_images=true", "?image_states=x"],
)
def test_strange_questions_for_a_direct_export_are_refused(query, alice, dataset):
    assert direct(alice, dataset, query).status_code == 400


def test_large_exports_need_a_job(alice, dataset, monkeypatch):
    quay(alice, dataset)
    monkeypatch.setattr(exports, "DIRECT_IMAGES", 2)

    answer = direct(alice, dataset)

    assert (answer.status_code, answer.json()["code"]) == (413, "needs_a_job")


def test_queries_don_t_grow_with_the_images(alice, dataset):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            body_of(direct(alice, dataset))
        return len(captured)

    draw(alice, picture(alice, dataset))
    before = queries()
    for number in range(2, 6):
        draw(alice, picture(alice, dataset, f"{number}.png", encoded(flag(200 + number, 100))))

    assert queries() == before


def test_names_and_texts_of_an_export_stay_harmless(alice, project):
    hostile = Dataset.objects.create(tenant=alice.tenant, project=project, name="../=cmd|' /C calc'!A0\u202e")
    image = picture(alice, hostile, "=1+1.png")
    draw(alice, image, attributes={"note": "=2+2"})

    answer = direct(alice, hostile, "?format=csv")

    name = answer["Content-Disposition"]
    row = body_of(answer).decode().splitlines()[1]
    assert ".." not in name
    assert "/" not in name.split("filename")[1].replace("%2F", "/").replace("utf-8''", "")
    assert row.startswith("'=1+1.png,")

"""Imports over REST: looked through first, then taken over, once, and never without an effect."""

import json

import pytest
from PIL import Image as Picture

from annotations.actions import import_landing
from annotations.actions.review import review
from annotations.models import Box, Import, LabelClass
from datasets.models import Blob, DatasetVersion, Image
from modelship.audit.models import AuditEntry
from modelship.jobs import lease
from modelship.jobs.runner import run, run_queued
from tests.annotations.api.importing import (
    KINDS,
    Interrupted,
    apply,
    boxes_on,
    checked,
    coco,
    imported,
    job_of,
    send,
    shown,
    zipped,
)
from tests.annotations.api.worlds import draw, exported, picture
from tests.datasets.pictures import encoded, flag

pytestmark = pytest.mark.django_db
BOAT = ("boat", [10.0, 20.0, 30.0, 40.0])
TOLD = ("boat", 10.0, 20.0, 30.0, 40.0, "import", "accepted")


def another(number: int) -> bytes:
    """A picture of the size of the others and of other bytes."""
    return encoded(Picture.new("RGB", (200, 100), (number, 9, 9)))


def test_the_doctor_says_what_would_happen_and_changes_nothing(alice, dataset):
    image = picture(alice, dataset)
    data = coco({"quay.png": [BOAT, ("buoy", [1, 1, 5, 5]), ("boat", [5, 5, 0, 3])], "gone.png": [BOAT]})

    row = checked(alice, dataset, zipped({"instances.json": data}))

    report = row["report"]
    assert (row["state"], report["format"]) == ("checked", "coco")
    assert report["images"] == {"matched": 1, "new": 0, "missing": 1, "locked": 0, "refused": 0}
    assert (report["counts"]["boxes"], report["counts"]["added"], report["counts"]["dropped"]) == (3, 2, 1)
    assert [(one["name"], one["verdict"], one["boxes"]) for one in report["classes"]] == [
        ("boat", "known", 2),
        ("buoy", "create", 1),
    ]
    [file] = report["files"]
    assert (file["file"], file["verdict"], file["added"]) == ("instances.json", "partly", 2)
    told = {finding["code"]: finding for finding in report["findings"]}
    assert {"no_such_picture", "zero_area"} <= set(told)
    assert all(finding["fix"] for finding in told.values() if finding["severity"] == "error")
    assert boxes_on(image) == []
    assert not LabelClass.objects.filter(name="buoy").exists()
    assert not DatasetVersion.objects.exists()


def test_what_was_checked_is_taken_over_between_two_versions(alice, dataset):
    image = picture(alice, dataset)
    mine = draw(alice, image, "crane", x=100, y=50, w=20, h=20)
    row = checked(alice, dataset, coco({"quay.png": [BOAT]}), "labels.json")

    answer = apply(alice, row["id"])
    run_queued(KINDS)

    assert answer.status_code == 202
    done = shown(alice, row["id"])
    assert (done["state"], done["result"]["counts"]["added"]) == ("done", 1)
    assert boxes_on(image) == [("crane", 100.0, 50.0, 20.0, 20.0, "human", "accepted"), TOLD]
    assert Box.objects.filter(uid=mine, deleted=False).exists()
    before, after = DatasetVersion.objects.filter(dataset=dataset).order_by("number")
    assert (before.source, before.box_count, after.source, after.box_count) == ("import", 1, "import", 2)
    assert done["result"]["version"] == after.number
    verbs = AuditEntry.objects.filter(subject=f"import:{row['id']}").values_list("verb", flat=True)
    assert sorted(verbs) == ["import.applied", "import.finished", "import.received"]


def test_the_same_file_again_finds_everything_there(alice, dataset):
    image = picture(alice, dataset)
    data = coco({"quay.png": [BOAT, BOAT, ("crane", [50, 50, 20, 20])]})
    imported(alice, dataset, data, "labels.json")
    once = boxes_on(image)

    again = imported(alice, dataset, data, "labels.json")

    assert (again["state"], again["result"]["counts"]["known"], again["result"]["changes"]) == ("done", 3, 0)
    assert boxes_on(image) == once
    assert len(once) == 3


def test_replacing_takes_away_what_the_file_does_not_tell(alice, dataset):
    first, other = picture(alice, dataset), picture(alice, dataset, "b.png", another(1))
    kept = draw(alice, first, x=10, y=20, w=30, h=40)
    draw(alice, first, "crane", x=100, y=50, w=20, h=20)
    draw(alice, other)

    row = imported(
        alice, dataset, coco({"quay.png": [BOAT, ("boat", [60, 5, 9, 9])]}), "labels.json", mode="replace"
    )

    counts = row["result"]["counts"]
    assert (counts["known"], counts["added"], counts["removed"]) == (1, 1, 1)
    assert [box[0] for box in boxes_on(first)] == ["boat", "boat"]
    assert Box.objects.filter(uid=kept, deleted=False).exists()
    assert len(boxes_on(other)) == 1


def test_pictures_that_the_dataset_lacks_come_in_with_their_labels(alice, dataset):
    known = picture(alice, dataset, "old.png", encoded(flag(200, 100)))
    new = another(7)
    labels = "0 0.125 0.4 0.15 0.4\n"
    data = zipped(
        {
            "set/data.yaml": "names: [boat]\ntrain: images/train\nval: images/val\n",
            "set/images/train/renamed.png": encoded(flag(200, 100)),
            "set/labels/train/renamed.txt": labels,
            "set/images/val/new.png": new,
            "set/labels/val/new.txt": labels,
            "set/images/val/broken.png": b"no picture",
            "set/labels/val/broken.txt": labels,
        }
    )

    row = imported(alice, dataset, data)

    counts = row["result"]["counts"]
    assert (counts["pictures"], counts["added"], counts["splits"]) == (1, 2, 2)
    assert boxes_on(known) == [TOLD]
    fresh = Image.objects.get(dataset=dataset, filename="new.png")
    assert (fresh.split, fresh.metadata["path"], boxes_on(fresh)) == ("val", "set/images/val/new.png", [TOLD])
    codes = {finding["code"] for finding in row["result"]["findings"]}
    assert codes & {"picture_refused", "size_unknown"}


def test_names_of_the_file_become_classes_of_the_project_or_nothing(alice, dataset, project):
    image = picture(alice, dataset)
    crane = LabelClass.objects.get(project=project, name="crane")
    data = coco({"quay.png": [("BOAT", [1, 1, 9, 9]), ("Kran", [20, 20, 9, 9]), ("dog", [50, 50, 9, 9])]})
    mapping = json.dumps({"Kran": str(crane.id), "dog": "skip"})

    row = imported(alice, dataset, data, "labels.json", classes=mapping)

    assert [box[0] for box in boxes_on(image)] == ["boat", "crane"]
    assert row["result"]["counts"]["skipped"] == 1
    assert LabelClass.objects.filter(project=project).count() == 2


def test_new_classes_look_as_the_file_says(alice, dataset, project):
    image = picture(alice, dataset)
    draw(alice, image)
    LabelClass.objects.filter(project=project, name="boat").update(
        attributes=[{"name": "rig", "kind": "choice", "choices": ["sloop", "ketch"]}], color="#123456"
    )
    Box.objects.filter(canvas=image.pk).update(attributes={"rig": "ketch"})
    data = exported(alice, dataset, format="json")
    LabelClass.objects.filter(project=project, name="boat").update(
        name="ship", attributes=[], color="#000000"
    )

    imported(alice, dataset, data, "labels.json")

    made = LabelClass.objects.get(project=project, name="boat")
    assert (made.color, made.attributes[0]["choices"]) == ("#123456", ["sloop", "ketch"])
    [box] = Box.objects.filter(label=made)
    assert box.attributes == {"rig": "ketch"}


def test_an_approved_picture_stays_as_it_is(alice, dataset):
    image, other = picture(alice, dataset), picture(alice, dataset, "b.png", another(1))
    draw(alice, image)
    review(image.pk, "approve", actor=alice.actor)

    row = imported(alice, dataset, coco({"quay.png": [BOAT], "b.png": [BOAT]}), "labels.json", mode="replace")

    assert row["result"]["images"]["locked"] == 1
    assert {finding["code"] for finding in row["result"]["findings"]} == {"approved"}
    assert (len(boxes_on(image)), boxes_on(other)) == (1, [TOLD])


def test_nothing_is_no_success(alice, dataset):
    picture(alice, dataset)

    row = imported(alice, dataset, coco({"elsewhere.png": [BOAT]}), "labels.json")

    job = job_of(row)
    assert (row["state"], job.state, job.error["code"]) == ("failed", "failed", "nothing_imported")
    assert "no picture elsewhere.png" in job.error["detail"]
    assert row["report"]["counts"]["added"] == 0


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("labels.zip", b"PK\x03\x04 broken", "corrupt"),
        ("labels.json", b"{" * 100_000, ""),
        (
            "labels.json",
            b'{"images": [{"id": 1e999, "file_name": 5}], "annotations": 7, "categories": {}}',
            "",
        ),
        (
            "labels.xml",
            b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><annotation>&b;</annotation>",
            "",
        ),
        ("notes.txt", b"hello", ""),
        ("x.bin", bytes(range(256)) * 10, ""),
    ],
)
def test_a_bad_file_is_a_diagnosis_not_a_crash(alice, dataset, name, data, code):
    picture(alice, dataset)

    row = checked(alice, dataset, data, name)

    job = job_of(row)
    if job.state == "failed":
        assert job.error["status"] == 422, job.error
        return
    assert any(finding["severity"] == "error" for finding in row["report"]["findings"]), row["report"]
    assert "/etc/passwd" not in json.dumps(row["report"])
    assert row["report"]["changes"] == 0


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"mode": "both"}, "mode"),
        ({"format": "docx"}, "format"),
        ({"classes": "[1"}, "classes"),
        ({"classes": '{"a": "b"}'}, "classes"),
        ({"dry_run": "perhaps"}, "dry_run"),
        ({"surprise": "1"}, "surprise"),
        ({"box_states": "rejected"}, "box_states"),
    ],
)
def test_wishes_are_read_strictly(alice, dataset, fields, field):
    answer = send(alice, dataset, b"{}", "a.json", **fields)

    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert not Import.objects.exists()
    assert not Blob.objects.exists()


def test_a_class_of_another_project_is_refused(alice, charlie, dataset):
    foreign = json.dumps({"boat": "00000000-0000-4000-8000-000000000000"})

    answer = send(alice, dataset, b"{}", "a.json", classes=foreign)

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_class")


def test_only_managers_import_and_strangers_see_nothing(alice, ann, charlie, dataset):
    picture(alice, dataset)
    row = checked(alice, dataset, coco({"quay.png": [BOAT]}), "labels.json")

    assert send(ann, dataset, b"{}", "a.json").status_code == 403
    assert apply(ann, row["id"]).status_code == 403
    assert ann.api.get(f"/api/v1/imports/{row['id']}").status_code == 200
    assert charlie.api.get(f"/api/v1/imports/{row['id']}").status_code == 404
    assert apply(charlie, row["id"]).status_code == 404
    assert charlie.api.get("/api/v1/imports").json()["results"] == []
    assert [
        one["id"] for one in alice.api.get(f"/api/v1/imports?dataset={dataset.id}").json()["results"]
    ] == [row["id"]]


def test_sent_twice_it_is_one_job_and_done_it_stays_done(alice, dataset):
    picture(alice, dataset)
    row = checked(alice, dataset, coco({"quay.png": [BOAT]}), "labels.json")

    first, second = apply(alice, row["id"]), apply(alice, row["id"])
    other = apply(alice, row["id"], mode="replace")
    run_queued(KINDS)
    late = apply(alice, row["id"])

    assert first.json()["job"]["id"] == second.json()["job"]["id"]
    assert (other.status_code, other.json()["code"]) == (409, "busy")
    assert (late.status_code, late.json()["code"]) == (409, "done")


def test_looked_through_again_as_what_somebody_says_it_is(alice, dataset):
    picture(alice, dataset)
    row = checked(alice, dataset, coco({"quay.png": [BOAT]}), "labels.json", format="voc")
    assert row["report"]["counts"]["boxes"] == 0

    url = f"/api/v1/imports/{row['id']}/check"
    answer = alice.api.post(url, json.dumps({"format": "coco"}), content_type="application/json")
    run_queued(KINDS)

    assert answer.status_code == 202
    assert shown(alice, row["id"])["report"]["counts"]["added"] == 1


def test_forgotten_with_its_bytes_and_the_labels_stay(alice, dataset):
    image = picture(alice, dataset)
    row = imported(alice, dataset, coco({"quay.png": [BOAT]}), "labels.json")
    sha256 = row["sha256"]

    answer = alice.api.delete(f"/api/v1/imports/{row['id']}")
    run_queued()

    assert answer.status_code == 204
    assert not Blob.objects.filter(sha256=sha256).exists()
    assert boxes_on(image) == [TOLD]


def test_an_interrupted_import_goes_on_and_spares_what_was_drawn_meanwhile(alice, dataset, monkeypatch):
    monkeypatch.setattr(import_landing, "LOT", 2)
    images = [picture(alice, dataset, f"{at}.png", another(at)) for at in range(4)]
    for image in images:
        draw(alice, image, "crane", x=100, y=50, w=20, h=20)
    told = coco({f"{at}.png": [BOAT] for at in range(6)})
    new = {f"{at}.png": another(at) for at in range(4, 6)}
    answer = send(alice, dataset, zipped({"a.json": told, **new}), dry_run="false", mode="replace")
    run(Interrupted(lease.claim(KINDS), ticks_itself=True))
    half = [len(boxes_on(image)) for image in images]
    assert [box[0] for box in boxes_on(images[0])] == ["boat"]
    assert [box[0] for box in boxes_on(images[3])] == ["crane"]

    draw(alice, images[0], "crane", x=1, y=1, w=5, h=5)
    run_queued(KINDS)

    row = shown(alice, answer.json()["import"]["id"])
    assert (row["state"], half) == ("done", [1, 1, 1, 1])
    counts = row["result"]["counts"]
    assert (counts["pictures"], counts["added"], counts["removed"]) == (2, 6, 4)
    assert [[box[0] for box in boxes_on(image)] for image in images] == [["boat", "crane"], *[["boat"]] * 3]
    assert DatasetVersion.objects.filter(dataset=dataset, source="import").count() == 2

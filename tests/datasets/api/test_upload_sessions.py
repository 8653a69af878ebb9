"""Announced uploads on local storage: one file, sent by tus, judged once."""

import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest

from datasets import incoming
from datasets.actions.datasets import delete_dataset
from datasets.actions.ingest import ingest_image
from datasets.actions.uploads import sweep_uploads
from datasets.models import Dataset, Image, UploadSession
from modelship.audit.models import AuditEntry
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from modelship.lib.clock import now
from tests.datasets.pictures import picture
from tests.datasets.uploads import TUS, announce, begun, complete, files_left, send


def test_an_announced_file_says_where_its_bytes_go(alice, dataset):
    answer = announce(alice, dataset, metadata={"camera": "north"}, content_type="image/png")

    body = answer.json()
    upload = body["upload"]
    assert answer["Location"] == f"/api/v1/uploads/{upload['id']}"
    assert body["tus"] == {"url": f"/api/v1/uploads/tus/{upload['id']}"}
    assert body["put"] is None
    assert (upload["kind"], upload["state"], upload["offset"], upload["verdict"]) == ("tus", "open", 0, None)
    assert AuditEntry.objects.filter(verb="upload.created", subject=f"upload:{upload['id']}").exists()


def test_a_file_in_two_pieces_becomes_a_picture_and_its_verdict_stays(alice, dataset):
    data = picture(1)
    digest = hashlib.sha256(data).hexdigest()
    upload = begun(alice, dataset, filename="quay/a.png", size=len(data), sha256=digest, metadata={"k": 1})

    first, second = send(alice, upload, data[:50]), send(alice, upload, data[50:], 50)
    done, again = complete(alice, upload), complete(alice, upload)

    assert [answer["Upload-Offset"] for answer in (first, second)] == ["50", str(len(data))]
    [verdict] = done.json()["results"]
    assert (done.status_code, verdict["status"], verdict["problem"]) == (200, "created", None)
    assert verdict["image"]["sha256"] == digest
    assert Image.objects.get().metadata == {"path": "quay/a.png", "k": 1}
    assert again.json() == done.json()
    assert done.json()["upload"]["state"] == "done"
    assert files_left() == []


def test_a_file_that_is_here_already_is_a_duplicate(alice, dataset):
    for _ in range(2):
        upload = begun(alice, dataset)
        send(alice, upload, picture())
        answer = complete(alice, upload)

    assert answer.json()["results"][0]["status"] == "duplicate"
    assert Image.objects.count() == 1


@pytest.mark.parametrize(
    ("announced", "data", "code"),
    [
        ({"sha256": "0" * 64}, picture(), "sha256_mismatch"),
        ({"content_type": "image/jpeg"}, picture(), "type_mismatch"),
        ({"filename": "a.jpg"}, picture(), "type_mismatch"),
        ({"filename": "a.zip"}, picture(), "type_mismatch"),
        ({"size": 5}, b"hello", "not_an_image"),
    ],
)
def test_other_bytes_than_announced_are_refused_for_good(alice, dataset, announced, data, code):
    upload = begun(alice, dataset, **announced)
    send(alice, upload, data)

    answer, again = complete(alice, upload), complete(alice, upload)

    [verdict] = answer.json()["results"]
    assert (answer.status_code, verdict["status"], verdict["problem"]["code"]) == (207, "refused", code)
    assert answer.json() == again.json()
    assert answer.json()["upload"]["state"] == "failed"
    assert not Image.objects.exists()
    assert files_left() == []


def test_missing_bytes_can_still_come(alice, dataset):
    upload = begun(alice, dataset)
    send(alice, upload, picture()[:10])

    early = complete(alice, upload)
    send(alice, upload, picture()[10:], 10)

    assert (early.status_code, early.json()["code"], early.json()["offset"]) == (409, "incomplete", 10)
    assert complete(alice, upload).json()["results"][0]["status"] == "created"


def test_what_could_never_be_taken_is_refused_before_a_byte(alice, dataset, settings):
    settings.MODELSHIP_MAX_FILE_BYTES = 5_000
    settings.MODELSHIP_MAX_ARCHIVE_BYTES = 9_000

    answers = [
        announce(alice, dataset, size=5_001),
        announce(alice, dataset, filename="a.tar.gz", size=9_001),
        announce(alice, dataset, size=0),
        announce(alice, dataset, size="12"),
        announce(alice, dataset, sha256="xyz"),
        announce(alice, dataset, metadata=[]),
        announce(alice, dataset, filename=" "),
        announce(alice, dataset, filename="a.exe"),
        announce(alice, dataset, filename="jpg"),
    ]

    assert [answer.status_code for answer in answers] == [413, 413, 422, 400, 400, 400, 400, 415, 415]
    assert answers[0].json()["limit"] == 5_000
    assert announce(alice, dataset, filename="a.zip", size=9_000).status_code == 201
    assert UploadSession.objects.count() == 1


def test_a_table_takes_no_uploads(alice, project):
    table = Dataset.objects.create(tenant=alice.tenant, project=project, name="Rows", kind="table")

    assert announce(alice, table).json()["code"] == "wrong_kind"


def test_an_aborted_upload_leaves_nothing(alice, dataset):
    upload = begun(alice, dataset)
    send(alice, upload, picture()[:10])

    answer = alice.api.delete(f"/api/v1/uploads/{upload['id']}")

    assert answer.status_code == 204
    assert alice.api.get(f"/api/v1/uploads/{upload['id']}").status_code == 404
    assert files_left() == []
    assert AuditEntry.objects.filter(verb="upload.aborted").exists()


def test_an_upload_that_nobody_goes_on_with_expires(alice, dataset):
    upload = begun(alice, dataset)
    send(alice, upload, picture()[:10])
    UploadSession.objects.update(expires_at=now() - timedelta(seconds=1))

    late = [send(alice, upload, picture()[10:], 10), complete(alice, upload)]
    begun(alice, dataset)
    queued = Job.objects.filter(kind="datasets.sweep_uploads").count()
    swept = sweep_uploads()

    assert [answer.status_code for answer in late] == [410, 410]
    assert (queued, swept) == (1, 1)
    assert UploadSession.objects.get(pk=upload["id"]).state == "expired"
    assert files_left() == []


def test_what_a_dead_judge_left_is_judged_and_the_image_is_his(alice, dataset):
    upload = begun(alice, dataset)
    send(alice, upload, picture())
    session = UploadSession.objects.get(pk=upload["id"])
    with incoming.open_arrived(session) as file:
        ingest_image(dataset, session.filename, file, actor=alice.actor)
    UploadSession.objects.update(state="completing")

    answer = complete(alice, upload)

    assert answer.json()["results"][0]["status"] == "created"
    assert Image.objects.count() == 1


def test_bytes_under_way_into_a_deleted_dataset_are_freed(alice, dataset):
    upload = begun(alice, dataset)
    send(alice, upload, picture()[:10])

    delete_dataset(alice.actor, dataset)
    left = files_left()
    run_queued(["datasets.free_bytes"])

    assert len(left) == 1
    assert files_left() == []


def test_a_stranger_meets_nothing_on_any_verb(alice, charlie, bob, dataset):
    upload = begun(alice, dataset)
    send(alice, upload, picture()[:10])
    absent = {"id": str(uuid4()), "url": f"/api/v1/uploads/tus/{uuid4()}"}

    def tries(person, one):
        tail = {"headers": TUS}
        return [
            person.api.get(f"/api/v1/uploads/{one['id']}"),
            person.api.delete(f"/api/v1/uploads/{one['id']}"),
            complete(person, one),
            person.api.get(f"/api/v1/uploads/{one['id']}/verdicts"),
            person.api.head(one["url"], **tail),
            send(person, one, picture()[10:], 10),
            person.api.delete(one["url"], **tail),
        ]

    assert [answer.status_code for answer in tries(charlie, upload)] == [404] * 7
    assert [answer.status_code for answer in tries(charlie, absent)] == [404] * 7
    assert [answer.status_code for answer in tries(bob, upload)] == [403] * 7
    assert announce(charlie, dataset).status_code == 404
    send(alice, upload, picture()[10:], 10)
    assert complete(alice, upload).json()["results"][0]["status"] == "created"

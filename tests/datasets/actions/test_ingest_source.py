"""A dataset is filled from a folder: once each, changes noticed, nothing written when nothing changed."""

import os
import threading
from pathlib import Path

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from datasets.models import Dataset, Image, Source, SourceFile
from modelship.audit.models import AuditEntry
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.datasets.pictures import picture
from tests.datasets.sources.folder import add_source, counts, filled, ingest, replace, row, send
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path: Path):
    with override_settings(MODELSHIP_SOURCE_FOLDERS=[str(tmp_path)]):
        yield filled(tmp_path / "quay", 4)


@pytest.fixture
def source(alice: Person, dataset: Dataset, folder: Path) -> Source:
    return add_source(alice, dataset, "local", {"folder": str(folder)})


def test_each_file_becomes_a_picture_and_a_bad_one_a_reason(source: Source, alice: Person, folder: Path):
    (folder / "again.png").write_bytes(picture(0))
    (folder / "torn.png").write_bytes(picture(9)[:50])
    (folder / "deep").mkdir()
    (folder / "deep/five.png").write_bytes(picture(5))

    job = ingest(alice, source)

    assert counts(job) == {"created": 5, "duplicate": 1, "refused": 1}
    assert {image.metadata["path"] for image in Image.objects.all()} >= {"deep/five.png", "0001.png"}
    [told] = alice.api.get(f"/api/v1/sources/{source.id}/files?status=refused").json()["results"]
    assert (told["key"], told["problem"]["status"]) == ("torn.png", 422)
    status = alice.api.get(f"/api/v1/ingest/status?source={source.id}").json()
    assert (status["stage"], status["processed"], status["total"], status["percent"]) == ("done", 7, 7, 100.0)
    assert status["errors"]["last"] == [{"key": "torn.png", "problem": told["problem"]}]


def test_hidden_files_and_folders_are_left_alone(source: Source, alice: Person, folder: Path):
    (folder / ".thumbnails").mkdir()
    for name in ("._0001.png", ".thumbnails/small.png"):
        (folder / name).write_bytes(picture(7))

    assert counts(ingest(alice, source)) == {"created": 4}


def test_a_second_run_writes_nothing(source: Source, alice: Person):
    ingest(alice, source)
    entries = AuditEntry.objects.count()

    with CaptureQueriesContext(connection) as queries:
        job = ingest(alice, source)

    assert counts(job) == {"unchanged": 4}
    writes = [one["sql"] for one in queries if one["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert [sql for sql in writes if "jobs_job" not in sql and "audit_" not in sql] == []
    assert AuditEntry.objects.count() == entries + 1


def test_a_changed_file_is_read_again_and_the_old_picture_kept(source: Source, alice: Person, folder: Path):
    ingest(alice, source)
    old = row(source, "0001.png").image
    replace(folder / "0001.png", picture(77))
    os.utime(folder / "0002.png", (1, 1))

    job = ingest(alice, source)

    assert counts(job) == {"changed": 1, "unchanged": 3}
    new = row(source, "0001.png").image
    assert new.id != old.id
    assert new.metadata == {"path": "0001.png", "replaces": str(old.id)}
    assert Image.objects.count() == 5
    assert counts(ingest(alice, source)) == {"unchanged": 4}


def test_a_run_that_is_under_way_is_not_started_twice(source: Source, alice: Person):
    first = send(alice, "post", "ingest", {"source": str(source.id)})
    second = send(alice, "post", "ingest", {"source": str(source.id)})

    assert (first.status_code, first.json()["status"]) == (202, "started")
    assert (second.status_code, second.json()["status"]) == (200, "already_running")
    assert first.json()["job"]["id"] == second.json()["job"]["id"]
    assert alice.api.get(f"/api/v1/ingest/status?source={source.id}").json()["stage"] == "queued"
    run_queued(["datasets.ingest"])
    assert Image.objects.count() == 4


def test_a_file_that_never_stands_still_is_refused_and_read_by_the_next_run(
    source: Source, alice: Person, folder: Path
):
    restless, stop = folder / "restless.png", threading.Event()

    def change() -> None:
        number = 1000
        while not stop.is_set():
            number += 1
            replace(restless, picture(number % 60000) + b"\0" * (number % 50))

    writer = threading.Thread(target=change)
    writer.start()
    try:
        job = ingest(alice, source)
    finally:
        stop.set()
        writer.join()
    found = row(source, "restless.png")
    # Lucky reads are whole ones; a torn one is never in.
    assert found.status in ("refused", "ingested")
    if found.status == "refused":
        assert found.problem["code"] == "changing"
    restless.write_bytes(picture(4242))
    assert counts(ingest(alice, source))["unchanged"] == 4
    assert row(source, "restless.png").status == "ingested"
    assert job.state == "succeeded"


def test_a_source_that_is_away_fails_the_job_with_a_reason_and_can_be_retried(
    source: Source, alice: Person, folder: Path
):
    hidden = folder.rename(folder.with_name("elsewhere"))
    send(alice, "post", "ingest", {"source": str(source.id)})
    Job.objects.update(max_attempts=1)

    run_queued(["datasets.ingest"])

    job = Job.objects.get(kind="datasets.ingest")
    assert (job.state, job.error["code"]) == ("failed", "folder_away")
    assert alice.api.get(f"/api/v1/ingest/status?source={source.id}").json()["stage"] == "failed"
    hidden.rename(folder)
    assert alice.api.post(f"/api/v1/jobs/{job.id}/retry").status_code == 202
    run_queued(["datasets.ingest"])
    assert Image.objects.count() == 4


def test_a_file_beside_others_that_cannot_be_read_ends_nothing(source: Source, alice: Person, folder: Path):
    (folder / "link.png").symlink_to("/etc/passwd")
    (folder / ("x" * 120 + "\n.png")).write_bytes(picture(50))

    job = ingest(alice, source)

    assert counts(job) == {"created": 4, "refused": 1}
    [problem] = SourceFile.objects.filter(status="refused").values_list("problem", flat=True)
    assert problem["code"] == "bad_key"
    assert counts(ingest(alice, source)) == {"unchanged": 5}


def test_a_deleted_picture_stays_deleted(source: Source, alice: Person):
    ingest(alice, source)
    image = row(source, "0000.png").image
    alice.api.delete(f"/api/v1/images/{image.id}")

    assert counts(ingest(alice, source)) == {"unchanged": 4}
    assert Image.objects.count() == 3


def test_only_files_that_the_filter_lets_through_come_in(alice: Person, dataset: Dataset, folder: Path):
    (folder / "deep").mkdir()
    (folder / "deep/0009.png").write_bytes(picture(9))
    source = add_source(
        alice, dataset, "local", {"folder": str(folder), "pattern": "*1.png, 0009*", "recursive": "no"}
    )

    ingest(alice, source)

    assert list(Image.objects.values_list("filename", flat=True)) == ["0001.png"]


def test_a_source_that_is_deleted_leaves_its_pictures(source: Source, alice: Person):
    ingest(alice, source)

    assert alice.api.delete(f"/api/v1/sources/{source.id}").status_code == 204

    assert (Image.objects.count(), SourceFile.objects.count()) == (4, 0)

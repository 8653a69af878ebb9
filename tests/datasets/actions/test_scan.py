"""A scan tells what differs between a place and the database; applied, it puts that right."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import override_settings

from datasets.models import Blob, Dataset, Image, Source, SourceFile
from datasets.storage import blob_path, put_bytes
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.datasets.pictures import picture, upload
from tests.datasets.sources.folder import add_source, filled, ingest, replace, row, send
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path: Path):
    with override_settings(MODELSHIP_SOURCE_FOLDERS=[str(tmp_path)]):
        yield filled(tmp_path / "quay", 4)


@pytest.fixture
def source(alice: Person, dataset: Dataset, folder: Path) -> Source:
    source = add_source(alice, dataset, "local", {"folder": str(folder)})
    ingest(alice, source)
    filled(folder, 2, start=50)
    replace(folder / "0001.png", picture(99))
    os.unlink(folder / "0002.png")
    return source


def scan(person: Person, **asked: Any) -> Job:
    answer = send(person, "post", "database/scan", asked)
    assert answer.status_code == 202, answer.content
    run_queued(["datasets.scan"])
    job = Job.objects.get(id=answer.json()["job"]["id"])
    assert job.state == "succeeded", job.error
    return job


def found(person: Person, job: Job, kind: str) -> list[str]:
    answer = person.api.get(f"/api/v1/database/scan?job={job.id}&kind={kind}")
    return [one["subject"] for one in answer.json()["results"]]


def test_a_look_tells_and_changes_nothing(source: Source, alice: Person):
    before = list(SourceFile.objects.order_by("id").values())

    job = scan(alice, source=str(source.id))

    assert {name: job.result[name] for name in ("new", "changed", "missing", "orphaned")} == {
        "new": 2,
        "changed": 1,
        "missing": 1,
        "orphaned": 0,
    }
    assert found(alice, job, "new") == ["0050.png", "0051.png"]
    assert found(alice, job, "changed") == ["0001.png"]
    assert found(alice, job, "missing") == ["0002.png"]
    assert list(SourceFile.objects.order_by("id").values()) == before
    assert Image.objects.count() == 4


def test_applied_it_brings_in_what_is_new_and_marks_what_is_missing(source: Source, alice: Person):
    scan(alice, source=str(source.id), apply=True)

    assert Image.objects.count() == 7
    assert row(source, "0002.png").status == "missing"
    assert row(source, "0002.png").image is not None
    again = scan(alice, source=str(source.id))
    assert [again.result[kind] for kind in ("new", "changed", "missing")] == [0, 0, 0]


def test_what_it_brings_in_makes_a_version_as_an_import_does(source: Source, alice: Person):
    scan(alice, source=str(source.id))
    scan(alice, source=str(source.id), apply=True)

    versions = source.dataset.versions.order_by("number")
    assert [(version.source, version.message) for version in versions][-1:] == [
        ("ingest", f"After importing 3 pictures from {source.name}.")
    ]


def test_a_file_that_is_back_is_known_again(source: Source, alice: Person, folder: Path):
    scan(alice, source=str(source.id), apply=True)
    (folder / "0002.png").write_bytes(picture(2))

    ingest(alice, source)

    assert row(source, "0002.png").status == "ingested"
    assert Image.objects.count() == 7


def test_storage_that_lost_bytes_or_holds_more_than_it_should_is_told_and_freed(
    alice: Person, dataset: Dataset
):
    lost = upload(alice, dataset, "lost.png", picture(1))
    kept = upload(alice, dataset, "kept.png", picture(2))
    default_storage.delete(blob_path(Blob.objects.get(sha256=lost["sha256"])))
    orphan = f"t/{alice.tenant.id}/blobs/ab/ab{'0' * 62}"
    default_storage.save(orphan, ContentFile(b"nobody's"))
    unheld = put_bytes(alice.tenant, b"held by nothing", "image/png")

    look = scan(alice, dataset=str(dataset.id))

    assert (look.result["missing"], look.result["orphaned"]) == (1, 2)
    assert found(alice, look, "missing") == [f"lost.png ({lost['sha256']})"]
    assert default_storage.exists(orphan)

    scan(alice, dataset=str(dataset.id), apply=True)

    assert not default_storage.exists(orphan)
    assert not Blob.objects.filter(pk=unheld.pk).exists()
    assert default_storage.exists(blob_path(Blob.objects.get(sha256=kept["sha256"])))
    assert scan(alice, dataset=str(dataset.id)).result["orphaned"] == 0
    assert Image.objects.count() == 2


def test_a_scan_is_of_one_thing_and_for_managers(
    source: Source, alice: Person, bob: Person, dataset: Dataset
):
    for body in ({}, {"source": str(source.id), "dataset": str(dataset.id)}):
        assert send(alice, "post", "database/scan", body).status_code == 400
    assert send(bob, "post", "database/scan", {"source": str(source.id)}).status_code == 403
    assert not Job.objects.filter(kind="datasets.scan").exists()


def test_health_is_for_managers(source: Source, alice: Person, bob: Person):
    job = scan(alice, source=str(source.id))

    health = alice.api.get("/api/v1/database/health").json()

    assert (health["status"], health["migrations_pending"]) == ("ok", 0)
    assert health["storage"] == {"status": "ok"}
    assert (health["counts"]["images"], health["counts"]["sources"]) == (4, 1)
    assert health["last_scan"]["id"] == str(job.id)
    assert bob.api.get("/api/v1/database/health").status_code == 403


def test_an_unknown_kind_of_finding_is_refused_with_and_without_a_scan(alice: Person):
    answer = alice.api.get("/api/v1/database/scan?kind=lost")

    assert (answer.status_code, answer.json()["field"]) == (400, "kind")

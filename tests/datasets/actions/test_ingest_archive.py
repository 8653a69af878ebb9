"""A dataset is filled from an archive as from any other source: over REST, with a real bucket behind it."""

from pathlib import Path

import pytest
from django.test import override_settings

from datasets.models import Dataset, Image, Source
from datasets.sources.local import LocalReader
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.datasets.actions.test_scan import found, scan
from tests.datasets.pictures import picture
from tests.datasets.sources.folder import add_source, counts, ingest, row, send
from tests.datasets.sources.servers.s3 import Bucket, serving_s3
from tests.datasets.uploads import tarred, zipped
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)
PICTURES = [(f"deep/{number}.png", picture(number)) for number in range(4)]
HIDDEN = "hunter2-hunter2"


@pytest.fixture
def bucket():
    with serving_s3() as bucket, override_settings(MODELSHIP_OUTBOUND_ALLOW=[bucket.place]):
        yield bucket


@pytest.fixture
def source(bucket: Bucket, alice: Person, dataset: Dataset) -> Source:
    bucket["2026/quay.zip"] = zipped(
        *PICTURES, ("again.png", PICTURES[0][1]), ("torn.png", PICTURES[1][1][:40])
    )
    config = {
        "place": "s3",
        "path": "2026/quay.zip",
        "bucket": "harbour",
        "endpoint": bucket.url,
        "access_key": "alice",
        "secret_key": HIDDEN,
    }
    return add_source(alice, dataset, "archive", config)


def test_each_member_becomes_a_picture_or_a_reason_and_a_second_run_reads_none(source: Source, alice: Person):
    assert counts(ingest(alice, source)) == {"created": 4, "duplicate": 1, "refused": 1}
    assert {image.metadata["path"] for image in Image.objects.all()} == {name for name, _ in PICTURES}
    before = list(source.files.order_by("id").values())

    assert counts(ingest(alice, source)) == {"unchanged": 6}

    assert list(source.files.order_by("id").values()) == before
    files = alice.api.get(f"/api/v1/sources/{source.id}/files?status=refused").json()["results"]
    assert [(one["key"], one["problem"]["status"]) for one in files] == [("torn.png", 422)]
    assert HIDDEN not in alice.api.get(f"/api/v1/sources/{source.id}").content.decode()


def test_another_archive_at_the_same_place_is_noticed_member_by_member(
    source: Source, bucket: Bucket, alice: Person
):
    ingest(alice, source)
    bucket["2026/quay.zip"] = zipped(PICTURES[0], ("deep/1.png", picture(77)), ("new.png", picture(88)))

    look = scan(alice, source=str(source.id))
    assert found(alice, look, "new") == ["new.png"]
    assert found(alice, look, "changed") == ["deep/1.png"]
    assert sorted(found(alice, look, "missing")) == ["again.png", "deep/2.png", "deep/3.png", "torn.png"]
    scan(alice, source=str(source.id), apply=True)

    assert row(source, "deep/1.png").image.metadata["path"] == "deep/1.png"
    assert row(source, "deep/2.png").status == "missing"
    assert Image.objects.count() == 6
    assert counts(ingest(alice, source)) == {"unchanged": 3}


def test_trying_shows_the_first_members_or_a_large_archive_itself(
    source: Source, alice: Person, monkeypatch: pytest.MonkeyPatch
):
    tried = send(alice, "post", f"sources/{source.id}/test").json()
    monkeypatch.setattr("datasets.sources.archive.QUICK_BYTES", 10)
    large = send(alice, "post", f"sources/{source.id}/test").json()

    assert [one["key"] for one in tried["files"]] == [name for name, _ in PICTURES] + ["again.png"]
    assert [one["key"] for one in large["files"]] == ["2026/quay.zip"]


def test_an_archive_that_must_not_be_read_fails_the_run_with_the_reason(
    source: Source, bucket: Bucket, alice: Person, settings
):
    settings.MODELSHIP_MAX_ARCHIVE_ENTRIES = 5

    assert send(alice, "post", f"sources/{source.id}/test").json()["code"] == "too_many_entries"
    job = ingest(alice, source)

    assert (job.state, job.error["code"]) == ("failed", "too_many_entries")
    assert not Image.objects.exists()
    del bucket["2026/quay.zip"]
    assert send(alice, "post", f"sources/{source.id}/test").json()["field"] == "path"


def test_the_archive_is_fetched_once_for_a_run(
    alice: Person, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    fetches = []
    with override_settings(MODELSHIP_SOURCE_FOLDERS=[str(tmp_path)], MODELSHIP_CHILDREN=4):
        (tmp_path / "quay.tgz").write_bytes(tarred(*PICTURES))
        source = add_source(alice, dataset, "archive", {"place": "local", "path": str(tmp_path / "quay.tgz")})
        fetch = LocalReader.fetch
        monkeypatch.setattr(LocalReader, "fetch", lambda *args: fetches.append(args[1].key) or fetch(*args))

        assert counts(ingest(alice, source)) == {"created": 4}

    assert fetches == ["quay.tgz"]


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"place": "local", "path": "/etc/quay.zip"}, "folder_denied"),
        ({"place": "http", "path": "https://169.254.169.254/quay.zip"}, "address_denied"),
        ({"place": "s3", "path": "a.zip", "bucket": "b", "endpoint": "https://10.0.0.1"}, "address_denied"),
        ({"place": "sftp", "path": "a.zip", "host": "127.0.0.1", "user": "a"}, "address_denied"),
        ({"place": "s3", "path": "a.zip"}, "missing"),
        ({"place": "archive", "path": "a.zip"}, "malformed"),
    ],
)
def test_a_place_that_may_not_be_opened_is_not_kept(alice: Person, dataset: Dataset, config: dict, code: str):
    body = {"dataset": str(dataset.id), "kind": "archive", "name": "Quay", "config": config}

    answer = send(alice, "post", "sources", body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not Source.objects.exists()


def test_a_run_that_was_killed_goes_on_with_what_is_left(source: Source, alice: Person):
    ingest(alice, source)
    source.files.filter(key="deep/3.png").update(status="new")
    Image.objects.filter(metadata__path="deep/3.png").delete()
    send(alice, "post", "ingest", {"source": str(source.id)})

    run_queued(["datasets.ingest"])

    assert Job.objects.filter(state="succeeded").count() == 2
    assert row(source, "deep/3.png").status == "ingested"
    assert Image.objects.count() == 4

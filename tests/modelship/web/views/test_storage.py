"""The pages of storage: scans found by kind and name, orphaned bytes freed once agreed to, health for managers."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import override_settings

from datasets.models import Blob, Dataset, Image, Source
from datasets.storage import blob_path
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.datasets.pictures import picture, upload
from tests.datasets.sources.folder import add_source, filled, ingest, replace
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def orphan(alice: Person, dataset: Dataset) -> str:
    """Bytes without a row, beside a picture whose bytes are gone and one that is whole."""
    lost = upload(alice, dataset, "lost.png", picture(1))
    upload(alice, dataset, "kept.png", picture(2))
    default_storage.delete(blob_path(Blob.objects.get(sha256=lost["sha256"])))
    name = f"ab{'0' * 62}"
    default_storage.save(f"t/{alice.tenant.id}/blobs/ab/{name}", ContentFile(b"nobody's"))
    return name


def pressed(person: Person, path: str, act: str) -> str:
    answer = person.browser.post(path, {"act": act}, follow=True)
    run_queued(["datasets.scan"])
    return answer.content.decode()


def text(person: Person, path: str) -> str:
    answer = person.browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_scan_of_stored_bytes_is_told_by_kind_and_name_and_changes_nothing(
    orphan: str, alice: Person, dataset: Dataset
):
    path = f"/datasets/{dataset.id}/storage/"
    assert "Never scanned" in text(alice, path)

    assert "The scan has started." in pressed(alice, path, "scan")

    page = text(alice, path)
    assert "1 picture whose bytes are missing, 1 orphaned file" in page
    assert "lost.png (" in page
    assert orphan in page
    of_one_kind = text(alice, f"{path}?kind=missing")
    assert "lost.png (" in of_one_kind
    assert orphan not in of_one_kind
    assert default_storage.exists(f"t/{alice.tenant.id}/blobs/ab/{orphan}")


def test_orphaned_bytes_are_freed_when_asked_and_pictures_stay(orphan: str, alice: Person, dataset: Dataset):
    path = f"/datasets/{dataset.id}/storage/"
    assert "Free orphaned bytes" not in text(alice, path)
    pressed(alice, path, "scan")
    page = text(alice, path)
    assert "Free orphaned bytes" in page
    assert "This deletes 1 stored file of this workspace" in page

    pressed(alice, path, "free")

    assert not default_storage.exists(f"t/{alice.tenant.id}/blobs/ab/{orphan}")
    assert Image.objects.count() == 2
    assert "What the last scan freed" in text(alice, path)
    assert "Free orphaned bytes" not in text(alice, path)


def test_pressed_twice_one_scan_runs(alice: Person, dataset: Dataset):
    path = f"/datasets/{dataset.id}/storage/"
    alice.browser.post(path, {"act": "scan"})

    again = alice.browser.post(path, {"act": "scan"}, follow=True).content.decode()

    assert "It is being scanned already." in again
    assert Job.objects.filter(kind="datasets.scan").count() == 1
    assert alice.browser.post(path, {"act": "burn"}).status_code == 400


@pytest.fixture
def source(alice: Person, dataset: Dataset, tmp_path: Path):
    with override_settings(MODELSHIP_SOURCE_FOLDERS=[str(tmp_path)]):
        folder = filled(tmp_path / "quay", 3)
        source = add_source(alice, dataset, "local", {"folder": str(folder)})
        ingest(alice, source)
        filled(folder, 60, start=100)
        replace(folder / "0001.png", picture(99))
        (folder / "0002.png").unlink()
        yield source


def test_what_a_scan_of_a_source_found_is_listed_in_pages_and_applied(source: Source, alice: Person):
    path, act = f"/sources/{source.id}/scan/", f"/sources/{source.id}/act/"
    assert "Never scanned" in text(alice, path)
    alice.browser.post(act, {"act": "scan", "back": "scan"})
    run_queued(["datasets.scan"])

    assert "See the files" in text(alice, f"/sources/{source.id}/")
    first = text(alice, f"{path}?kind=new")
    assert 'New <span class="faint">60</span>' in first
    assert "0100.png" in first
    assert "0159.png" not in first
    assert 'rel="next"' in first
    assert "0001.png" in text(alice, f"{path}?kind=changed")
    assert "0002.png" in text(alice, f"{path}?kind=missing")

    answer = alice.browser.post(act, {"act": "apply", "back": "scan"})
    run_queued(["datasets.scan"])

    assert answer.url == path
    assert Image.objects.count() == 64
    assert "What the last scan put right" in text(alice, path)


def test_only_who_manages_sees_and_does_it(
    source: Source, alice: Person, bob: Person, charlie: Person, dataset: Dataset
):
    storage, health = f"/datasets/{dataset.id}/storage/", "/settings/storage/"

    assert [bob.browser.get(path).status_code for path in (storage, health)] == [403, 403]
    assert bob.browser.post(storage, {"act": "free"}).status_code == 403
    assert charlie.browser.get(storage).status_code == 404
    assert charlie.browser.get(f"/sources/{source.id}/scan/").status_code == 404
    assert not Job.objects.filter(kind="datasets.scan").exists()
    assert health not in bob.browser.get("/").content.decode()
    assert health in alice.browser.get("/").content.decode()
    seen = text(bob, f"/sources/{source.id}/scan/")
    assert "Scan and apply" not in seen
    assert storage not in text(bob, f"/datasets/{dataset.id}/sources/")
    assert storage in text(alice, f"/datasets/{dataset.id}/sources/")


def test_health_tells_what_is_checked_and_where_to_scan(
    alice: Person, charlie: Person, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
):
    page = text(alice, "/settings/storage/")
    assert page.count("In order") == 4
    assert "A small file is written, read and deleted." in page
    assert f"/datasets/{dataset.id}/storage/" in page
    assert dataset.name not in text(charlie, "/settings/storage/")

    def broken(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(default_storage, "save", broken)

    page = text(alice, "/settings/storage/")
    assert page.count("Needs attention") == 2
    assert "PermissionError" in page

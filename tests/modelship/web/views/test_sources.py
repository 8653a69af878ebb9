"""The pages of sources: adding tells whether it works, secrets never come back, buttons do what they say."""

from pathlib import Path

import pytest
from django.test import override_settings

from datasets.actions.open_source import secrets_of
from datasets.models import Dataset, Image, Source
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.datasets.sources.folder import filled
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)
HIDDEN = "hunter2-hunter2"


@pytest.fixture
def folder(tmp_path: Path):
    with override_settings(MODELSHIP_SOURCE_FOLDERS=[str(tmp_path)]):
        yield filled(tmp_path / "quay", 3)


@pytest.fixture
def source(alice: Person, dataset: Dataset, folder: Path) -> Source:
    new = f"/datasets/{dataset.id}/sources/new/local/"
    answer = alice.browser.post(new, {"name": "Quay", "folder": str(folder), "recursive": "yes"}, follow=True)
    assert "The connection works. The first files: 0000.png, 0001.png, 0002.png." in answer.content.decode()
    return Source.objects.get()


def press(person: Person, source: Source, act: str):
    return person.browser.post(f"/sources/{source.id}/act/", {"act": act}, follow=True)


def test_import_brings_the_pictures_in_and_the_page_tells_what_became_of_each(source: Source, alice: Person):
    assert "The import has started." in press(alice, source, "import").content.decode()
    assert "It is being imported already." in press(alice, source, "import").content.decode()
    run_queued(["datasets.ingest"])

    page = alice.browser.get(f"/sources/{source.id}/").content.decode()

    assert Image.objects.count() == 3
    assert "3 created" in page
    assert page.count("Imported") == 3
    assert "3 in" in alice.browser.get(f"/datasets/{source.dataset_id}/sources/").content.decode()


def test_a_scan_tells_what_is_new(source: Source, alice: Person, folder: Path):
    press(alice, source, "scan")
    run_queued(["datasets.scan"])

    page = alice.browser.get(f"/sources/{source.id}/").content.decode()

    assert "3 new files, 0 changed, 0 missing, among 3 files at the source." in page
    press(alice, source, "apply")
    run_queued(["datasets.scan"])
    assert Image.objects.count() == 3


def test_what_is_wrong_is_told_at_its_field_and_nothing_is_kept(
    alice: Person, dataset: Dataset, source: Source
):
    new = f"/datasets/{dataset.id}/sources/new/local/"

    denied = alice.browser.post(new, {"name": "Other", "folder": "/x", "recursive": "yes"})
    with override_settings(MODELSHIP_SOURCE_FOLDERS=["/x"]):
        taken = alice.browser.post(new, {"name": "Quay", "folder": "/x", "recursive": "yes"})

    assert (denied.status_code, taken.status_code) == (422, 422)
    assert "This folder is not open to sources." in denied.content.decode()
    assert "named &#x27;Quay&#x27; already" in taken.content.decode()
    assert Source.objects.count() == 1


def test_a_secret_stays_where_its_field_is_left_empty_and_is_never_on_a_page(alice: Person, dataset: Dataset):
    place = "127.0.0.1:9"
    fields = {"name": "Bucket", "bucket": "harbour", "recursive": "yes", "endpoint": f"https://{place}"}
    new = f"/datasets/{dataset.id}/sources/new/s3/"
    with override_settings(MODELSHIP_OUTBOUND_ALLOW=[place]):
        alice.browser.post(new, {**fields, "access_key": "a", "secret_key": HIDDEN})
        source = Source.objects.get()
        changed = {**fields, "name": "Other", "access_key": "b"}
        answer = alice.browser.post(f"/sources/{source.id}/edit/", changed)

    assert answer.status_code == 302
    source.refresh_from_db()
    assert (source.name, source.config["access_key"]) == ("Other", "b")
    assert secrets_of(source) == {"secret_key": HIDDEN}
    for path in ("", "edit/"):
        page = alice.browser.get(f"/sources/{source.id}/{path}").content.decode()
        assert HIDDEN not in page
    told = press(alice, source, "test").content.decode()
    assert "The connection does not work yet." in told
    assert "MODELSHIP_OUTBOUND_ALLOW" in told


def test_deleting_leaves_the_pictures(source: Source, alice: Person):
    press(alice, source, "import")
    run_queued(["datasets.ingest"])

    answer = press(alice, source, "delete")

    assert "Its pictures stay." in answer.content.decode()
    assert (Source.objects.count(), Image.objects.count()) == (0, 3)


def test_a_reviewer_sees_and_may_press_nothing(source: Source, bob: Person):
    page = bob.browser.get(f"/sources/{source.id}/").content.decode()

    assert "Import now" not in page
    assert press(bob, source, "import").status_code == 403
    assert not Job.objects.exists()

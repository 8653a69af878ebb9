import hashlib
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import override_settings

from datasets.models import Blob
from datasets.storage import blob_path, delete_bytes, derived, derived_path, local_copy, open_blob, put_bytes
from tests.datasets.pictures import body_of, decoded, picture, upload

DATA = b"0123456789" * 1000
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.mark.parametrize("content", [DATA, io.BytesIO(DATA), ContentFile(DATA), [DATA[:5000], DATA[5000:]]])
def test_bytes_are_kept_under_their_digest(acme, media, content):
    blob = put_bytes(acme, content, "text/plain")

    assert (blob.sha256, blob.size, blob.content_type) == (DIGEST, 10_000, "text/plain")
    assert blob_path(blob) == f"t/{acme.id}/blobs/{DIGEST[:2]}/{DIGEST}"
    assert (media / blob_path(blob)).read_bytes() == DATA


def test_same_bytes_are_one_blob_and_one_write(acme, media):
    first = put_bytes(acme, DATA, "text/plain")
    written = (media / blob_path(first)).stat().st_mtime_ns

    second = put_bytes(acme, DATA, "text/plain")

    assert second == first
    assert Blob.objects.count() == 1
    assert (media / blob_path(first)).stat().st_mtime_ns == written


def test_tenants_share_nothing(alice, charlie):
    ours, theirs = (put_bytes(person.tenant, DATA, "text/plain") for person in (alice, charlie))

    assert ours != theirs
    assert blob_path(ours) != blob_path(theirs)


def test_half_a_file_left_by_a_crash_is_written_again(acme, media):
    blob = put_bytes(acme, DATA, "text/plain")
    (media / blob_path(blob)).write_bytes(DATA[:10])

    put_bytes(acme, DATA, "text/plain")

    assert (media / blob_path(blob)).read_bytes() == DATA


def test_failed_write_leaves_nothing_behind(acme, media):
    class Broken(ContentFile):
        def chunks(self, chunk_size=None):
            yield b"some"
            raise OSError("The disk is full.")

    with pytest.raises(OSError, match="disk"):
        default_storage.save("a/b", Broken(b"some"))

    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_files_are_private_to_the_server(acme, media):
    blob = put_bytes(acme, DATA, "text/plain")

    assert (media / blob_path(blob)).stat().st_mode & 0o077 == 0


def test_open_is_seekable_and_knows_its_size(acme):
    blob = put_bytes(acme, DATA, "text/plain")

    with open_blob(blob) as file:
        file.seek(9_995)
        assert (file.size, file.read()) == (10_000, b"56789")


def test_local_copy_is_gone_afterwards(acme):
    blob = put_bytes(acme, DATA, "text/plain")

    with local_copy(blob) as path, open(path, "rb") as file:
        copied = file.read()

    assert copied == DATA
    assert not Path(path).exists()


def test_derived_is_made_once(acme):
    blob = put_bytes(acme, DATA, "text/plain")
    calls = []

    def make(path):
        calls.append(path)
        with open(path, "wb") as file:
            file.write(b"small")

    with derived(blob, "small", make) as first, derived(blob, "small", make) as second:
        assert first.read() == second.read() == b"small"

    assert len(calls) == 1


def test_parallel_writers_all_see_whole_files(acme, media):
    blob = put_bytes(acme, DATA, "text/plain")
    gate = threading.Barrier(8)

    def write(number):
        def make(path):
            gate.wait(timeout=10)
            with open(path, "wb") as file:
                file.write(DATA)

        with derived(blob, "copy", make) as file:
            return file.read()

    with ThreadPoolExecutor(8) as threads:
        seen = set(threads.map(write, range(8)))

    assert seen == {DATA}
    assert [path.name for path in (media / derived_path(blob, "")).iterdir()] == ["copy"]


def test_deleting_takes_the_derived_along(acme, media):
    blob = put_bytes(acme, DATA, "text/plain")
    derived(blob, "small", lambda path: open(path, "wb").close()).close()

    delete_bytes(blob)
    delete_bytes(blob)

    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_storage_without_paths_serves_as_well(alice, dataset):
    """Object stores have no paths; neither has Django's storage in memory."""
    storages = {**settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    with override_settings(STORAGES=storages):
        image = upload(alice, dataset, "a.png", picture())
        again = put_bytes(alice.tenant, picture(), "image/png")
        original = body_of(alice.api.get(f"/api/v1/images/{image['id']}/data"))
        small = alice.api.get(f"/api/v1/images/{image['id']}/thumbnail?size=512")

        assert again.sha256 == image["sha256"]
        assert original == picture()
        assert decoded(small).size == (32, 16)
        delete_bytes(again)
        assert alice.api.get(f"/api/v1/images/{image['id']}/data").status_code == 503

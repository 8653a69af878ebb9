import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datasets.actions.ingest import Sent, ingest_image, ingest_images
from datasets.models import Blob, Dataset, Image
from datasets.storage import blob_path, derived_path
from modelship.audit.models import AuditEntry
from modelship.lib.errors import NotFound
from modelship.usage.models import Quota
from tests.datasets.pictures import bomb, encoded, flag, located, picture


def ingest(alice, dataset, data=None, name="a.png", **options):
    return ingest_image(dataset, name, picture() if data is None else data, actor=alice.actor, **options)


def test_image_enters_upright_with_thumbnails_and_an_audit_entry(alice, dataset, media):
    data = located("JPEG", orientation=6)

    verdict = ingest(alice, dataset, data, "folder/Quay.JPG", metadata={"keywords": ["boat"]})

    image = Image.objects.get()
    assert (verdict.status, verdict.image, verdict.problem) == ("created", image, None)
    assert (image.width, image.height, image.orientation, image.format) == (20, 40, 6, "JPEG")
    assert (image.filename, image.ordinal, image.state) == ("Quay.JPG", 1, "new")
    assert (image.metadata, image.created_by) == ({"keywords": ["boat"]}, alice.user)
    assert (media / blob_path(image.blob)).read_bytes() == data
    assert sorted(path.name for path in (media / derived_path(image.blob, "")).iterdir()) == [
        "thumb-1024.jpg",
        "thumb-256.jpg",
    ]
    entry = AuditEntry.objects.get(verb="image.created")
    assert entry.subject == f"image:{image.id}"
    assert entry.facts["has_gps"] is True


def test_ordinals_count_up(alice, dataset):
    verdicts = [ingest(alice, dataset, picture(number)) for number in range(3)]

    assert [verdict.image.ordinal for verdict in verdicts] == [1, 2, 3]


def test_same_bytes_are_a_duplicate_in_one_dataset_and_new_in_another(alice, dataset, project):
    other = Dataset.objects.create(tenant=alice.tenant, project=project, name="South quay")
    first = ingest(alice, dataset)

    again, elsewhere = ingest(alice, dataset, name="b.png"), ingest(alice, other)

    assert (again.status, again.image, again.filename) == ("duplicate", first.image, "b.png")
    assert elsewhere.status == "created"
    assert (Image.objects.count(), Blob.objects.count()) == (2, 1)


@pytest.mark.parametrize(
    ("file", "status", "code"),
    [
        ((b"", "a.png", ""), 422, "empty_file"),
        ((b"hello", "a.png", ""), 422, "not_an_image"),
        ((picture(), "a.jpg", ""), 415, "type_mismatch"),
        ((picture(), "a.png", "image/gif"), 415, "type_mismatch"),
        ((b"<svg onload=alert(1)>", "a.svg", "image/svg+xml"), 415, "unsupported_type"),
        ((picture()[:60], "a.png", "image/png"), 422, "truncated"),
        ((bomb(40_000, 40_000), "a.png", ""), 422, "too_many_pixels"),
        ((bomb(100_001, 2), "a.png", ""), 422, "side_too_long"),
    ],
)
def test_bad_file_is_refused_and_changes_nothing(alice, dataset, media, file, status, code):
    data, name, declared = file

    verdict = ingest(alice, dataset, data, name, declared_type=declared)

    assert verdict.status == "refused"
    assert (verdict.problem.status, verdict.problem.code) == (status, code)
    assert verdict.problem.detail.endswith(".")
    assert not Image.objects.exists()
    assert not Blob.objects.exists()
    assert not media.exists()
    assert not AuditEntry.objects.filter(verb="image.created").exists()


def test_large_file_is_refused_before_it_is_read(alice, dataset, settings):
    settings.MODELSHIP_MAX_FILE_BYTES = 100

    class Unread(SimpleUploadedFile):
        def chunks(self, chunk_size=None):
            raise AssertionError("must not be read")

    verdict = ingest_image(dataset, "a.png", Unread("a.png", b"x" * 101), actor=alice.actor)

    assert (verdict.problem.status, verdict.problem.code) == (413, "file_too_large")
    assert verdict.problem.extra["limit"] == 100


def test_metadata_that_may_not_be_kept_is_refused(alice, dataset):
    verdict = ingest(alice, dataset, metadata={"description": "d" * 1025})

    assert (verdict.status, verdict.problem.code) == ("refused", "too_long")
    assert not Image.objects.exists()


def test_decoder_out_of_memory_is_a_refusal(alice, dataset, monkeypatch):
    monkeypatch.setattr("datasets.actions.render.BASE_MEMORY", 0)
    monkeypatch.setattr("datasets.actions.render.BYTES_PER_PIXEL", 0)

    # More than a child that worked before may still have at hand.
    verdict = ingest(alice, dataset, encoded(flag(5000, 5000)))

    assert (verdict.status, verdict.problem.code) == ("refused", "decode_limit")
    assert not Image.objects.exists()


def test_dataset_that_is_gone_says_so(alice, dataset):
    Dataset.objects.filter(pk=dataset.pk).delete()

    with pytest.raises(NotFound):
        ingest(alice, dataset)

    assert not Image.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_parallel_uploads_of_one_file_create_one_image(alice, dataset):
    gate = threading.Barrier(6)

    def enter(number):
        gate.wait(timeout=10)
        try:
            return ingest(alice, dataset, name=f"{number}.png")
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        verdicts = list(threads.map(enter, range(6)))

    assert sorted(verdict.status for verdict in verdicts) == ["created"] + ["duplicate"] * 5
    assert len({verdict.image.id for verdict in verdicts}) == 1
    assert Image.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_parallel_uploads_of_many_files_get_distinct_ordinals(alice, dataset):
    def enter(number):
        try:
            return ingest(alice, dataset, picture(number))
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        verdicts = list(threads.map(enter, range(24)))

    assert {verdict.status for verdict in verdicts} == {"created"}
    assert sorted(verdict.image.ordinal for verdict in verdicts) == list(range(1, 25))


def test_many_files_are_judged_in_the_order_sent_and_few_are_taken_ahead(
    alice, dataset, settings, tmp_path, monkeypatch
):
    monkeypatch.setattr("datasets.actions.ingest.BATCH", 2)
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    contents = [picture(1), b"no picture", picture(2), picture(1), picture()[:60], picture(3)]
    taken = []

    def files():
        for number, data in enumerate(contents):
            taken.append(number)
            yield Sent(f"{number}.png", data)

    verdicts = ingest_images(dataset, files(), actor=alice.actor)
    first = next(verdicts)
    taken_ahead = len(taken)
    statuses = [first.status, *(verdict.status for verdict in verdicts)]

    assert statuses == ["created", "refused", "created", "duplicate", "refused", "created"]
    assert taken_ahead == 4
    assert list(dataset.images.order_by("ordinal").values_list("filename", flat=True)) == [
        "0.png",
        "2.png",
        "5.png",
    ]
    assert list(tmp_path.glob("staged-*")) == list(tmp_path.glob("renditions-*")) == []


def test_cut_off_ingest_leaves_no_file_behind(alice, dataset, settings, tmp_path, monkeypatch):
    monkeypatch.setattr("datasets.actions.ingest.BATCH", 2)
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    verdicts = ingest_images(
        dataset, (Sent(f"{number}.png", picture(number)) for number in range(5)), actor=alice.actor
    )

    next(verdicts)
    verdicts.close()

    assert Image.objects.count() == 2
    assert list(tmp_path.glob("staged-*")) == list(tmp_path.glob("renditions-*")) == []


def test_a_batch_takes_from_the_quota_what_fits(alice, dataset, media):
    contents = [picture(number) for number in range(4)]
    room = len(contents[0]) + len(contents[1])
    Quota.objects.create(tenant=alice.tenant, resource="storage", limit=room, used=0)

    verdicts = list(
        ingest_images(
            dataset, [Sent(f"{at}.png", data) for at, data in enumerate(contents)], actor=alice.actor
        )
    )

    assert [verdict.status for verdict in verdicts] == ["created", "created", "refused", "refused"]
    assert {verdict.problem.code for verdict in verdicts[2:]} == {"quota_exceeded"}
    assert Blob.objects.count() == Image.objects.count() == 2
    assert Quota.objects.get().used == room


def test_what_can_not_be_stored_is_refused_alone(alice, dataset, media):
    contents = [picture(number) for number in range(3)]
    digest = hashlib.sha256(contents[1]).hexdigest()
    # A folder lies where the file belongs.
    (media / f"t/{alice.tenant.id}/blobs/{digest[:2]}/{digest}").mkdir(parents=True)

    verdicts = list(
        ingest_images(
            dataset, [Sent(f"{at}.png", data) for at, data in enumerate(contents)], actor=alice.actor
        )
    )

    assert [verdict.status for verdict in verdicts] == ["created", "refused", "created"]
    assert verdicts[1].problem.code == "internal_error"
    assert sorted(Image.objects.values_list("filename", flat=True)) == ["0.png", "2.png"]


def test_a_batch_has_an_audit_entry_for_each_picture_in_one_chain(alice, dataset):
    before = AuditEntry.objects.count()
    contents = [picture(1), picture(2), picture(1), picture(3)]

    verdicts = list(
        ingest_images(
            dataset, [Sent(f"{at}.png", data) for at, data in enumerate(contents)], actor=alice.actor
        )
    )

    assert [verdict.status for verdict in verdicts] == ["created", "created", "duplicate", "created"]
    assert verdicts[2].image == verdicts[0].image
    entries = AuditEntry.objects.order_by("number")[before:]
    assert [entry.facts["filename"] for entry in entries] == ["0.png", "1.png", "3.png"]
    call_command("verify_audit")


def test_many_pictures_cost_few_statements_more_than_one(alice, dataset):
    ingest_image(dataset, "first.png", picture(0), actor=alice.actor)

    with CaptureQueriesContext(connection) as one:
        ingest_image(dataset, "one.png", picture(1), actor=alice.actor)
    with CaptureQueriesContext(connection) as many:
        files = [Sent(f"{number}.png", picture(number)) for number in range(2, 18)]
        assert {verdict.status for verdict in ingest_images(dataset, files, actor=alice.actor)} == {"created"}

    # Whether the bytes are held already is asked for each file.
    assert len(many) == len(one) + 15

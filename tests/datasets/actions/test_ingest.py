import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from datasets.actions.ingest import Sent, ingest_image, ingest_images
from datasets.models import Blob, Dataset, Image
from datasets.storage import blob_path, derived_path
from modelship.audit.models import AuditEntry
from modelship.lib.errors import NotFound
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


def test_many_files_are_judged_in_the_order_sent_and_few_are_taken_ahead(alice, dataset, settings, tmp_path):
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
    assert taken_ahead == settings.MODELSHIP_CHILDREN + 1
    assert list(dataset.images.order_by("ordinal").values_list("filename", flat=True)) == [
        "0.png",
        "2.png",
        "5.png",
    ]
    assert list(tmp_path.glob("staged-*")) == list(tmp_path.glob("renditions-*")) == []


def test_cut_off_ingest_leaves_no_file_behind(alice, dataset, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    verdicts = ingest_images(
        dataset, (Sent(f"{number}.png", picture(number)) for number in range(5)), actor=alice.actor
    )

    next(verdicts)
    verdicts.close()

    assert Image.objects.count() == 1
    assert list(tmp_path.glob("staged-*")) == list(tmp_path.glob("renditions-*")) == []

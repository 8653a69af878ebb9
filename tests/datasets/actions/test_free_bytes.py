import threading

import pytest
from django.db import connection

from annotations.models import Export
from datasets.actions.free_bytes import free_blob, unheld
from datasets.actions.images import delete_image
from datasets.actions.ingest import ingest_image
from datasets.jobs import free_bytes
from datasets.models import Blob, Image
from datasets.storage import blob_path, put_bytes
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from tests.datasets.pictures import picture


def test_held_bytes_stay(alice, dataset, media):
    image = ingest_image(dataset, "a.png", picture(), actor=alice.actor).image

    assert free_blob(image.blob_id) is False
    assert list(unheld(alice.tenant)) == []
    assert (media / blob_path(image.blob)).exists()


def test_the_file_of_an_export_stays(alice, dataset, media):
    blob = put_bytes(alice.tenant, b"labels", "text/csv")
    Export.objects.create(
        tenant=alice.tenant, project=dataset.project, dataset=dataset, format="csv", options={}, blob=blob
    )

    assert free_blob(blob.pk) is False
    assert list(unheld(alice.tenant)) == []
    assert (media / blob_path(blob)).exists()


def test_bytes_that_nothing_holds_go(alice, charlie, media):
    loose, foreign = (put_bytes(person.tenant, b"x", "text/plain") for person in (alice, charlie))

    assert list(unheld(alice.tenant)) == [loose.pk]
    assert free_blob(loose.pk) is True
    assert free_blob(loose.pk) is True

    assert list(Blob.objects.all()) == [foreign]
    assert [path.name for path in media.rglob("*") if path.is_file()] == [foreign.sha256]


@pytest.mark.django_db(transaction=True)
def test_upload_and_delete_of_the_same_bytes_at_once_never_lose_them(alice, dataset, media):
    stop = threading.Event()

    def delete():
        while not stop.is_set():
            for image in Image.objects.select_related("blob"):
                delete_image(alice.actor, image)
        connection.close()

    thread = threading.Thread(target=delete)
    thread.start()
    verdicts = [ingest_image(dataset, "a.png", picture(), actor=alice.actor) for _ in range(15)]
    stop.set()
    thread.join(timeout=30)

    assert {verdict.status for verdict in verdicts} <= {"created", "duplicate"}
    for blob in Blob.objects.all():
        assert (media / blob_path(blob)).read_bytes() == picture()


def test_a_project_that_goes_gives_its_bytes_back(alice, dataset, media):
    ingest_image(dataset, "a.png", picture(), actor=alice.actor)

    assert alice.api.delete(f"/api/v1/projects/{dataset.project_id}").status_code == 204
    job = Job.objects.get(kind="datasets.free_bytes")
    free_bytes(job, JobContext(job))

    assert not Blob.objects.exists()
    assert [path for path in media.rglob("*") if path.is_file()] == []

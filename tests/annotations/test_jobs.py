import threading
from uuid import uuid4

import pytest
from django.db import connection

from annotations.actions.export import run_export
from annotations.models import Export
from datasets.storage import delete_bytes
from modelship.jobs import lease
from modelship.jobs.actions import cancel
from modelship.jobs.context import JobContext
from modelship.jobs.errors import LeaseLost
from modelship.jobs.models import Job
from modelship.jobs.runner import run, run_queued
from tests.annotations.api.worlds import download, draw, exported, order, quay
from tests.annotations.formats.samples import members
from tests.datasets.pictures import body_of

pytestmark = pytest.mark.django_db


def claimed() -> JobContext:
    job = lease.claim(["export"])
    assert job is not None
    return JobContext(job, ticks_itself=True)


def test_a_cancelled_export_ends_without_a_file(alice, dataset):
    quay(alice, dataset)
    body = order(alice, dataset, format="zip").json()
    ctx = claimed()
    cancel(ctx.job, alice.actor)
    ctx._ticked_at -= 1

    ended = run(ctx)

    export = Export.objects.get(id=body["export"]["id"])
    assert (ended, export.job.state, export.blob) == ("stop", "cancelled", None)
    assert download(alice, export.id).json()["state"] == "cancelled"


def test_a_worker_that_lost_its_lease_lands_nothing(alice, dataset):
    quay(alice, dataset)
    order(alice, dataset)
    ctx = claimed()
    Job.objects.filter(id=ctx.job.id).update(lease_token=uuid4())

    with pytest.raises(LeaseLost):
        run_export(Export.objects.get(), ctx)

    assert Export.objects.get().blob is None


def test_the_job_of_a_killed_worker_ends_in_the_same_file(alice, dataset, settings):
    settings.MODELSHIP_JOB_LEASE_SECONDS = 0
    quay(alice, dataset)
    order(alice, dataset, format="zip")
    claimed()
    lease.sweep()
    settings.MODELSHIP_JOB_LEASE_SECONDS = 20

    run_queued(["export"])

    job = Job.objects.get(kind="export")
    assert (job.state, job.attempts) == ("succeeded", 2)
    assert body_of(download(alice, Export.objects.get().id)) == exported(alice, dataset, format="zip")


def test_a_picture_whose_bytes_are_lost_is_counted_and_the_rest_goes_out(alice, dataset):
    first, *_ = quay(alice, dataset)
    delete_bytes(first.blob)

    files = members(exported(alice, dataset, format="coco", include_images=True))

    result = Job.objects.get(kind="export").result
    assert result["skipped"] == {"picture_unreadable": 1}
    assert len([name for name in files if name.startswith("images/")]) == 2


@pytest.mark.django_db(transaction=True)
def test_edits_during_an_export_don_t_break_it(alice, dataset):
    first, *_ = quay(alice, dataset)
    order(alice, dataset)
    errors: list[Exception] = []

    def edit() -> None:
        try:
            for _ in range(10):
                draw(alice, first)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    editor = threading.Thread(target=edit)
    editor.start()
    run_queued(["export"])
    editor.join()

    assert errors == []
    assert Export.objects.get().blob is not None

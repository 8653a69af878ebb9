"""Pictures of an older release get what their ingest would find today."""

import io

import pytest
from django.core.management import call_command

from datasets.actions import measure
from datasets.actions.ingest import ingest_image
from datasets.models import Image
from datasets.storage import blob_path
from modelship.jobs import lease
from modelship.jobs.actions import cancel
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.jobs.runner import run, run_queued
from tests.datasets.pictures import encoded, flag, located, picture

KINDS = [measure.KIND]
FIELDS = ("filename", "intrinsic", "phash", "sharpness", "brightness", "updated_at")


def rows():
    return list(Image.objects.order_by("ordinal").values(*FIELDS))


@pytest.fixture
def older(alice, dataset):
    """Five pictures as ingest knows them; they have forgotten it."""
    ingest_image(dataset, "place.jpg", located("JPEG", orientation=6), actor=alice.actor)
    ingest_image(dataset, "large.jpg", encoded(flag(1500, 1100), "JPEG"), actor=alice.actor)
    for number in range(3):
        ingest_image(dataset, f"{number}.png", picture(50 * number), actor=alice.actor)
    known = rows()
    Image.objects.update(phash=None, sharpness=None, brightness=None, intrinsic={})
    return known


def queue() -> str:
    said = io.StringIO()
    call_command("measure", stdout=said)
    return said.getvalue()


def test_the_job_finds_what_ingest_found_and_then_nothing(older):
    said = queue()

    assert run_queued(KINDS) == 1
    job = Job.objects.get()
    assert (said, job.state, job.done, job.total) == ("Queued 1 job.\n", "succeeded", 5, 5)
    assert job.result == {"measured": 5, "unreadable": 0}
    assert rows() == older
    assert queue() == "Queued 0 jobs.\n"


def test_a_killed_run_goes_on_where_it_was(older, settings, monkeypatch):
    settings.MODELSHIP_JOB_LEASE_SECONDS = 0
    monkeypatch.setattr(measure, "BATCH", 2)
    queue()
    ctx = JobContext(lease.claim(KINDS), ticks_itself=True)

    def die(done, total):
        if done == 4:
            raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(ctx, "progress", die)
        with pytest.raises(SystemExit):
            measure.run_measuring(ctx.job, ctx)
    half_way = Image.objects.filter(phash=None).count()
    lease.sweep()
    Job.objects.update(run_at="2000-01-01T00:00Z")
    run_queued(KINDS)

    job = Job.objects.get()
    assert half_way == 3
    assert (job.state, job.done, job.total, job.result["measured"]) == ("succeeded", 5, 5, 3)
    assert rows() == older


def test_a_cancelled_run_stops(alice, older):
    queue()
    ctx = JobContext(lease.claim(KINDS), ticks_itself=True)
    cancel(ctx.job, alice.actor)
    ctx._cancelled.set()

    assert run(ctx) == "stop"
    assert Image.objects.filter(phash=None).count() == 5


def test_a_lost_and_a_damaged_picture_are_counted_and_passed_over(older, media):
    lost, damaged = Image.objects.filter(filename__in=("0.png", "large.jpg")).order_by("filename")
    (media / blob_path(lost.blob)).unlink()
    (media / blob_path(damaged.blob)).write_bytes(b"\xff\xd8\xff nothing")
    queue()

    run_queued(KINDS)

    assert Job.objects.get().result == {"measured": 3, "unreadable": 2}
    assert [row for row in rows() if row["phash"] is not None] == [
        row for row in older if row["filename"] not in ("0.png", "large.jpg")
    ]


def test_a_start_queues_it_once(older, tmp_path, settings):
    settings.STATIC_ROOT, settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "static"), str(tmp_path)

    assert list(measure.tenants_never_measured()) == [Image.objects.first().tenant]
    call_command("prepare")
    run_queued(KINDS)
    Image.objects.filter(filename="0.png").update(phash=None)
    call_command("prepare")

    assert Job.objects.filter(kind=measure.KIND).count() == 1
    assert list(measure.tenants_never_measured()) == []

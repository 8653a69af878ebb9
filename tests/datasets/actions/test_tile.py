import io
from uuid import uuid4

import pytest
from django.core.management import call_command

from datasets.actions import tile
from datasets.actions.images import delete_image
from datasets.actions.ingest import ingest_image
from datasets.imaging.pyramid import PACK_NAME
from datasets.storage import derived_path, has_derived
from datasets.tiles import tile_bytes
from modelship.jobs import lease
from modelship.jobs.actions import cancel
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.jobs.runner import run, run_queued
from tests.datasets.big import big_picture
from tests.datasets.pictures import picture

KINDS = [tile.KIND]


@pytest.fixture(scope="session")
def large():
    """Just large enough to be tiled."""
    return big_picture(4100, 4000)


@pytest.fixture
def image(alice, dataset, large):
    return ingest_image(dataset, "large.jpg", large, actor=alice.actor).image


def claimed():
    job = lease.claim(KINDS)
    assert job is not None
    return JobContext(job, ticks_itself=True)


def test_only_large_pictures_are_queued(alice, dataset, image):
    ingest_image(dataset, "small.png", picture(), actor=alice.actor)

    [job] = Job.objects.filter(kind=tile.KIND)
    assert (job.title, job.state, job.project_id) == (
        "Cut large.jpg into tiles",
        "queued",
        dataset.project_id,
    )


def test_the_job_makes_one_file_and_a_second_run_changes_nothing(alice, image, media):
    assert run_queued(KINDS) == 1
    job = Job.objects.get(kind=tile.KIND)
    pack = media / derived_path(image.blob, PACK_NAME)
    made = (pack.read_bytes(), pack.stat().st_mtime_ns)

    assert not tile.tile_later(alice.actor, image)
    again = tile.run_tiling(job, JobContext(job))

    assert (job.state, job.result["tiled"], job.done, job.total) == ("succeeded", True, 100, 100)
    assert job.result["bytes"] == len(made[0])
    assert again["tiled"] is False
    assert (pack.read_bytes(), pack.stat().st_mtime_ns) == made


def test_a_killed_run_starts_again(image, media, settings, monkeypatch):
    settings.MODELSHIP_JOB_LEASE_SECONDS = 0
    ctx = claimed()

    def die(*_):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(tile, "_keep", die)
        with pytest.raises(SystemExit):
            tile.run_tiling(ctx.job, ctx)
    half_way = has_derived(image.blob, PACK_NAME)
    lease.sweep()
    Job.objects.update(run_at="2000-01-01T00:00Z")
    run_queued(KINDS)

    assert not half_way
    assert Job.objects.get(kind=tile.KIND).state == "succeeded"
    assert tile_bytes(image, 0, 0, 0)


def test_a_cancelled_run_keeps_nothing(alice, image, monkeypatch):
    monkeypatch.setattr(tile, "LOOK_SECONDS", 0.01)
    ctx = claimed()
    cancel(ctx.job, alice.actor)
    ctx._cancelled.set()

    ended = run(ctx)

    assert ended == "stop"
    assert not has_derived(image.blob, PACK_NAME)


def test_deleting_the_image_deletes_its_tiles(alice, image, media, django_capture_on_commit_callbacks):
    run_queued(KINDS)

    with django_capture_on_commit_callbacks(execute=True):
        delete_image(alice.actor, image)

    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_tiles_of_an_image_deleted_meanwhile_are_not_kept(
    alice, image, media, monkeypatch, django_capture_on_commit_callbacks
):
    cut = tile._cut

    def delete_too(*args):
        cut(*args)
        with django_capture_on_commit_callbacks(execute=True):
            delete_image(alice.actor, image)

    monkeypatch.setattr(tile, "_cut", delete_too)

    run_queued(KINDS)

    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_the_command_queues_what_has_no_tiles(image):
    run_queued(KINDS)
    said, said_again = io.StringIO(), io.StringIO()

    call_command("tiles", stdout=said)
    call_command("tiles", "--again", stdout=said_again)

    assert (said.getvalue(), said_again.getvalue()) == ("Queued 0 pictures.\n", "Queued 1 pictures.\n")
    assert not has_derived(image.blob, PACK_NAME)
    assert run_queued(KINDS) == 1
    assert has_derived(image.blob, PACK_NAME)


def test_a_lost_lease_ends_the_work(image, monkeypatch):
    monkeypatch.setattr(tile, "LOOK_SECONDS", 0.01)
    ctx = claimed()
    Job.objects.filter(id=ctx.job.id).update(lease_token=uuid4())
    ctx.give_up()

    assert run(ctx) == "lost"
    assert not has_derived(image.blob, PACK_NAME)

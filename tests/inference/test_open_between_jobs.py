"""What a job opened stays open for the next one, unless it was left in the middle."""

import pytest

from inference import warm
from modelship.jobs.actions import cancel
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.inference.installed import add_images
from tests.inference.test_jobs import finished, label, when_done

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_next_job_finds_the_model_open_and_a_cancelled_one_leaves_none(
    alice, dataset, thing, monkeypatch
):
    add_images(alice, dataset, 4)
    finished(label(alice, dataset, thing))
    kept = warm._shelf.keys
    finished(label(alice, dataset, thing, confidence=0.2))
    assert warm._shelf.keys == kept
    assert len(kept) == 1

    monkeypatch.setattr("modelship.jobs.context.TICK_SECONDS", 0.0)
    monkeypatch.setattr("inference.looking.LOT", 2)
    job = Job.objects.get(id=label(alice, dataset, thing, confidence=0.3).json()["job"]["id"])
    when_done(monkeypatch, 2, lambda: cancel(job, alice.actor))
    run_queued()

    job.refresh_from_db()
    assert (job.state, warm._shelf.keys) == ("cancelled", [])

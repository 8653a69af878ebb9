import json
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from annotations.actions.freeze import freeze_dataset
from datasets.models import Image
from inference.models import DetectorModel, TrainingRun
from inference.training_jobs import folder_of
from modelship.audit.models import AuditEntry
from modelship.jobs.actions import cancel, retry
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.inference.trainings import STEPS, installed_base, label_squares, train

pytest.importorskip("torch", reason="needs PyTorch: make train-install")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.train,
    pytest.mark.timeout(600),
]


@pytest.fixture(autouse=True)
def scratch(tmp_path):
    with override_settings(MODELSHIP_TRAINING=tmp_path / "training", MODELSHIP_INFERENCE_SESSIONS=1):
        yield tmp_path / "training"


@pytest.fixture
def base(tmp_path) -> DetectorModel:
    return installed_base(tmp_path / "base.onnx", None)


def when_at(monkeypatch, step, act):
    """Let `act` happen once, when a job says that so many steps are done."""
    real, acted = JobContext.progress, []

    def progress(self, done, total=None, message=""):
        if done == step and not acted:
            acted.append(True)
            act(self)
        real(self, done, total, message)

    monkeypatch.setattr(JobContext, "progress", progress)


def test_a_training_learns_and_its_model_labels(alice, dataset, base, scratch):
    label_squares(alice, dataset, 8)
    version = freeze_dataset(alice.actor, dataset)

    answer = train(alice, dataset, version=version.number)
    assert answer.status_code == 202, answer.content
    run_queued()

    run = TrainingRun.objects.get(id=answer.json()["training"]["id"])
    job = run.job
    assert (job.state, job.done, job.total) == ("succeeded", STEPS, STEPS), job.error
    assert job.result == {
        "training": str(run.id),
        "model": str(run.model_id),
        "name": run.model.name,
        "steps": STEPS,
    }
    assert run.model.name == "harbour-nano · North quay v1"
    assert run.model.class_names == ["boat", "crane"]
    assert (run.model.tenant, run.model.source, run.model.license) == (alice.tenant, "trained", "MIT")
    assert run.model.is_trainable
    assert [point["step"] for point in run.history] == list(range(1, STEPS + 1))
    losses = [point["loss"] for point in run.history]
    assert sum(losses[-10:]) < sum(losses[:10])
    assert run.metrics["before"]["unknown"] == ["crane"]
    assert run.metrics["before"]["whole"]["classes"]["crane"]["ap"] == 0
    assert run.metrics["pictures"] == run.counts["val"] == len(run.held_out)
    assert run.counts["train"] + run.counts["val"] == 8
    assert not scratch.exists() or list(scratch.iterdir()) == []
    assert list(
        AuditEntry.objects.filter(verb__startswith="training")
        .order_by("number")
        .values_list("verb", flat=True)
    ) == ["training.requested", "training.finished"]
    image = Image.objects.first()
    body = {"model": run.model.name, "confidence": 0.01}
    labelled = alice.api.post(f"/api/v1/images/{image.id}/label", body, content_type="application/json")
    assert labelled.status_code == 200, labelled.content


def test_cancelling_leaves_nothing(alice, dataset, base, monkeypatch, scratch):
    label_squares(alice, dataset, 3)
    job = Job.objects.get(id=train(alice, dataset, steps=5000).json()["job"]["id"])
    folders = []
    when_at(monkeypatch, 3, lambda ctx: (folders.append(folder_of(job).exists()), cancel(job, alice.actor)))

    run_queued()

    run = TrainingRun.objects.get()
    assert folders == [True]
    assert (run.state, run.model, run.metrics, run.finished_at) == ("cancelled", None, None, None)
    assert list(scratch.iterdir()) == []
    assert list(DetectorModel.objects.all()) == [base]
    assert list((Path(settings.STORAGES["default"]["OPTIONS"]["location"]) / "models").iterdir()) != []


def test_a_second_attempt_goes_on_from_the_checkpoint(alice, dataset, base, monkeypatch):
    label_squares(alice, dataset, 3)
    job = Job.objects.get(id=train(alice, dataset, steps=80).json()["job"]["id"])
    when_at(monkeypatch, 55, lambda ctx: ctx.give_up())
    run_queued()
    Job.objects.filter(id=job.id).move("put_back")
    assert json.loads((folder_of(job) / "task.json").read_text())["class_names"] == ["boat", "crane"]
    steps = []
    real = JobContext.progress
    monkeypatch.setattr(
        JobContext, "progress", lambda self, *told, **more: (steps.append(told[0]), real(self, *told, **more))
    )

    run_queued()

    run = TrainingRun.objects.get()
    assert run.state == "succeeded", run.job.error
    assert next(step for step in steps if step) == 51
    assert [point["step"] for point in run.history] == list(range(1, 81))


def test_a_base_that_is_gone_or_no_network_of_ours_fails_with_words(alice, dataset, thing):
    DetectorModel.objects.filter(id=thing.id).update(is_trainable=True)
    label_squares(alice, dataset, 2)
    train(alice, dataset, model=str(thing.id))

    run_queued()

    job = Job.objects.get(kind="train_detector")
    assert (job.state, job.error["code"]) == ("failed", "not_trainable")
    thing.delete()
    retry(job, alice.actor)
    folder_of(job).joinpath("task.json").unlink()
    run_queued()
    job.refresh_from_db()
    assert (job.state, job.error["code"]) == ("failed", "model_gone")
    assert DetectorModel.objects.count() == 0

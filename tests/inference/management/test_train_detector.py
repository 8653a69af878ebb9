import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from inference.models import DetectorModel, TrainingRun
from modelship.jobs.models import Job
from tests.inference.trainings import installed_base, label_squares

pytest.importorskip("torch", reason="needs PyTorch: make train-install")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.train,
    pytest.mark.timeout(600),
]


@pytest.fixture(autouse=True)
def base(tmp_path, db):
    with override_settings(MODELSHIP_TRAINING=tmp_path / "training", MODELSHIP_INFERENCE_SESSIONS=1):
        yield installed_base(tmp_path / "base.onnx", None)


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("train_detector", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_it_trains_to_the_end_and_prints_before_and_after(alice, dataset):
    label_squares(alice, dataset, 4)

    printed = run("--dataset", "North quay", "--steps", "50", "--device", "cpu")

    training = TrainingRun.objects.get()
    assert training.state == "succeeded"
    assert "Whole picture" in printed
    assert "All classes" in printed
    assert f"harbour-nano · North quay is installed. SHA-256 {training.model.sha256}" in printed


def test_refusals_are_told_and_change_nothing(alice, dataset, base):
    label_squares(alice, dataset, 1)

    with pytest.raises(CommandError, match="too_few_images") as refusal:
        run("--dataset", str(dataset.id))
    out = io.StringIO()
    with pytest.raises(CommandError, match="unknown_dataset"):
        call_command("train_detector", "--dataset", "nowhere", "--json", stdout=out)

    assert refusal.value.returncode == 1
    assert json.loads(out.getvalue())["error"]["code"] == "unknown_dataset"
    assert Job.objects.count() == TrainingRun.objects.count() == 0
    assert list(DetectorModel.objects.all()) == [base]

"""The background work of a training: lay the pictures out, run the process, bring home what it made."""

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

from django.conf import settings

from datasets.models import Image
from datasets.storage import open_blob
from inference.actions.train import check_trainable, land_model, note_history, note_set
from inference.model_files import local_model
from inference.models import DetectorModel, TrainingRun
from inference.training_child import Child, Event, need_installed
from inference.training_curve import Curve
from inference.training_set import TrainingSet, as_task, training_set
from modelship.jobs.context import JobContext
from modelship.jobs.errors import Cancelled
from modelship.jobs.models import Job
from modelship.jobs.states import CANCELLED, SUCCEEDED
from modelship.lib.errors import NotFound, Unprocessable

# How often the curve is written while steps come in.
NOTE_SECONDS = 1.5
BASE, RESULT = "base.onnx", "result.json"


def train(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Train a model and let it in; progress counts steps.

    A second attempt goes on from the checkpoint of the first in the job's folder. The folder goes with
    success and cancel, and stays after a failure, for a retry.
    """
    run = _run_of(job)
    folder = folder_of(job)
    if run.model is None:
        need_installed()
        _sweep()
        try:
            _prepare(run, folder, ctx)
            if not (folder / RESULT).exists():
                _follow(run, folder, ctx)
            result = json.loads((folder / RESULT).read_text())
            note_history(run, _whole_curve(result), ctx)
            ctx.progress(run.options["steps"], None, "Trying the new model out.")
            run.model = land_model(run, folder / result["model"], result, ctx)
        except Cancelled:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    shutil.rmtree(folder, ignore_errors=True)
    return {
        "training": str(run.id),
        "model": str(run.model.id),
        "name": run.model.name,
        "steps": run.options["steps"],
    }


def folder_of(job: Job) -> Path:
    return Path(settings.MODELSHIP_TRAINING) / str(job.id)


def _run_of(job: Job) -> TrainingRun:
    rows = TrainingRun.objects.select_related("dataset__project", "tenant", "base", "model")
    run = rows.filter(job=job).first()
    if run is None:
        raise NotFound("The dataset was deleted, and its training with it.", code="dataset_gone")
    return run


def _sweep() -> None:
    """Remove what jobs left that were cancelled while nobody ran them, or are gone."""
    root = Path(settings.MODELSHIP_TRAINING)
    names = {path.name for path in root.iterdir()} if root.is_dir() else set()
    kept = Job.objects.exclude(state__in=[SUCCEEDED, CANCELLED]).filter(id__in=names)
    for name in names - {str(job_id) for job_id in kept.values_list("id", flat=True)}:
        shutil.rmtree(root / name, ignore_errors=True)


def _prepare(run: TrainingRun, folder: Path, ctx: JobContext) -> None:
    """Lay out what the process needs; `task.json` comes last, so a folder with one is complete."""
    task = folder / "task.json"
    if task.exists():
        return
    if run.base is None:
        raise Unprocessable("The base model was deleted. Start again from another one.", code="model_gone")
    check_trainable(run.base)
    found = training_set(run.dataset, run.version, run.options["val_share"])
    note_set(run, found, ctx)
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    for number, sample in enumerate(found.samples):
        ctx.progress(0, None, f"Laying out picture {number + 1:,} of {len(found.samples):,}.")
        _copy(sample.image, folder / "pictures" / str(number))
    shutil.copyfile(local_model(run.base.sha256), folder / BASE)
    unfinished = folder / "task.json.part"
    unfinished.write_text(json.dumps(_task(run, run.base, found)))
    os.replace(unfinished, task)


def _copy(image: Image, path: Path) -> None:
    with open_blob(image.blob) as source, path.open("wb") as copy:
        shutil.copyfileobj(source, copy)


def _task(run: TrainingRun, base: DetectorModel, found: TrainingSet) -> dict[str, Any]:
    version = f"version {run.version}" if run.version else "as of its training"
    return {
        "base": BASE,
        "class_names": found.class_names,
        "input_size": [base.input_height, base.input_width],
        "pictures": as_task(found),
        "options": {**run.options, "threads": settings.MODELSHIP_INFERENCE_SESSIONS},
        "card": {
            "license": run.license,
            "description": f"{run.base_name}, trained on {run.dataset.name}, {version}.",
            "training": str(run.id),
        },
    }


def _follow(run: TrainingRun, folder: Path, ctx: JobContext) -> None:
    """Follow the process to its result. Raises what it says, Unavailable where it died, and what `check` raises."""
    run.refresh_from_db(fields=["history"])
    listener = _Listener(run, ctx)
    with Child(folder) as child:
        for event in child.events():
            ctx.check()
            if event is None:
                continue
            if "result" in event:
                return
            listener.hear(event)


def _whole_curve(result: dict[str, Any]) -> list[dict[str, Any]]:
    """The curve of all steps, also of those that a worker did not live to write down."""
    curve = Curve([], len(result["steps"]))
    for event in result["steps"]:
        curve.add(event)
    curve.settle()
    return curve.points


class _Listener:
    """Turns what the process says into progress and a curve."""

    def __init__(self, run: TrainingRun, ctx: JobContext) -> None:
        self.run = run
        self.ctx = ctx
        self.curve = Curve(run.history, run.options["steps"])
        self._done = 0
        self._noted_at = time.monotonic()

    def hear(self, event: Event) -> None:
        if "error" in event:
            raise Unprocessable(event["error"]["detail"], code=event["error"]["code"])
        if "step" not in event:
            self.ctx.progress(self._done, None, event["message"])
            return
        self._done = event["step"]
        self.curve.add(event)
        self.ctx.progress(self._done, self.run.options["steps"], f"Loss {event['total']:.2f}.")
        if time.monotonic() - self._noted_at > NOTE_SECONDS:
            note_history(self.run, self.curve.points, self.ctx)
            self._noted_at = time.monotonic()

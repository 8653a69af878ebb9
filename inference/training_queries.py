"""Reads of trainings, and what a model's card says of the one that made it."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from datasets.audience import hidden_from
from datasets.models import Dataset
from datasets.queries import need_view
from inference.models import DetectorModel, TrainingRun
from inference.queries import models_of
from modelship.accounts.actors import Actor
from modelship.jobs.queries import job_dict
from modelship.lib.clock import wire
from modelship.lib.errors import NotFound

NEWEST_FIRST = ("-created_at", "id")
# What only one training at a time is asked for: a list reads without these.
LONG = ("history", "held_out")
# How long a step takes on two cores, where nothing was trained here yet.
GUESSED_SECONDS = 1.5


def trainings_of(actor: Actor, dataset: Dataset | None = None) -> QuerySet[TrainingRun]:
    """The trainings that the actor may see; `dataset` is one that the gate let through."""
    need_view(actor)
    rows = TrainingRun.objects.filter(tenant=actor.tenant).select_related("job__project", "model", "dataset")
    hidden = hidden_from(actor).values("pk")
    return rows.exclude(dataset__in=hidden) if dataset is None else rows.filter(dataset=dataset)


def training_for(actor: Actor, training_id: UUID | str) -> TrainingRun:
    """One training; raises NotFound for a foreign one exactly as for none."""
    found = trainings_of(actor).filter(id=training_id).first()
    if found is None:
        raise NotFound()
    return found


def training_dict(run: TrainingRun) -> dict[str, Any]:
    """A training as lists show it."""
    return {
        "id": str(run.id),
        "state": run.state,
        "project": str(run.project_id),
        "dataset": str(run.dataset_id),
        "version": run.version,
        "base": {"id": str(run.base_id) if run.base_id else None, "name": run.base_name},
        "model": {"id": str(run.model.id), "name": run.model.name} if run.model else None,
        "settings": run.options,
        "classes": run.classes,
        "counts": run.counts,
        "metrics": run.metrics,
        "created_by": str(run.created_by_id) if run.created_by_id else None,
        "created_at": wire(run.created_at),
        "finished_at": wire(run.finished_at),
        "job": job_dict(run.job) if run.job else None,
    }


def training_detail(run: TrainingRun) -> dict[str, Any]:
    """A training in full: with its loss curve and the pictures that it is measured on."""
    return {**training_dict(run), "history": run.history, "held_out": run.held_out}


def made_by(model: DetectorModel) -> TrainingRun | None:
    """The training that a model came from, the last one where several made the same bytes."""
    rows = TrainingRun.objects.filter(model=model).select_related("base", "dataset", "job")
    return rows.defer(*LONG).order_by("-finished_at").first()


def continuations_of(actor: Actor, model: DetectorModel) -> list[TrainingRun]:
    """The actor's finished trainings that went on from a model, the newest first, one for each new model."""
    rows = trainings_of(actor).filter(base=model, model__isnull=False).defer(*LONG).order_by(*NEWEST_FIRST)
    return list({run.model_id: run for run in reversed(rows)}.values())[::-1]


def trainable_models(actor: Actor) -> list[DetectorModel]:
    """The active models that training can go on from: those that came with the server first, then the newest."""
    rows = models_of(actor).filter(state=DetectorModel.State.ACTIVE, is_trainable=True)
    return sorted(rows.order_by("-created_at"), key=lambda model: model.tenant_id is not None)


def seconds_per_step() -> float:
    """How long a step took in the last training of this server; a guess where there was none."""
    last = TrainingRun.objects.filter(finished_at__isnull=False).defer(*LONG).order_by("-finished_at").first()
    if last is None or not last.metrics or not last.metrics.get("training_seconds"):
        return GUESSED_SECONDS
    return round(last.metrics["training_seconds"] / last.options["steps"], 3)

"""Reads of evaluations and of their pictures."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse

from datasets.audience import hidden_from
from datasets.models import Dataset
from datasets.queries import need_view
from inference.evaluation_order import asked_of, options_of
from inference.models import DetectorModel, EvaluatedImage, Evaluation
from modelship.accounts.actors import Actor
from modelship.jobs.queries import job_dict
from modelship.lib.clock import wire
from modelship.lib.errors import Forbidden, NotFound
from modelship.projects.gate import can, check

NEWEST_FIRST = ("-created_at", "id")
MOST_DIFFERENT = ("-differs", "id")
MEASURES = ("ap", "ap50", "ap75", "precision", "recall", "f1")
# What only one evaluation at a time is asked for.
LONG = ("images", "classes")


def evaluations_of(actor: Actor, dataset: Dataset | None = None) -> QuerySet[Evaluation]:
    """The evaluations that the actor may see; `dataset` is one that the gate let through."""
    need_view(actor)
    rows = Evaluation.objects.filter(tenant=actor.tenant)
    rows = rows.select_related("job__project", "dataset__project", "model", "rival")
    hidden = hidden_from(actor).values("pk")
    return rows.exclude(dataset__in=hidden) if dataset is None else rows.filter(dataset=dataset)


def evaluations_of_model(actor: Actor, model: DetectorModel) -> QuerySet[Evaluation]:
    """Those that looked with the model, the newest first."""
    rows = evaluations_of(actor).filter(Q(model=model) | Q(rival=model))
    return rows.defer(*LONG).order_by(*NEWEST_FIRST)


def evaluation_for(actor: Actor, evaluation_id: UUID | str) -> Evaluation:
    """One evaluation; raises NotFound for a foreign one exactly as for none."""
    found = evaluations_of(actor).filter(id=evaluation_id).first()
    if found is None:
        raise NotFound()
    check(actor, found.project, "view")
    return found


def deletable_evaluation(actor: Actor, evaluation_id: UUID | str) -> Evaluation:
    """One that the actor may delete: who asked for it may, and managers. Raises Forbidden for others."""
    found = evaluation_for(actor, evaluation_id)
    if not may_delete(actor, found):
        raise Forbidden("Only who asked for this evaluation and managers may delete it. Ask a manager.")
    return found


def may_delete(actor: Actor, evaluation: Evaluation) -> bool:
    is_own = actor.user_id is not None and evaluation.created_by_id == actor.user_id
    return can(actor, evaluation.project, "annotate" if is_own else "manage")


def pictures_of(evaluation: Evaluation) -> QuerySet[EvaluatedImage]:
    return evaluation.pictures.select_related("image")


def evaluation_dict(evaluation: Evaluation) -> dict[str, Any]:
    """An evaluation as lists show it; `scores` are null before it ends and where nothing was reviewed."""
    return {
        "id": str(evaluation.id),
        "state": evaluation.state,
        "project": str(evaluation.project_id),
        "dataset": str(evaluation.dataset_id),
        "truth": evaluation.truth,
        "ways": [way_dict(way) for way in evaluation.ways],
        "scores": scores_of(evaluation),
        "created_by": str(evaluation.created_by_id) if evaluation.created_by_id else None,
        "created_at": wire(evaluation.created_at),
        "finished_at": wire(evaluation.finished_at),
        "job": job_dict(evaluation.job) if evaluation.job else None,
    }


def evaluation_detail(evaluation: Evaluation) -> dict[str, Any]:
    """An evaluation in full: its pictures, its classes and its results."""
    classes = [{"id": one["id"], "name": one["name"]} for one in evaluation.classes]
    more = {"images": evaluation.images, "classes": classes, "results": evaluation.results}
    return {**evaluation_dict(evaluation), **more}


def way_dict(way: dict[str, Any]) -> dict[str, Any]:
    """A way in the words of a call, with the model's name and bytes of that time."""
    model = {"id": way["model"], "name": way["name"], "sha256": way["sha256"]}
    return {"model": model, **asked_of(options_of(way["options"]))}


def scores_of(evaluation: Evaluation) -> list[dict[str, float]] | None:
    """The headline numbers of each way."""
    reports = [way["report"] for way in (evaluation.results or {}).get("ways", [])]
    if not reports or None in reports:
        return None
    return [{measure: report[measure] for measure in MEASURES} for report in reports]


def picture_dict(row: EvaluatedImage) -> dict[str, Any]:
    """What an evaluation counted in one picture."""
    return {
        "image": str(row.image_id),
        "filename": row.image.filename,
        "thumbnail": reverse("api-image-thumbnail", args=[row.image_id]),
        "differs": row.differs,
        **row.counts,
        "milliseconds": [look["milliseconds"] for look in row.looks],
    }

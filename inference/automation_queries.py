"""Reads of what a project wants done with new pictures."""

from typing import Any
from uuid import UUID

from inference.models import Arrival, LabelOnUpload
from inference.queries import WORDS, need_labeller
from modelship.jobs.models import Job
from modelship.lib.clock import wire
from modelship.lib.errors import Conflict
from modelship.projects.models import Project

NOTHING: dict[str, Any] = {
    "is_on": False,
    "model": None,
    "options": {},
    "problem": None,
    "created_by": None,
    "updated_at": None,
}


def wish_of(project: Project) -> LabelOnUpload | None:
    return LabelOnUpload.objects.select_related("model", "created_by").filter(project=project).first()


def problem_with(wish: LabelOnUpload) -> str:
    """Why new pictures can't be labelled as they should be; empty where they can."""
    model = wish.model
    if model is None:
        return f"{wish.model_name} was deleted. Choose another model."
    if model.state in WORDS:
        return f"{model.name} is {WORDS[model.state]}. Activate it, or choose another."
    try:
        need_labeller(model)
    except Conflict as conflict:
        return conflict.detail
    return ""


def wish_dict(wish: LabelOnUpload | None) -> dict[str, Any]:
    """As the API shows it; without a wish everything is off."""
    if wish is None:
        return {"label_on_upload": NOTHING}
    model = wish.model
    shown = {
        "is_on": wish.is_on,
        "model": {
            "id": str(model.id) if model else None,
            "name": model.name if model else wish.model_name,
            "state": model.state if model else "deleted",
        },
        "options": wish.asked,
        "problem": problem_with(wish) or None,
        "created_by": str(wish.created_by_id) if wish.created_by_id else None,
        "updated_at": wire(wish.updated_at),
    }
    return {"label_on_upload": shown}


def arrivals_of(job: Job) -> list[UUID]:
    """The kept pictures that the job has taken on, in gallery order."""
    rows = Arrival.objects.filter(job=job, image__archived_at__isnull=True)
    return list(rows.order_by("image__ordinal").values_list("image_id", flat=True))

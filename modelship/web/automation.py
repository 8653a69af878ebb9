"""What the pages of a project show, and take, of the labelling of new pictures."""

from collections.abc import Mapping
from typing import Any

from inference.actions.automation import forget_label_on_upload, label_on_upload, switch_off
from inference.automation_queries import problem_with, wish_of
from inference.engine.spec import DEFAULT_CONFIDENCE
from inference.models import LabelOnUpload
from inference.options import LabelOptions
from inference.queries import labellers_of, model_to_use
from modelship.accounts.actors import Actor
from modelship.lib.errors import BadRequest
from modelship.projects.models import Project

SLICES = (320, 512, 640, 1024)


def told(project: Project) -> dict[str, str]:
    """One sentence on the project's page, and whether it is a problem; empty where nothing happens by itself."""
    wish = wish_of(project)
    if wish is None or not wish.is_on:
        return {}
    if problem := problem_with(wish):
        return {"kind": "bad", "detail": f"New pictures are not labelled: {problem}"}
    return {"kind": "note", "detail": f"New pictures are labelled with {wish.model_name}."}


def form_of(actor: Actor, project: Project) -> dict[str, Any]:
    """The form with what is set up."""
    wish = wish_of(project)
    asked = wish.asked if wish else {}
    cut = asked.get("slice") or {}
    return {
        "wish": wish,
        "problem": problem_with(wish) if wish and wish.is_on else "",
        "models": list(labellers_of(actor).order_by("name", "-created_at")),
        "confidence": asked.get("confidence", DEFAULT_CONFIDENCE),
        "creates_classes": asked.get("create_classes", True),
        "slices": sorted({*SLICES, *([cut["size"]] if isinstance(cut.get("size"), int) else [])}),
        "size": cut.get("size"),
    }


def save(actor: Actor, project: Project, form: Mapping[str, str]) -> None:
    """Set up what a sent form says; what it does not show stays as it is for the same model. Raises as the API does."""
    if "forget" in form:
        forget_label_on_upload(actor, project)
    elif "is_on" not in form:
        switch_off(actor, project)
    else:
        model = model_to_use(actor, form.get("model", ""))
        asked = {**_kept(wish_of(project), str(model.id)), **_asked(form)}
        if asked["slice"] is None:
            asked.pop("merge", None)
        LabelOptions.read(asked, model.spec)
        label_on_upload(actor, project, model, asked)


def _kept(wish: LabelOnUpload | None, model_id: str) -> dict[str, Any]:
    return dict(wish.asked) if wish and str(wish.model_id) == model_id else {}


def _asked(form: Mapping[str, str]) -> dict[str, Any]:
    size = form.get("size", "")
    try:
        confidence = float(form.get("confidence", ""))
        cut = {"size": int(size)} if size else None
    except ValueError:
        raise BadRequest("Give the confidence and the size as numbers.", field="confidence") from None
    return {"confidence": confidence, "slice": cut, "create_classes": "create_classes" in form}

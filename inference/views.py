"""Pages of models: what is installed, how to bring one, and one model in detail."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inference import queries
from inference.actions.models import change_model, delete_model
from inference.engine.class_names import FACE
from inference.engine.spec import DEFAULT_CONFIDENCE
from inference.evaluation_views import quality_of
from inference.models import DetectorModel
from inference.proof_views import proof_of
from inference.training_queries import continuations_of, made_by
from inference.training_views import facts_of, scores_of
from modelship.accounts.actors import Actor
from modelship.accounts.roles import role_allows, scopes_allow
from modelship.api.pages import SignedInRequest, signed_in
from modelship.api.paging import page
from modelship.api.values import choice_of
from modelship.jobs.states import LIVE
from modelship.lib.errors import Problem


@require_safe
@signed_in
def models(request: SignedInRequest) -> HttpResponse:
    """The installed models, the upload, the catalogue and its running installations."""
    actor = request.actor
    listed = page(request, queries.models_of(actor), order=queries.NEWEST_FIRST, to_dict=card)
    context = {
        "page": listed,
        "may_manage": may_manage(actor),
        "catalog": catalog_groups(actor),
        "limit": settings.MODELSHIP_MAX_MODEL_BYTES,
    }
    return render(request, "inference/models.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def model(request: SignedInRequest, model_id: UUID) -> HttpResponse:
    """One model: how it is fed, what it knows; POST renames, archives or activates it."""
    if request.method == "POST":
        return _changed(request, queries.changeable_model(request.actor, model_id))
    found = queries.model_for(request.actor, model_id)
    made = made_by(found)
    context = {
        "model": found,
        "card": card(found),
        "settings": settings_of(found),
        "made": made,
        "scores": scores_of(made) if made else [],
        "facts": facts_of(made) if made else [],
        "descendants": continuations_of(request.actor, found),
        "may_change": queries.may_change(request.actor, found),
        "proof": proof_of(found),
        "quality": quality_of(request.actor, found) if found.task == DetectorModel.Task.DETECT else None,
        "labels": found.task in queries.LABELLERS,
        "confidence": found.spec.get("confidence", DEFAULT_CONFIDENCE),
        "crumbs": [{"href": reverse("models"), "label": "Models"}],
    }
    return render(request, "inference/model.html", context)


@require_POST
@signed_in
def model_delete(request: SignedInRequest, model_id: UUID) -> HttpResponse:
    found = queries.changeable_model(request.actor, model_id)
    delete_model(request.actor, found)
    messages.success(request, f"{found.name} is deleted. Its boxes stay.")
    return redirect("models")


def _changed(request: SignedInRequest, found: DetectorModel) -> HttpResponse:
    data = request.POST.dict()
    try:
        state = choice_of(data, "state", queries.STATES) if "state" in data else None
        change_model(request.actor, found, name=data.get("name"), state=state)
    except Problem as problem:
        messages.error(request, problem.detail)
    else:
        messages.success(request, "The model is saved.")
    return redirect("model", found.id)


def may_manage(actor: Actor) -> bool:
    return role_allows(actor.role, "manage") and scopes_allow(actor.scopes, "manage")


def card(found: DetectorModel) -> dict[str, Any]:
    """What a list shows of a model."""
    return {
        "id": found.id,
        "name": found.name,
        "does": does(found),
        "head": found.head,
        "input": f"{found.input_width}×{found.input_height}",
        "classes": len(found.class_names),
        "size": found.size,
        "license": found.license,
        "state": found.state,
        "is_shared": found.tenant_id is None,
        "created_at": found.created_at,
    }


def does(found: DetectorModel) -> str:
    """What it is for, in two words."""
    if found.task == DetectorModel.Task.EMBED:
        return "compares faces"
    if found.task == DetectorModel.Task.CLASSIFY:
        return "names pictures"
    return "finds faces" if found.class_names == [FACE] else "finds objects"


def settings_of(found: DetectorModel) -> list[tuple[str, str]]:
    """How pixels become the input, in words."""
    spec = found.spec
    return [
        ("Family", found.head),
        ("Input", f"{found.input_width}×{found.input_height}"),
        ("Colour order", str(spec.get("channel_order", ""))),
        ("Pixel scale", str(spec.get("scale", ""))),
        ("Resize", str(spec.get("resize", "")).replace("_", " ")),
        ("Padding", str(spec.get("pad_value", ""))),
        ("Tensor", f"{spec.get('layout', 'NCHW')}, {spec.get('element', 'FLOAT').lower()}"),
        ("Boxes decoded inside", "yes" if spec.get("decoded") else "no"),
        ("Confidence, overlap", f"{spec.get('confidence', 0.25):g}, {spec.get('iou', 0.45):g}"),
        ("Licence", found.license or "not stated"),
        ("Source", found.source or "not stated"),
        ("SHA-256", found.sha256),
    ]


def catalog_groups(actor: Actor) -> list[dict[str, Any]]:
    """The catalogue by what its models are for, in its order."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for entry in queries.catalog_dicts(actor):
        groups.setdefault(entry["group"], []).append({**entry, "job": _shown(entry["job"])})
    return [{"title": title, "entries": found} for title, found in groups.items()]


def _shown(job: dict[str, Any] | None) -> dict[str, Any] | None:
    return {**job, "live": job["state"] in LIVE} if job else None

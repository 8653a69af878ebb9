"""The page of an evaluation: numbers, curves, mix-ups, and the pictures where it matters."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from datasets.models import Dataset
from datasets.queries import dataset_for, datasets_of
from inference.actions.evaluate import delete_evaluation, queue_evaluation
from inference.evaluation_drawing import drawn
from inference.evaluation_order import TRUTHS, EvaluationOrder, Way, asked_of, options_of
from inference.evaluation_page import MEASURE_WORDS, percent, results_of_page
from inference.evaluation_pictures import Reader
from inference.evaluation_queries import (
    MEASURES,
    MOST_DIFFERENT,
    deletable_evaluation,
    evaluation_for,
    evaluations_of_model,
    may_delete,
    pictures_of,
    scores_of,
)
from inference.models import DetectorModel, EvaluatedImage, Evaluation
from inference.options import DetectOptions, Selection
from inference.queries import model_for, model_to_use
from modelship.accounts.actors import Actor
from modelship.api.pages import SignedInRequest, signed_in
from modelship.api.paging import page
from modelship.api.values import choice_of
from modelship.jobs.queries import job_dict
from modelship.lib.errors import BadRequest, Problem
from modelship.projects.gate import can

LISTED = 5
OFFERED = 200
TRUTH_WORDS = {
    "approved": "approved pictures",
    "submitted": "pictures that are approved or in review",
    "any": "pictures with boxes that people drew or accepted",
}
# What the form of auto-label can be set to.
FORM = {"confidence": (0.05, 0.95), "iou": (0.1, 0.9), "overlap": (0.0, 0.5)}


@require_safe
@signed_in
def evaluation(request: SignedInRequest, evaluation_id: UUID) -> HttpResponse:
    """`?sort=` orders the classes, `class=` draws one class's curve, `cursor=` goes on with the pictures."""
    found = evaluation_for(request.actor, evaluation_id)
    asked = request.GET.dict()
    reader = Reader(found)

    def shown(row: EvaluatedImage) -> dict[str, Any]:
        return drawn(reader, row)

    context = {
        "evaluation": found,
        "title": title_of(found),
        "job": {**job_dict(found.job), "live": found.job.is_live} if found.job else None,
        "truth": TRUTH_WORDS[found.truth],
        "ways": [_way(request.actor, found, number) for number in range(len(found.ways))],
        "pictures": page(request, pictures_of(found), order=MOST_DIFFERENT, to_dict=shown)
        if found.results
        else None,
        "may_delete": may_delete(request.actor, found),
        "crumbs": [
            {"href": reverse("models"), "label": "Models"},
            {"href": reverse("dataset", args=[found.dataset_id]), "label": found.dataset.name},
        ],
        **(results_of_page(found, asked) if found.results else {}),
    }
    return render(request, "inference/evaluation.html", context)


@require_POST
@signed_in
def evaluation_delete(request: SignedInRequest, evaluation_id: UUID) -> HttpResponse:
    found = deletable_evaluation(request.actor, evaluation_id)
    delete_evaluation(request.actor, found)
    messages.success(request, "The evaluation is deleted.")
    return redirect("model", found.model_id) if found.model_id else redirect("models")


@require_POST
@signed_in
def model_measure(request: SignedInRequest, model_id: UUID) -> HttpResponse:
    """Queue what the form on a model's page asks for."""
    found = model_for(request.actor, model_id)
    data = request.POST.dict()
    try:
        evaluation = _measured(request.actor, found, data)
    except Problem as problem:
        messages.error(request, problem.detail)
        return redirect("model", found.id)
    return redirect("evaluation", evaluation.id)


def _measured(actor: Actor, model: DetectorModel, data: Mapping[str, str]) -> Evaluation:
    dataset = dataset_for(actor, _id_of(data.get("dataset", "")), "annotate")
    sample = data.get("sample", "")
    if not (sample.isascii() and sample.isdigit() and len(sample) < 7):
        raise BadRequest("Say how many pictures, as a whole number.", field="sample")
    order = EvaluationOrder.read({"sample": int(sample), "truth": choice_of(dict(data), "truth", TRUTHS)})
    usable = model_to_use(actor, str(model.id))
    way = Way(usable, DetectOptions.read({}, usable.spec))
    return queue_evaluation(actor, dataset, [way], order, Selection())[0]


def _id_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest("Choose a dataset.", field="dataset") from None


def quality_of(actor: Actor, model: DetectorModel) -> dict[str, Any]:
    """What the page of a model says of how good it is, and what its form offers."""
    rows = list(evaluations_of_model(actor, model)[:LISTED])
    datasets = datasets_of(actor).filter(kind=Dataset.Kind.IMAGES)
    offered = datasets.select_related("project").order_by("project__name", "name", "id")[:OFFERED]
    return {
        "evaluations": [_listed(row, model) for row in rows],
        "datasets": [one for one in offered if can(actor, one.project, "annotate")],
        "truths": TRUTH_WORDS,
        "measures": [MEASURE_WORDS[measure][0] for measure in MEASURES],
    }


def _listed(row: Evaluation, model: DetectorModel) -> dict[str, Any]:
    """In a list of a model's evaluations: its own numbers, beside whom, on what."""
    number = 0 if row.model_id == model.id else 1
    scores = scores_of(row)
    return {
        "id": row.id,
        "state": row.state,
        "dataset": row.dataset.name,
        "title": title_of(row),
        "images": (row.results or {}).get("images", 0),
        "created_at": row.created_at,
        "scores": [percent(scores[number][measure]) for measure in MEASURES] if scores else [],
    }


def title_of(found: Evaluation) -> str:
    names = [way["name"] for way in found.ways]
    if len(names) == 1:
        return f"{names[0]} on {found.dataset.name}"
    if names[0] == names[1]:
        return f"Two ways of {names[0]} on {found.dataset.name}"
    return f"{names[0]} and {names[1]} on {found.dataset.name}"


def _way(actor: Actor, found: Evaluation, number: int) -> dict[str, Any]:
    """A way in words, and the address of the label form with it filled in; empty where the form can't be so."""
    way, model = found.ways[number], (found.model, found.rival)[number]
    options = options_of(way["options"])
    told = (found.results or {}).get("ways", [None, None])[number]
    may_label = can(actor, found.project, "annotate") and model is not None and model.state == "active"
    return {
        "letter": "AB"[number],
        "name": way["name"],
        "href": reverse("model", args=[model.id]) if model else "",
        "settings": ", ".join(_words(options)),
        "told": told,
        "label_href": label_address(found, way["model"], options) if may_label and fits_form(options) else "",
    }


def _words(options: DetectOptions) -> list[str]:
    said = [f"confidence from {options.confidence:g}", f"merges over {options.iou:g}"]
    if cut := options.slicing:
        side = f"{cut['width']} px" if cut["width"] == cut["height"] else f"{cut['width']}×{cut['height']} px"
        said.append(f"slices of {side} that share {cut['overlap']:g}")
    said += [f"{name} from {value:g}" for name, value in options.thresholds.items()]
    return said


def fits_form(options: DetectOptions) -> bool:
    """Whether the form of auto-label can be set to exactly this."""
    cut = options.slicing or {"overlap": 0.0, "width": 0, "height": 0, "full_image": True}
    values = {"confidence": options.confidence, "iou": options.iou, "overlap": cut["overlap"]}
    is_usual = cut.get("metric", "ios") == "ios" and cut.get("threshold", 0.5) == 0.5
    is_plain = cut["width"] == cut["height"] and cut["full_image"] and is_usual
    return is_plain and all(low <= values[name] <= high for name, (low, high) in FORM.items())


def label_address(found: Evaluation, model_id: str, options: DetectOptions) -> str:
    way = orjson.dumps(asked_of(options)).decode()
    return f"{reverse('dataset', args=[found.dataset_id])}?{urlencode({'label': model_id, 'way': way})}"

"""The page of a dataset's texts: add some, let a language model propose, decide one after the other."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from datasets.models import Dataset
from datasets.queries import dataset_for
from inference.actions.texts import add_texts
from inference.language_queries import BY_NAME, endpoints_of
from inference.models import Text
from inference.text_files import MAX_BYTES, texts_of_file
from inference.text_queries import text_counts, texts_in, usual_labels
from modelship.api.pages import SignedInRequest, signed_in
from modelship.api.paging import page
from modelship.lib.errors import BadRequest, Problem, TooLarge
from modelship.projects.gate import can
from modelship.web.activity import jobs_of
from modelship.web.views.datasets import NEEDS, tabs_of
from modelship.web.views.projects import crumbs_of

WORDS = {"new": "New", "proposed": "Proposed", "accepted": "Accepted", "rejected": "Rejected"}
SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def dataset_texts(request: SignedInRequest, dataset_id: UUID) -> HttpResponse:
    """The texts with what is proposed and decided; POST adds those of a field or a file."""
    actor = request.actor
    dataset = dataset_for(actor, dataset_id, "manage" if request.method == "POST" else "view")
    if request.method == "POST":
        _add(request, dataset)
        return redirect("dataset-texts", dataset.id)
    counts, state = text_counts(dataset), request.GET.get("state", "")
    state = state if state in WORDS else ""
    listed = page(request, texts_in(dataset, state=state), order=("ordinal",), to_dict=_row)
    reviewed = counts["accepted"] + counts["rejected"]
    context = {
        "dataset": dataset,
        "jobs": jobs_of(actor, dataset),
        "counts": {**counts, "reviewed": reviewed},
        "labels": usual_labels(dataset),
        "endpoints": endpoints_of(actor).order_by("-is_default", *BY_NAME),
        "rows": listed["results"],
        "next": listed["next"],
        "previous": listed["previous"],
        "state": state,
        "filters": _filters(counts),
        "may": {need: can(actor, dataset.project, need) for need in NEEDS},
        "tabs": tabs_of(actor, dataset),
        "crumbs": crumbs_of(dataset.project),
    }
    return render(request, "web/datasets/texts.html", context)


def _add(request: SignedInRequest, dataset: Dataset) -> None:
    try:
        created, known = add_texts(request.actor, dataset, _sent(request))
    except Problem as problem:
        messages.error(request, f"Nothing was added. {problem.detail}")
        return
    also = f" {known:,} were there already." if known else ""
    messages.success(request, f"{created:,} text{'s' * (created != 1)} added.{also}")


def _sent(request: SignedInRequest) -> list[tuple[str, str]]:
    file = request.FILES.get("file")
    if file is None:
        pasted = request.POST.get("texts", "")
        if not pasted.strip():
            raise BadRequest("Write a text a line, or choose a file.")
        return texts_of_file("pasted.txt", pasted.encode("utf-8", "replace"))
    if (file.size or 0) > MAX_BYTES:
        raise TooLarge(f"A file of texts may have {MAX_BYTES:,} bytes. Send it in parts.")
    return texts_of_file(file.name or "", file.read())


def _row(text: Text) -> dict[str, Any]:
    return {
        "key": text.key,
        "text": text.text if len(text.text) <= SHOWN else f"{text.text[:SHOWN]}…",
        "state": text.state,
        "label": text.label,
        "sure": f"{text.confidence:.0%}" if text.proposed_label else "",
        "by": text.reviewed_by.display_name if text.reviewed_by else text.model_name,
        "at": text.reviewed_at or text.proposed_at,
    }


def _filters(counts: dict[str, int]) -> list[dict[str, Any]]:
    found = [("", "All", counts["all"])]
    found += [(state, words, counts[state]) for state, words in WORDS.items() if counts[state]]
    return [
        {"state": state, "label": label, "count": number, "href": f"?state={state}" if state else "?"}
        for state, label, number in found
    ]

"""Reads of the texts of a dataset; each comes through the tenancy gate."""

from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from datasets.audience import check_in
from datasets.models import Dataset
from inference.actions.classify import TEXTS
from inference.language_options import MAX_OPTIONS, STATES
from inference.language_queries import tag_names
from inference.models import Text
from modelship.accounts.actors import Actor
from modelship.jobs.models import Job
from modelship.lib.clock import wire
from modelship.lib.errors import NotFound

# The names of orders, and the columns of each: the least sure first is what most needs a person.
ORDERS = {"ordinal": ("ordinal",), "uncertainty": ("confidence", "ordinal")}
REVIEWED = (Text.State.ACCEPTED, Text.State.REJECTED)


def text_for(actor: Actor, text_id: UUID | str, need: str) -> Text:
    """The actor's text. Raises NotFound for a foreign or absent one, Forbidden for too low a role."""
    rows = Text.objects.select_related("dataset__project", "dataset__tenant", "reviewed_by")
    found = rows.filter(id=text_id, dataset__tenant=actor.tenant).first()
    if found is None:
        raise NotFound()
    check_in(actor, found.dataset, need)
    return found


def texts_in(dataset: Dataset, *, state: str = "", label: str = "") -> QuerySet[Text]:
    """The texts of a dataset that the gate let through."""
    rows = Text.objects.filter(dataset=dataset).select_related("reviewed_by")
    rows = rows.filter(state=state) if state else rows
    return rows.filter(label=label) if label else rows


def text_counts(dataset: Dataset) -> dict[str, int]:
    """How many texts stand in each state, every state named, and all."""
    found = dict(Text.objects.filter(dataset=dataset).values_list("state").annotate(Count("id")))
    counts = {state: found.get(state, 0) for state in STATES}
    return {"all": sum(counts.values()), **counts}


def text_dict(text: Text) -> dict[str, Any]:
    """The wire shape. `source` tells whose the label is: `ai` until a person says something."""
    by = text.reviewed_by
    return {
        "id": str(text.id),
        "dataset": str(text.dataset_id),
        "ordinal": text.ordinal,
        "key": text.key or None,
        "text": text.text,
        "state": text.state,
        "label": text.label or None,
        "source": _source(text),
        "predicted_label": text.proposed_label or None,
        "confidence": round(text.confidence, 6) if text.proposed_label else None,
        "confidence_from": text.confidence_from or None,
        "model": text.model_name or None,
        "proposed_at": wire(text.proposed_at),
        "reviewed_by": {"id": str(by.id), "name": by.display_name} if by else None,
        "reviewed_at": wire(text.reviewed_at),
    }


def _source(text: Text) -> str | None:
    if text.is_reviewed:
        return "human"
    return "ai" if text.label else None


def usual_labels(dataset: Dataset) -> list[str]:
    """What reviewers choose among: the options of the last classification, else the project's classes."""
    jobs = Job.objects.filter(project=dataset.project_id, kind=TEXTS, args__dataset=str(dataset.id))
    last = jobs.order_by("-created_at").values_list("args", flat=True).first()
    if last:
        return list(last["question"]["options"])
    return tag_names(dataset)[:MAX_OPTIONS]

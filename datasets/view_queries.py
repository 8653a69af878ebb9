"""Reads of saved views: one's own, and those that others share."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from datasets.audience import check_in
from datasets.models import Dataset, SavedView
from modelship.accounts.actors import Actor
from modelship.lib.clock import wire
from modelship.lib.errors import NotFound


def views_of(actor: Actor, dataset: Dataset) -> QuerySet[SavedView]:
    """The views of a dataset that the gate let through, as far as the actor may see them."""
    rows = SavedView.objects.filter(dataset=dataset).select_related("owner")
    return rows.filter(Q(owner=actor.user_id) | Q(is_shared=True))


def view_for(actor: Actor, view_id: UUID) -> SavedView:
    """Raises NotFound for a foreign or absent view, and for one that somebody keeps to themselves."""
    rows = SavedView.objects.select_related("dataset__project", "owner").filter(
        dataset__tenant=actor.tenant, id=view_id
    )
    found = rows.filter(Q(owner=actor.user_id) | Q(is_shared=True)).first()
    if found is None:
        raise NotFound()
    check_in(actor, found.dataset, "view")
    return found


def view_dict(view: SavedView) -> dict[str, Any]:
    return {
        "id": str(view.id),
        "dataset": str(view.dataset_id),
        "name": view.name,
        "q": view.line,
        "sort": view.sort,
        "is_shared": view.is_shared,
        "place": view.place,
        "owner": {"id": str(view.owner_id), "name": view.owner.display_name},
        "created_at": wire(view.created_at),
        "updated_at": wire(view.updated_at),
    }

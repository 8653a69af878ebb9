"""Keeping searches: save, change, share, delete."""

from typing import Any

from django.db import IntegrityError, transaction

from datasets.models import Dataset, SavedView
from datasets.search.grammar import printed
from datasets.search.reading import search_of_line
from datasets.search.sorting import columns_of
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.lib.errors import Conflict, Forbidden
from modelship.projects.gate import can, check

FIELDS = ("name", "q", "sort", "is_shared", "place")
MOST = 200


def save_view(actor: Actor, dataset: Dataset, **values: Any) -> SavedView:
    """Keep a search of a dataset that the gate let through. Raises what `change_view` raises."""
    if actor.user is None:
        raise Forbidden("A view belongs to a person. Use the key of one.")
    if SavedView.objects.filter(dataset=dataset, owner=actor.user).count() >= MOST:
        raise Conflict(f"You keep {MOST} views of this dataset. Delete some first.", code="quota_exceeded")
    view = SavedView(dataset=dataset, owner=actor.user, place=MOST)
    return _write(actor, view, values, event="view.saved")


def change_view(actor: Actor, view: SavedView, **values: Any) -> SavedView:
    """Change some FIELDS. Raises Conflict for a name taken, Forbidden for somebody else's view, and for
    sharing without the role to annotate; BadRequest for a search or an order that can't be read.
    """
    if view.owner_id != actor.user_id:
        raise Forbidden("This view belongs to somebody else. Save it under a name of your own.")
    return _write(actor, view, values, event="view.changed")


@transaction.atomic
def delete_view(actor: Actor, view: SavedView) -> None:
    """Its owner deletes it; a shared one may also go by who manages the project."""
    if view.owner_id != actor.user_id and not can(actor, view.dataset.project, "manage"):
        raise Forbidden("This view belongs to somebody else. Ask them to delete it.")
    target = f"view:{view.id}"
    view.delete()
    record(actor, "view.deleted", target, name=view.name)


def _write(actor: Actor, view: SavedView, values: dict[str, Any], *, event: str) -> SavedView:
    if values.get("is_shared", view.is_shared):
        check(actor, view.dataset.project, "annotate")
    if "sort" in values:
        columns_of(values["sort"])
    if "q" in values:
        values["line"] = printed(search_of_line(values.pop("q")))
    place = values.pop("place", MOST if view._state.adding else None)
    for name, value in values.items():
        setattr(view, name, value)
    try:
        with transaction.atomic():
            view.save()
            if place is not None:
                _put(view, place)
            facts = {"name": view.name, "q": view.line, "is_shared": view.is_shared}
            record(actor, event, f"view:{view.id}", dataset=str(view.dataset_id), **facts)
    except IntegrityError as error:
        raise Conflict("You have a view of this name already. Choose another.", code="name_taken") from error
    return view


def _put(view: SavedView, place: int) -> None:
    """Put the view at that place among its owner's of the dataset; the others close ranks."""
    rows = SavedView.objects.filter(dataset=view.dataset_id, owner=view.owner_id).select_for_update()
    others = [one for one in rows.order_by("place", "created_at", "id") if one.pk != view.pk]
    others.insert(place, view)
    for number, one in enumerate(others):
        one.place = number
    SavedView.objects.bulk_update(others, ["place"])

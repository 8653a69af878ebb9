"""Saved views: list, save, change, delete."""

from typing import Any
from uuid import UUID

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from datasets.actions.views import FIELDS, MOST, change_view, delete_view, save_view
from datasets.queries import dataset_for
from datasets.search.sorting import DEFAULT
from datasets.view_queries import view_dict, view_for, views_of
from modelship.api.paging import page
from modelship.api.values import flag_of, number_of, text_of
from modelship.api.views import ApiView, held

MOST_NAME, MOST_LINE = 100, 2_000


class Views(ApiView):
    """One's own views of a dataset, and those that are shared. POST {"name", "q", "sort", "is_shared", "place"}."""

    def get(self, request: Request, dataset_id: UUID) -> Response:
        rows = views_of(self.actor, dataset_for(self.actor, dataset_id, "view"))
        return Response(page(request, rows, order=("place", "created_at", "id"), to_dict=view_dict))

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "view")
        data = {"q": "", "sort": DEFAULT, "is_shared": False, **self.fields(*FIELDS)}
        name = text_of(data, "name", most=MOST_NAME)
        view = save_view(self.actor, dataset, **{**_values(data), "name": name})
        return Response(view_dict(view), status=201)


class OneView(ApiView):
    """One view; only its owner changes it. `place` puts it there among the owner's views of the dataset."""

    def get(self, request: Request, view_id: UUID) -> Response:
        return Response(view_dict(view_for(self.actor, view_id)))

    @transaction.atomic
    def patch(self, request: Request, view_id: UUID) -> Response:
        view = held(view_for(self.actor, view_id))
        return Response(view_dict(change_view(self.actor, view, **_values(self.fields(*FIELDS)))))

    def delete(self, request: Request, view_id: UUID) -> Response:
        delete_view(self.actor, view_for(self.actor, view_id))
        return Response(status=204)


def _values(data: dict[str, Any]) -> dict[str, Any]:
    """Those fields that are given, each of its type."""
    values: dict[str, Any] = {}
    if "name" in data:
        values["name"] = text_of(data, "name", most=MOST_NAME)
    if "q" in data:
        values["q"] = text_of(data, "q", most=MOST_LINE, default="")
    if "sort" in data:
        values["sort"] = text_of(data, "sort", most=20)
    if "is_shared" in data:
        values["is_shared"] = flag_of(data, "is_shared", default=False)
    if "place" in data:
        values["place"] = int(number_of(data, "place", low=0, high=MOST))
    return values

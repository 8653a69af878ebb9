"""CRUD of datasets."""

from typing import Any
from uuid import UUID

from django.db import transaction
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from datasets import queries
from datasets.actions import datasets as actions
from datasets.models import Dataset
from modelship.api.paging import page
from modelship.api.values import choice_of, flag_of, id_of, text_of
from modelship.api.views import ApiView, check_if_match, held
from modelship.projects.gate import project_for

PROJECT = OpenApiParameter("project", UUID, description="Only the datasets of this project.")


class Datasets(ApiView):
    """The datasets of the tenant, or of one project."""

    @extend_schema(parameters=[PROJECT, OpenApiParameter("q", str, description="Part of the name.")])
    def get(self, request: Request) -> Response:
        asked = request.query_params
        project_id = id_of(asked["project"], "project") if asked.get("project") else None
        if project_id is not None:
            project_for(self.actor, project_id, "view")
        rows = queries.datasets_of(
            self.actor, project_id=project_id, q=text_of(asked, "q", most=200, default="")
        )
        order = ("-created_at", "id")
        return Response(page(request, rows, order=order, to_dict=queries.dataset_dict))

    def post(self, request: Request) -> Response:
        data = self.fields("project", "name", "kind", "description")
        wanted = data.get("project", request.query_params.get("project"))
        dataset = actions.create_dataset(
            self.actor,
            project_for(self.actor, id_of(wanted, "project"), "manage"),
            name=text_of(data, "name", most=200),
            kind=choice_of(data, "kind", tuple(Dataset.Kind.values), default=Dataset.Kind.IMAGES),
            description=text_of(data, "description", most=10_000, default=""),
        )
        return _answer(dataset, status=201)


class OneDataset(ApiView):
    """One dataset."""

    def get(self, request: Request, dataset_id: UUID) -> Response:
        return _answer(queries.dataset_for(self.actor, dataset_id, "view"))

    @transaction.atomic
    def patch(self, request: Request, dataset_id: UUID) -> Response:
        dataset = held(queries.dataset_for(self.actor, dataset_id, "manage"))
        check_if_match(request, queries.etag_of(_shown(dataset)))
        data = self.fields("name", "description", "automatic_versions", "audience")
        facts = actions.DatasetFacts(
            name=text_of(data, "name", most=200) if "name" in data else dataset.name,
            description=text_of(data, "description", most=10_000, default=dataset.description),
            automatic_versions=flag_of(data, "automatic_versions", default=dataset.automatic_versions),
            audience=choice_of(data, "audience", tuple(Dataset.Audience.values), default=dataset.audience),
        )
        return _answer(actions.change_dataset(self.actor, dataset, facts))

    def delete(self, request: Request, dataset_id: UUID) -> Response:
        dataset = queries.dataset_for(self.actor, dataset_id, "manage")
        check_if_match(request, queries.etag_of(_shown(dataset)))
        actions.delete_dataset(self.actor, dataset)
        return Response(status=204)


def _shown(dataset: Dataset) -> dict[str, Any]:
    return {**queries.dataset_dict(dataset), "counts": queries.counts_of(dataset)}


def _answer(dataset: Dataset, *, status: int = 200) -> Response:
    shown = _shown(dataset)
    return Response(shown, status=status, headers={"ETag": f'"{queries.etag_of(shown)}"'})

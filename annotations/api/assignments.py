"""Assignments: who is to label or to review which image. Many at once are made by the bulk changes."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.actions.assign import change_due, end_assignment
from annotations.actions.assign_many import PURPOSES, due_of
from annotations.assignment_queries import (
    assignment_dict,
    assignment_for,
    assignment_rows,
    assignments_of,
)
from annotations.models import Assignment
from datasets.queries import dataset_for, etag_of, image_for
from datasets.search.keys import ME
from modelship.accounts.actors import Actor
from modelship.api.paging import page
from modelship.api.values import choice_of, id_of
from modelship.api.views import ApiView, check_if_match
from modelship.lib.errors import BadRequest
from modelship.projects.gate import check

FILTERS = [
    OpenApiParameter("dataset", UUID),
    OpenApiParameter("image", UUID),
    OpenApiParameter("user", str, description="Somebody's id, or `me`."),
    OpenApiParameter("purpose", str, enum=list(PURPOSES)),
]


class Assignments(ApiView):
    """Who has which images, newest first. They are made by `POST datasets/{id}/bulk`."""

    @extend_schema(parameters=FILTERS)
    def get(self, request: Request) -> Response:
        rows = assignment_rows(_chosen(self.actor, request.query_params.dict()))
        return Response(page(request, rows, order=("-created_at", "id"), to_dict=assignment_dict))


class OneAssignment(ApiView):
    """One assignment. PATCH {"due"} sets the day or, with null, takes it away; DELETE takes the image away."""

    def get(self, request: Request, assignment_id: UUID) -> Response:
        return _answer(assignment_for(self.actor, assignment_id))

    def patch(self, request: Request, assignment_id: UUID) -> Response:
        assignment = assignment_for(self.actor, assignment_id)
        check(self.actor, assignment.image.dataset.project, "manage")
        data = self.fields("due")
        if "due" not in data:
            raise BadRequest("'due' is needed: a day, or null for none.", field="due")
        check_if_match(request, _etag(assignment))
        due = due_of(data)
        change_due(self.actor, assignment, date.fromisoformat(due) if due else None)
        return _answer(assignment)

    def delete(self, request: Request, assignment_id: UUID) -> Response:
        assignment = assignment_for(self.actor, assignment_id)
        check_if_match(request, _etag(assignment))
        end_assignment(self.actor, assignment)
        return Response(status=204)


def _chosen(actor: Actor, asked: dict[str, Any]) -> QuerySet[Assignment]:
    """Raises NotFound for a dataset or an image that the actor may not see, BadRequest for what can't be read."""
    rows = assignments_of(actor)
    if asked.get("dataset"):
        dataset = dataset_for(actor, id_of(asked["dataset"], "dataset"), "view")
        rows = rows.filter(image__dataset=dataset)
    if asked.get("image"):
        rows = rows.filter(image=image_for(actor, id_of(asked["image"], "image"), "view"))
    if asked.get("user"):
        rows = rows.filter(user=actor.user_id if asked["user"] == ME else id_of(asked["user"], "user"))
    if asked.get("purpose"):
        rows = rows.filter(purpose=choice_of(asked, "purpose", PURPOSES))
    return rows


def _etag(assignment: Assignment) -> str:
    return etag_of(assignment_dict(assignment))


def _answer(assignment: Assignment) -> Response:
    shown = assignment_dict(assignment)
    return Response(shown, headers={"ETag": f'"{etag_of(shown)}"'})

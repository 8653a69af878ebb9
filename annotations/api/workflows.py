"""The way of a project's pictures through their review."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from annotations.actions.workflows import change_workflow
from annotations.api.edits import if_match_of
from annotations.review_queries import workflow_dict
from annotations.workflow.reading import FIELDS
from modelship.api.views import ApiView
from modelship.projects.gate import project_for


class ProjectWorkflow(ApiView):
    """GET the states and steps of a project; PUT others, or `{"preset": "simple|standard|two_reviews|strict"}`.

    `moves` says where pictures go whose state is gone, `{"submitted": "open"}` say. `If-Match` takes the number.
    """

    def get(self, request: Request, project_id: UUID) -> Response:
        project = project_for(self.actor, project_id, "view")
        return _answer(workflow_dict(project.pk))

    def put(self, request: Request, project_id: UUID) -> Response:
        project = project_for(self.actor, project_id, "manage")
        given = self.fields(*FIELDS, "moves", "project", "number", "changed_by", "changed_at")
        sent = {key: value for key, value in given.items() if key in (*FIELDS, "moves")}
        if sent.get("preset", "") is None:
            # One of the project's own, as GET told it.
            del sent["preset"]
        return _answer(change_workflow(self.actor, project, sent, number=if_match_of(request)))


def _answer(shown: dict[str, Any]) -> Response:
    return Response(shown, headers={"ETag": f'"{shown["number"]}"'})

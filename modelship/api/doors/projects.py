"""CRUD of projects."""

from uuid import UUID

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from modelship.api.paging import page
from modelship.api.values import text_of
from modelship.api.views import ApiView, check_if_match, held
from modelship.projects import actions, queries
from modelship.projects.gate import project_for


class Projects(ApiView):
    """The tenant's projects."""

    def get(self, request: Request) -> Response:
        rows = queries.projects_of(self.actor, text_of(request.query_params, "q", most=200, default=""))
        return Response(page(request, rows, order=("-created_at", "id"), to_dict=queries.project_dict))

    def post(self, request: Request) -> Response:
        data = self.fields("name", "description")
        project = actions.create_project(
            self.actor,
            name=text_of(data, "name", most=200),
            description=text_of(data, "description", most=10_000, default=""),
        )
        return Response(queries.project_dict(project), status=201)


class OneProject(ApiView):
    """One project."""

    def get(self, request: Request, project_id: UUID) -> Response:
        project = project_for(self.actor, project_id, "view")
        return Response(queries.project_dict(project), headers={"ETag": f'"{queries.etag_of(project)}"'})

    @transaction.atomic
    def patch(self, request: Request, project_id: UUID) -> Response:
        project = held(project_for(self.actor, project_id, "manage"))
        check_if_match(request, queries.etag_of(project))
        data = self.fields("name", "description")
        project = actions.change_project(
            self.actor,
            project,
            name=text_of(data, "name", most=200, default=project.name) or project.name,
            description=text_of(data, "description", most=10_000, default=project.description),
        )
        return Response(queries.project_dict(project), headers={"ETag": f'"{queries.etag_of(project)}"'})

    def delete(self, request: Request, project_id: UUID) -> Response:
        project = project_for(self.actor, project_id, "own")
        check_if_match(request, queries.etag_of(project))
        actions.delete_project(self.actor, project)
        return Response(status=204)

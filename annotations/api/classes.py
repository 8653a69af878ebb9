"""CRUD of a project's classes."""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.actions.labels import FIELDS, change_class, create_class, delete_class
from annotations.models import LabelClass
from annotations.queries import class_dict
from modelship.api.paging import page
from modelship.api.values import id_of
from modelship.api.views import ApiView
from modelship.lib.errors import BadRequest, NotFound
from modelship.projects.gate import project_for

MOVING = [
    OpenApiParameter("move_to", UUID, description="The class that gets the deleted one's boxes."),
    OpenApiParameter(
        "approved", str, enum=["reopen"], description="What becomes of approved images with such boxes."
    ),
]


class Classes(ApiView):
    """The classes of a project, in the order in which exports number them."""

    def get(self, request: Request, project_id: UUID) -> Response:
        project = project_for(self.actor, project_id, "view")
        rows = LabelClass.objects.filter(project=project)
        return Response(page(request, rows, order=("order", "created_at", "id"), to_dict=class_dict))

    def post(self, request: Request, project_id: UUID) -> Response:
        project = project_for(self.actor, project_id, "manage")
        return Response(class_dict(create_class(self.actor, project, **self.fields(*FIELDS))), status=201)


class OneClass(ApiView):
    """One class. DELETE refuses while boxes use it, unless `?move_to=` says where they go.

    It refuses while boxes of approved images would move, unless `?approved=reopen` lets those be reopened.
    """

    def get(self, request: Request, project_id: UUID, class_id: UUID) -> Response:
        project = project_for(self.actor, project_id, "view")
        label = LabelClass.objects.filter(project=project, id=class_id).first()
        if label is None:
            raise NotFound()
        return Response(class_dict(label))

    def patch(self, request: Request, project_id: UUID, class_id: UUID) -> Response:
        project = project_for(self.actor, project_id, "manage")
        return Response(class_dict(change_class(self.actor, project, class_id, **self.fields(*FIELDS))))

    @extend_schema(parameters=MOVING)
    def delete(self, request: Request, project_id: UUID, class_id: UUID) -> Response:
        project = project_for(self.actor, project_id, "manage")
        move_to = request.query_params.get("move_to")
        target = id_of(move_to, "move_to") if move_to else None
        asked = request.query_params.get("approved", "")
        if asked not in ("", "reopen"):
            raise BadRequest("'approved' can be reopen, or left out.", field="approved")
        delete_class(self.actor, project, class_id, move_to=target, reopens=bool(asked))
        return Response(status=204)

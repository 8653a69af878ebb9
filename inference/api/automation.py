"""What happens by itself in a project: new pictures are labelled."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from inference.actions.automation import forget_label_on_upload, label_on_upload, switch_off
from inference.automation_queries import wish_dict, wish_of
from inference.models import LabelOnUpload
from inference.options import LABEL_FIELDS, LabelOptions
from inference.queries import model_to_use
from modelship.accounts.actors import Actor
from modelship.api.values import flag_of, text_of
from modelship.api.views import ApiView
from modelship.projects.gate import project_for
from modelship.projects.models import Project


class Automation(ApiView):
    """GET, PUT or DELETE how new pictures are labelled: {"model", "is_on"} and the fields of labelling.

    `{"is_on": false}` alone switches off and remembers the rest.
    """

    def get(self, request: Request, project_id: UUID) -> Response:
        return Response(wish_dict(wish_of(project_for(self.actor, project_id, "view"))))

    def put(self, request: Request, project_id: UUID) -> Response:
        project = project_for(self.actor, project_id, "annotate")
        return Response(wish_dict(put_wish(self.actor, project, self.fields(*LABEL_FIELDS, "is_on"))))

    def delete(self, request: Request, project_id: UUID) -> Response:
        forget_label_on_upload(self.actor, project_for(self.actor, project_id, "annotate"))
        return Response(status=204)


def put_wish(actor: Actor, project: Project, data: dict[str, Any]) -> LabelOnUpload:
    """Read strictly, then set up. Raises BadRequest, NotFound and Conflict as labelling does."""
    is_on = flag_of(data, "is_on", default=True)
    if not is_on and set(data) == {"is_on"}:
        return switch_off(actor, project)
    model = model_to_use(actor, text_of(data, "model", most=200))
    LabelOptions.read(data, model.spec)
    asked = {key: value for key, value in data.items() if key not in ("model", "is_on")}
    return label_on_upload(actor, project, model, asked, is_on=is_on)

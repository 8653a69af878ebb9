"""One change for many images, named or found by a search."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from datasets import bulk
from datasets.actions.bulk import change_later, change_now
from datasets.models import Dataset
from datasets.queries import dataset_for
from modelship.api.views import ApiView
from modelship.jobs.queries import job_dict
from modelship.lib.errors import Unprocessable
from modelship.projects.gate import check


class DatasetBulk(ApiView):
    """POST {"action", "value"?, "images": [ids]} or {..., "filter": {"q": line}}.

    A few named ones change at once: {"changed": n}. Anything else is a job: 202 {"job"}. Deleting wants
    "confirm": the dataset's name.
    """

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "view")
        data = self.fields(*bulk.FIELDS)
        wish = bulk.Wish.read(data)
        check(self.actor, dataset.project, bulk.NEEDS[wish.action])
        if wish.action == "delete":
            _confirmed(dataset, data.get("confirm"))
        if wish.is_small:
            return Response({"changed": change_now(self.actor, dataset, wish)})
        return Response({"job": job_dict(change_later(self.actor, dataset, wish))}, status=202)


def _confirmed(dataset: Dataset, typed: object) -> None:
    if typed != dataset.name:
        detail = "Deleting can't be undone. Send 'confirm' with the name of the dataset."
        raise Unprocessable(detail, code="unconfirmed", field="confirm")

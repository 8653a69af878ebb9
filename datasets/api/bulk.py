"""One change to many pictures, named or found by a search."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from datasets.actions.bulk import change_many
from datasets.actions.bulk_changes import BY_NAME, BulkChange
from datasets.models import Dataset
from datasets.queries import dataset_for
from datasets.selection import Selection
from modelship.api.values import choice_of
from modelship.api.views import ApiView
from modelship.jobs.queries import job_dict
from modelship.lib.errors import BadRequest
from modelship.projects.gate import check

FIELDS = ("action", "images", "filter", "value", "confirm")


class Bulk(ApiView):
    """POST {"action", "images" or "filter", "value", "confirm"}.

    Up to 500 images change at once (50 are deleted at once): 200 with the counts. More change in a job: 202. Deleting needs the
    dataset's name as `confirm`.
    """

    post_answers = (200, 202)

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "view")
        data = self.fields(*FIELDS)
        change = BY_NAME[choice_of(data, "action", tuple(BY_NAME))]
        check(self.actor, dataset.project, change.need)
        value, selection = change.read(data), Selection.read(data, self.actor.user_id)
        _check_confirmed(change, dataset, data)
        answer = change_many(self.actor, dataset, change, selection, value)
        shown: dict[str, Any] = {"action": change.name, "matched": answer.matched}
        if answer.job is not None:
            return Response({**shown, "job": job_dict(answer.job)}, status=202)
        assert answer.done is not None
        counts = {"changed": answer.done.changed, "refused": answer.done.refused}
        return Response({**shown, **counts, "job": None})


def _check_confirmed(change: BulkChange, dataset: Dataset, data: dict[str, Any]) -> None:
    if change.is_final and data.get("confirm") != dataset.name:
        raise BadRequest(
            "Deleting can't be undone. Send the dataset's name as 'confirm'.",
            code="unconfirmed",
            field="confirm",
        )

"""Chosen pictures into another dataset."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from annotations.actions.transfer import DELETE, KEEP, ORIGINALS, TransferOrder, request_transfer
from datasets.queries import dataset_for
from datasets.selection import Selection
from modelship.api.values import choice_of, id_of
from modelship.api.views import ApiView
from modelship.jobs.queries import job_dict
from modelship.lib.errors import BadRequest

FIELDS = ("to", "images", "filter", "original", "classes", "confirm")
REFUSE, MAKE = "refuse", "create"


class DatasetTransfer(ApiView):
    """POST {"to", "images" or "filter", "original", "classes", "confirm"}: copy or move pictures by a job.

    `original` says what becomes of them here: keep (the default), archive or delete; deleting needs the
    dataset's name as `confirm`. Bytes are shared, boxes come along under the classes of the same name; with
    `classes` `create` those that the other project lacks are made, otherwise 409 `classes_missing` names
    them. Pictures that the other dataset holds already stay where they are.
    """

    def post(self, request: Request, dataset_id: UUID) -> Response:
        data = {"original": KEEP, "classes": REFUSE, **self.fields(*FIELDS)}
        original = choice_of(data, "original", ORIGINALS)
        source = dataset_for(self.actor, dataset_id, "view" if original == KEEP else "manage")
        target = dataset_for(self.actor, id_of(data.get("to"), "to"), "manage")
        makes_classes = choice_of(data, "classes", (REFUSE, MAKE)) == MAKE
        order = TransferOrder(Selection.read(data, self.actor.user_id), original, makes_classes)
        if original == DELETE and data.get("confirm") != source.name:
            raise BadRequest(
                "Deleting can't be undone. Send the dataset's name as 'confirm'.",
                code="unconfirmed",
                field="confirm",
            )
        job, is_new = request_transfer(self.actor, source, target, order)
        return Response(
            {"status": "started" if is_new else "already_running", "job": job_dict(job)}, status=202
        )

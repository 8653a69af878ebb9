"""What waits in a dataset, the next picture for somebody, and who works on a picture."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotations import queue_queries as queues
from annotations.actions.assign_many import PURPOSES
from annotations.actions.holds import drop_hold, take_hold
from annotations.actions.next_task import next_task
from annotations.actions.rank import bring_up_to_date
from annotations.hold_queries import hold_dict
from annotations.workload_queries import workload_of
from datasets.queries import dataset_for, image_dict, image_for
from modelship.api.paging import page
from modelship.api.values import choice_of, flag_of, id_of
from modelship.api.views import ApiView
from modelship.lib.errors import BadRequest

MOST_SKIPPED = 100
PARAMETERS = [
    OpenApiParameter("order", str, enum=list(queues.ORDERS)),
    OpenApiParameter("purpose", str, enum=list(PURPOSES), description="`review` where it is left out."),
]
NEXT_ORDERS = ("assigned", queues.UNCERTAINTY)


class DatasetQueue(ApiView):
    """What waits to be labelled or reviewed: by uncertainty with the reasons, by the day it is due, or by age.

    By uncertainty, `job` tells of the job that still looks at what was changed since; the order is the last known one.
    """

    @extend_schema(parameters=PARAMETERS)
    def get(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "view")
        asked = request.query_params.dict()
        order = choice_of(asked, "order", queues.ORDERS, default=queues.UNCERTAINTY)
        purpose = choice_of(asked, "purpose", PURPOSES, default="review")
        job = bring_up_to_date(self.actor, dataset) if order == queues.UNCERTAINTY else None
        rows, columns = queues.listed(dataset, purpose, order)
        answer = page(request, rows, order=columns, to_dict=queues.queued_dict)
        answer["results"] = queues.with_holds(answer["results"])
        return Response({**answer, "job": str(job.id) if job else None})


class NextTask(ApiView):
    """POST {"purpose": "label|review", "order"?: "uncertainty", "skip"?: [ids]}: the next picture for who asks, kept for them.

    First what is assigned to them, by the day it is due, then what was sent back to them, then what is nobody's. No two
    people are handed the same picture. `task` is null where nothing is left.
    """

    post_answers = (200,)

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "annotate")
        data = self.fields("purpose", "order", "skip")
        purpose = choice_of(data, "purpose", PURPOSES, default="label")
        order = choice_of(data, "order", NEXT_ORDERS, default=NEXT_ORDERS[0])
        task = next_task(self.actor, dataset, purpose, order=order, skip=_skipped(data))
        if task is not None:
            task["image"] = image_dict(image_for(self.actor, task["image"], "view"))
        return Response({"task": task})


class ImageHold(ApiView):
    """GET who works on an image; POST that one does, `{"take_over": true}` as a manager; DELETE lets go of it."""

    post_answers = (200,)

    def get(self, request: Request, image_id: UUID) -> Response:
        image_for(self.actor, image_id, "view")
        return Response({"hold": hold_dict(image_id)})

    def post(self, request: Request, image_id: UUID) -> Response:
        image_for(self.actor, image_id, "view")
        takes_over = flag_of(self.fields("take_over"), "take_over", default=False)
        return Response({"hold": take_hold(image_id, actor=self.actor, takes_over=takes_over)})

    def delete(self, request: Request, image_id: UUID) -> Response:
        drop_hold(image_id, actor=self.actor)
        return Response(status=204)


class DatasetWorkload(ApiView):
    """How much each person has to do and has done in a dataset; managers only."""

    def get(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "manage")
        return Response({"results": workload_of(dataset)})


def _skipped(data: dict[str, Any]) -> list[UUID]:
    given = data.get("skip", [])
    if not isinstance(given, list) or len(given) > MOST_SKIPPED:
        raise BadRequest(f"'skip' must list up to {MOST_SKIPPED} images.", field="skip")
    return [id_of(one, "skip") for one in given]

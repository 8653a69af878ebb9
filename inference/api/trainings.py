"""Trainings: start one on a dataset, list them, look at one with its loss curve."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from datasets.queries import dataset_for
from inference.actions.train import queue_training
from inference.queries import model_to_use
from inference.training_order import (
    DEFAULT_SHARE,
    DEFAULT_STEPS,
    FIELDS,
    MAX_SHARE,
    MAX_STEPS,
    MIN_SHARE,
    MIN_STEPS,
    TrainingOrder,
)
from inference.training_queries import (
    LONG,
    NEWEST_FIRST,
    training_detail,
    training_dict,
    training_for,
    trainings_of,
)
from modelship.api.paging import page
from modelship.api.schema import PROBLEM
from modelship.api.values import id_of, text_of
from modelship.api.views import ApiView
from modelship.jobs.queries import job_dict

# The model that comes with the server.
DEFAULT_MODEL = "harbour-nano"
TRAIN_SCHEMA = {
    "application/json": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "model": {
                "type": "string",
                "default": DEFAULT_MODEL,
                "description": "Id or name of the base model.",
            },
            "version": {
                "type": "integer",
                "nullable": True,
                "description": "A version of the dataset; null is the dataset as it is now.",
            },
            "steps": {
                "type": "integer",
                "minimum": MIN_STEPS,
                "maximum": MAX_STEPS,
                "default": DEFAULT_STEPS,
            },
            "val_share": {
                "type": "number",
                "minimum": MIN_SHARE,
                "maximum": MAX_SHARE,
                "default": DEFAULT_SHARE,
                "description": "Which part of the pictures judges the model and is not learnt from.",
            },
            "seed": {"type": "integer", "default": 0},
            "freeze_backbone": {"type": "boolean", "default": False},
        },
    }
}
STARTED = {
    202: OpenApiResponse(OpenApiTypes.OBJECT, '`{"job", "training"}`'),
    409: OpenApiResponse(
        OpenApiTypes.OBJECT, "`torch_missing`: this server can't train; `wrong_kind`: a table."
    ),
    422: OpenApiResponse(
        OpenApiTypes.OBJECT, "`not_trainable`, `no_boxes`, `too_few_images`, `too_many_classes`."
    ),
    **dict.fromkeys((400, 401, 403, 404), PROBLEM),
}


class TrainDataset(ApiView):
    """POST: queue a training that goes on from a model, on a version of the dataset or on it as it is now."""

    request_schema: ClassVar[dict[str, Any]] = TRAIN_SCHEMA

    @extend_schema(responses=STARTED)
    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "manage")
        data = self.fields("model", *FIELDS)
        order = TrainingOrder.read(data)
        base = model_to_use(self.actor, text_of(data, "model", most=200, default=DEFAULT_MODEL))
        run, job = queue_training(self.actor, dataset, base, order)
        return Response({"job": job_dict(job), "training": training_dict(run)}, status=202)


class Trainings(ApiView):
    """The tenant's trainings, newest first: `?dataset=`."""

    @extend_schema(parameters=[OpenApiParameter("dataset", UUID)])
    def get(self, request: Request) -> Response:
        dataset = None
        if asked := request.query_params.get("dataset"):
            dataset = dataset_for(self.actor, id_of(asked, "dataset"), "view")
        rows = trainings_of(self.actor, dataset).defer(*LONG)
        return Response(page(request._request, rows, order=NEWEST_FIRST, to_dict=training_dict))


class OneTraining(ApiView):
    """One training: its job, its loss curve (at most 400 points), the scores before and after, its model."""

    def get(self, request: Request, training_id: UUID) -> Response:
        return Response(training_detail(training_for(self.actor, training_id)))

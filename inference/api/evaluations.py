"""Evaluations: measure a model against reviewed labels, compare two ways of looking, read what came of it."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from datasets.queries import dataset_for
from inference.actions.evaluate import delete_evaluation, queue_evaluation
from inference.evaluation_csv import csv_of
from inference.evaluation_order import FIELDS, MOST_IMAGES, TRUTHS, EvaluationOrder, Way, ways_asked
from inference.evaluation_queries import (
    LONG,
    MOST_DIFFERENT,
    NEWEST_FIRST,
    deletable_evaluation,
    evaluation_detail,
    evaluation_dict,
    evaluation_for,
    evaluations_of,
    picture_dict,
    pictures_of,
)
from inference.options import DetectOptions, Selection
from inference.queries import model_to_use
from modelship.api.paging import page
from modelship.api.schema import PROBLEM
from modelship.api.views import ApiView
from modelship.jobs.queries import job_dict

WAY_SCHEMA = {
    "type": "object",
    "required": ["model"],
    "properties": {
        "model": {"type": "string", "description": "Id or name of an active detector."},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "iou": {"type": "number", "minimum": 0, "maximum": 1},
        "slice": {"type": "object", "nullable": True},
        "merge": {"type": "object", "nullable": True},
        "thresholds": {"type": "object", "nullable": True, "additionalProperties": {"type": "number"}},
    },
}
ORDER_SCHEMA = {
    "application/json": {
        "type": "object",
        "additionalProperties": False,
        "required": ["ways"],
        "properties": {
            "ways": {"type": "array", "minItems": 1, "maxItems": 2, "items": WAY_SCHEMA},
            "images": {"type": "array", "items": {"type": "string", "format": "uuid"}},
            "filter": {"type": "object", "description": "A search, as for labelling."},
            "sample": {
                "type": "integer",
                "minimum": 1,
                "maximum": MOST_IMAGES,
                "description": "How many pictures, evenly spread; reviewed ones go first.",
            },
            "truth": {"type": "string", "enum": list(TRUTHS), "default": TRUTHS[0]},
        },
    }
}
STARTED = {
    202: OpenApiResponse(OpenApiTypes.OBJECT, '`{"evaluation", "job"}`'),
    409: OpenApiResponse(
        OpenApiTypes.OBJECT, "`draft`, `archived`, `wrong_task`: the model; `wrong_kind`: a table."
    ),
    422: OpenApiResponse(OpenApiTypes.OBJECT, "`nothing_selected`"),
    **dict.fromkeys((400, 401, 403, 404), PROBLEM),
}


class DatasetEvaluations(ApiView):
    """The evaluations on a dataset, newest first. POST queues one, of one way of looking or of two."""

    post_answers = (202,)
    request_schema: ClassVar[dict[str, Any]] = ORDER_SCHEMA

    def get(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "view")
        rows = evaluations_of(self.actor, dataset).defer(*LONG)
        return Response(page(request._request, rows, order=NEWEST_FIRST, to_dict=evaluation_dict))

    @extend_schema(responses=STARTED)
    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "annotate")
        data = self.fields(*FIELDS)
        order, selection = EvaluationOrder.read(data), Selection.read(data, self.actor.user_id)
        ways = []
        for asked in ways_asked(data):
            model = model_to_use(self.actor, asked["model"].strip())
            ways.append(Way(model, DetectOptions.read(asked, model.spec)))
        evaluation, job = queue_evaluation(self.actor, dataset, ways, order, selection)
        return Response({"evaluation": evaluation_dict(evaluation), "job": job_dict(job)}, status=202)


class OneEvaluation(ApiView):
    """One evaluation with its results. DELETE forgets it and ends its job."""

    def get(self, request: Request, evaluation_id: UUID) -> Response:
        return Response(evaluation_detail(evaluation_for(self.actor, evaluation_id)))

    def delete(self, request: Request, evaluation_id: UUID) -> Response:
        delete_evaluation(self.actor, deletable_evaluation(self.actor, evaluation_id))
        return Response(status=204)


class EvaluatedImages(ApiView):
    """What was counted in each picture: first those where the ways differ most, or where one errs most."""

    def get(self, request: Request, evaluation_id: UUID) -> Response:
        rows = pictures_of(evaluation_for(self.actor, evaluation_id)).defer("truth")
        return Response(page(request._request, rows, order=MOST_DIFFERENT, to_dict=picture_dict))


class EvaluationTable(ApiView):
    """The classes with their numbers as CSV, a line for each class and way."""

    @extend_schema(
        parameters=[OpenApiParameter("evaluation_id", UUID, OpenApiParameter.PATH)],
        responses={(200, "text/csv"): OpenApiTypes.STR, **dict.fromkeys((401, 403, 404), PROBLEM)},
    )
    def get(self, request: Request, evaluation_id: UUID) -> HttpResponse:
        evaluation = evaluation_for(self.actor, evaluation_id)
        named = f'attachment; filename="evaluation-{evaluation.id}.csv"'
        return HttpResponse(
            csv_of(evaluation),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": named},
        )

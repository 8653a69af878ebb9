"""Language models: the tenant's endpoints, one text now, and classifications of a dataset."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from datasets.queries import dataset_for, etag_of
from inference.actions import endpoints as actions
from inference.actions.classify import Plan, estimate, label_text, planned, queue_classification
from inference.endpoint_values import FIELDS, endpoint_values
from inference.language.asking import Question
from inference.language_options import (
    CLASSIFY_FIELDS,
    MAX_INSTRUCTIONS,
    MAX_OPTION,
    MAX_OPTIONS,
    MAX_TEXT,
    MIN_OPTIONS,
    QUESTION_FIELDS,
    Order,
    Wish,
    read_text,
)
from inference.language_queries import (
    BY_NAME,
    changeable_endpoint,
    endpoint_dict,
    endpoint_for,
    endpoint_to_use,
    endpoints_of,
)
from inference.models import LanguageEndpoint
from modelship.accounts.actions import need_role
from modelship.api.paging import page
from modelship.api.schema import PROBLEM
from modelship.api.views import ApiView, check_if_match
from modelship.jobs.queries import job_dict
from modelship.lib.errors import BadRequest

TRIAL = Question(("boat", "crane"))
TRIAL_TEXT = "A rowing boat lies at the quay."
OPTIONS_SCHEMA = {
    "type": "array",
    "items": {"type": "string", "minLength": 1, "maxLength": MAX_OPTION},
    "minItems": MIN_OPTIONS,
    "maxItems": MAX_OPTIONS,
}
ASKED_SCHEMA = {
    "instructions": {"type": "string", "maxLength": MAX_INSTRUCTIONS, "description": "What options mean."},
    "endpoint": {"type": "string", "description": "Id or name; without it the default."},
    "cache": {"type": "boolean", "default": True, "description": "Whether known answers count."},
}
LABEL_SCHEMA = {
    "application/json": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "text": {"type": "string", "minLength": 1, "maxLength": MAX_TEXT},
            "options": OPTIONS_SCHEMA,
            **ASKED_SCHEMA,
        },
        "required": ["text", "options"],
    }
}
CLASSIFY_SCHEMA = {
    "application/json": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "options": {**OPTIONS_SCHEMA, "description": "Without them, the project's classes."},
            **ASKED_SCHEMA,
            "images": {"type": "array", "items": {"type": "string", "format": "uuid"}},
            "filter": {"type": "object", "description": "A search of pictures, as JSON."},
            "texts": {"description": 'Ids of texts, or `{"state": ...}`; without it pictures.'},
            "replace": {"type": "string", "enum": ["proposed", "none"], "default": "proposed"},
        },
    }
}
LABELLED = {
    200: OpenApiResponse(
        OpenApiTypes.OBJECT,
        '`{"text", "predicted_label", "confidence", "source": "ai", "confidence_from", "tokens", "cached"}`',
    ),
    409: OpenApiResponse(OpenApiTypes.OBJECT, "`no_language_model`, `quota_exceeded`."),
    **dict.fromkeys((400, 401, 403, 404, 422, 503), PROBLEM),
}


class Endpoints(ApiView):
    """The places that language models are asked at. Managers add them; the key is kept sealed and never told."""

    def get(self, request: Request) -> Response:
        return Response(page(request, endpoints_of(self.actor), order=BY_NAME, to_dict=endpoint_dict))

    def post(self, request: Request) -> Response:
        need_role(self.actor, "manage")
        values = endpoint_values(self.fields(*FIELDS), is_new=True)
        return _answer(actions.create_endpoint(self.actor, values), status=201)


class OneEndpoint(ApiView):
    """One endpoint. PATCH keeps what it does not name; a new address needs its key again."""

    def get(self, request: Request, endpoint_id: UUID) -> Response:
        return _answer(endpoint_for(self.actor, endpoint_id))

    def patch(self, request: Request, endpoint_id: UUID) -> Response:
        endpoint = changeable_endpoint(self.actor, endpoint_id)
        check_if_match(request, _etag(endpoint))
        values = endpoint_values(self.fields(*FIELDS), is_new=False)
        return _answer(actions.change_endpoint(self.actor, endpoint, values))

    def delete(self, request: Request, endpoint_id: UUID) -> Response:
        endpoint = changeable_endpoint(self.actor, endpoint_id)
        check_if_match(request, _etag(endpoint))
        actions.delete_endpoint(self.actor, endpoint)
        return Response(status=204)


class EndpointTest(ApiView):
    """POST asks one small question: the answer, how sure it is and how that is known, or the reason why not."""

    post_answers = (200,)

    def post(self, request: Request, endpoint_id: UUID) -> Response:
        endpoint = changeable_endpoint(self.actor, endpoint_id)
        return Response({"status": "ok", **try_endpoint(endpoint)})


class LabelText(ApiView):
    """POST a text and options: the one that a language model chooses. Nothing is kept but the answer itself."""

    post_answers = (200,)
    request_schema: ClassVar[dict[str, Any]] = LABEL_SCHEMA

    @extend_schema(responses=LABELLED)
    def post(self, request: Request) -> Response:
        need_role(self.actor, "annotate")
        data = self.fields("text", *QUESTION_FIELDS)
        text, wish = read_text(data.get("text")), Wish.read(data)
        if wish.options is None:
            raise BadRequest("'options' is needed: the labels to choose among.", field="options")
        endpoint = endpoint_to_use(self.actor, wish.endpoint)
        question = Question(wish.options, wish.instructions)
        return Response(labelled(endpoint, question, text, uses_cache=wish.uses_cache))


class ClassifyDataset(ApiView):
    """POST: queue the classification of pictures, or of `texts`, by a language model. Its answers are proposals."""

    post_answers = (202,)
    request_schema: ClassVar[dict[str, Any]] = CLASSIFY_SCHEMA

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "annotate")
        job, _ = queue_classification(self.actor, dataset, _plan(self, dataset))
        return Response({"job": job_dict(job)}, status=202)


class ClassifyEstimate(ApiView):
    """POST the same: what it would take, in requests, tokens, price and seconds. Nothing is asked."""

    post_answers = (200,)
    request_schema: ClassVar[dict[str, Any]] = CLASSIFY_SCHEMA

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "annotate")
        return Response(estimate(dataset, _plan(self, dataset)))


def _plan(view: ApiView, dataset: Any) -> Plan:
    order = Order.read(view.fields(*CLASSIFY_FIELDS), view.actor.user_id)
    return planned(view.actor, dataset, order)


def labelled(
    endpoint: LanguageEndpoint, question: Question, text: str, *, uses_cache: bool
) -> dict[str, Any]:
    """The answer of the contract, and what is good to know of it."""
    reply = label_text(endpoint, question, text, uses_cache=uses_cache)
    assert reply.verdict is not None
    usage = reply.usage
    return {
        "text": text,
        "predicted_label": reply.verdict.label,
        "confidence": round(reply.verdict.confidence, 6),
        "source": "ai",
        "confidence_from": reply.verdict.confidence_from,
        "tokens": {"input": usage.input_tokens, "output": usage.output_tokens, "total": usage.tokens},
        "cached": reply.is_cached,
    }


def try_endpoint(endpoint: LanguageEndpoint) -> dict[str, Any]:
    """One small question, asked anew. Raises Problems in words for who set the endpoint up."""
    told = labelled(endpoint, TRIAL, TRIAL_TEXT, uses_cache=False)
    endpoint.refresh_from_db(fields=["abilities"])
    wanted = ("predicted_label", "confidence", "confidence_from", "tokens")
    return {**{name: told[name] for name in wanted}, "answers_as": endpoint.abilities.get("format")}


def _etag(endpoint: LanguageEndpoint) -> str:
    """What calls use up does not change the endpoint."""
    return etag_of({**endpoint_dict(endpoint), "used_this_month": None})


def _answer(endpoint: LanguageEndpoint, *, status: int = 200) -> Response:
    return Response(endpoint_dict(endpoint), status=status, headers={"ETag": f'"{_etag(endpoint)}"'})

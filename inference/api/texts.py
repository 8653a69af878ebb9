"""The texts of a dataset: add, list, judge, accept many, export what people reviewed."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any, ClassVar
from uuid import UUID

import orjson
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.formats.csv import neutralised
from datasets.api.files import FilePart, Served, ranged_response
from datasets.queries import dataset_for
from inference.actions import texts as actions
from inference.language_options import MAX_OPTION, STATES
from inference.models import Text
from inference.text_files import MAX_BYTES, MAX_TEXTS, texts_of_file, texts_of_json
from inference.text_queries import ORDERS, REVIEWED, text_counts, text_dict, text_for, texts_in
from modelship.api.paging import page
from modelship.api.parsing import StrictJSONParser
from modelship.api.schema import REFUSALS
from modelship.api.values import choice_of, number_of, text_of
from modelship.api.views import ApiView
from modelship.lib.errors import BadRequest, TooLarge

COLUMNS = ("key", "text", "label", "state", "predicted_label", "confidence", "confidence_from", "model")
BY_COLUMNS = ("reviewed_by", "reviewed_at")
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
BATCH = 1000
FILTERS = [
    OpenApiParameter("state", str, enum=list(STATES)),
    OpenApiParameter("label", str, description="The label that holds: accepted, named, or proposed."),
    OpenApiParameter("order", str, enum=list(ORDERS), description="`uncertainty`: the least sure first."),
]
ADD_SCHEMA = {
    "application/json": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "texts": {
                "type": "array",
                "maxItems": MAX_TEXTS,
                "items": {
                    "oneOf": [
                        {"type": "string"},
                        {
                            "type": "object",
                            "properties": {"key": {"type": "string"}, "text": {"type": "string"}},
                            "required": ["text"],
                        },
                    ]
                },
            }
        },
        "required": ["texts"],
    },
    "multipart/form-data": {
        "type": "object",
        "properties": {"file": {"type": "string", "format": "binary"}},
        "required": ["file"],
    },
}
EXPORTED = {
    (200, "text/csv"): OpenApiResponse(OpenApiTypes.BINARY, "One row a text."),
    (200, "application/json"): OpenApiResponse(OpenApiTypes.OBJECT, '`{"dataset", "texts": [...]}`'),
    **REFUSALS,
}


class Texts(ApiView):
    """The texts of a dataset, with how many stand in each state. POST adds up to 10,000, or those of a `file`."""

    parser_classes = (StrictJSONParser, MultiPartParser)
    request_schema: ClassVar[dict[str, Any]] = ADD_SCHEMA

    @extend_schema(parameters=FILTERS)
    def get(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "view")
        asked = request.query_params.dict()
        state = choice_of(asked, "state", ("", *STATES), default="")
        order = ORDERS[choice_of(asked, "order", tuple(ORDERS), default="ordinal")]
        label = text_of(asked, "label", most=MAX_OPTION, default="")
        rows = texts_in(dataset, state=state, label=label)
        answer = page(request._request, rows, order=order, to_dict=text_dict)
        return Response({**answer, "counts": text_counts(dataset)})

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "manage")
        texts = self._of_file() if request.FILES else texts_of_json(self.fields("texts").get("texts"))
        created, known = actions.add_texts(self.actor, dataset, texts)
        return Response({"created": created, "duplicates": known}, status=201)

    def _of_file(self) -> list[tuple[str, str]]:
        file = self.request.FILES.get("file")
        if file is None:
            raise BadRequest("Send the texts in the field 'file'.", code="no_files", field="file")
        if (file.size or 0) > MAX_BYTES:
            raise TooLarge(
                f"A file of texts may have {MAX_BYTES:,} bytes. Send it in parts.", limit=MAX_BYTES
            )
        return texts_of_file(file.name or "", file.read())


class OneText(ApiView):
    """One text."""

    def get(self, request: Request, text_id: UUID) -> Response:
        return Response(text_dict(text_for(self.actor, text_id, "view")))

    def delete(self, request: Request, text_id: UUID) -> Response:
        actions.delete_text(self.actor, text_for(self.actor, text_id, "manage"))
        return Response(status=204)


class ReviewText(ApiView):
    """POST: accept or reject what is proposed, relabel it with a `label`, or reopen it."""

    post_answers = (200,)

    def post(self, request: Request, text_id: UUID) -> Response:
        text = text_for(self.actor, text_id, "annotate")
        data = self.fields("action", "label")
        action = choice_of(data, "action", actions.ACTIONS)
        label = text_of(data, "label", most=MAX_OPTION, default="")
        return Response(text_dict(actions.review_text(self.actor, text, action, label)))


class AcceptTexts(ApiView):
    """POST: accept every proposal from a confidence on, or those of one `label`."""

    post_answers = (200,)

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "annotate")
        data = self.fields("min_confidence", "label")
        accepted = actions.accept_sure(
            self.actor,
            dataset,
            min_confidence=number_of(data, "min_confidence", low=0, high=1),
            label=text_of(data, "label", most=MAX_OPTION, default=""),
        )
        return Response({"accepted": accepted})


class ExportTexts(ApiView):
    """The reviewed texts as a file: `?format=csv` or `json`, with who said what and when."""

    @extend_schema(
        parameters=[OpenApiParameter("format", str, enum=list(TYPES), default="csv")], responses=EXPORTED
    )
    def get(self, request: Request, dataset_id: UUID) -> HttpResponse | FilePart:
        dataset = dataset_for(self.actor, dataset_id, "view")
        kind = choice_of(request.query_params.dict(), "format", tuple(TYPES), default="csv")
        rows = texts_in(dataset).filter(state__in=REVIEWED)
        pieces = _csv(rows) if kind == "csv" else _json(str(dataset.id), rows)
        digest, size = sha256(), 0
        with tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="texts-") as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
                size += len(piece)
            file.flush()
            served = Served(TYPES[kind], f"texts.{kind}", digest.hexdigest())
            # The file loses its name with the block; the open one is read to its end.
            return ranged_response(request._request, open(file.name, "rb"), size, served)


def _parts(rows: QuerySet[Text]) -> Iterator[list[Text]]:
    last = 0
    while part := list(rows.filter(ordinal__gt=last).order_by("ordinal")[:BATCH]):
        yield part
        last = part[-1].ordinal


def _csv(rows: QuerySet[Text]) -> Iterator[bytes]:
    yield _lines([(*COLUMNS, *BY_COLUMNS)])
    for part in _parts(rows):
        yield _lines(_cells(text_dict(text)) for text in part)


def _cells(shown: dict[str, Any]) -> list[Any]:
    by = shown["reviewed_by"]
    values = [*(shown[name] for name in COLUMNS), by and by["name"], shown["reviewed_at"]]
    return [neutralised(value) if isinstance(value, str) else value for value in values]


def _lines(rows: Iterable[Iterable[Any]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def _json(dataset: str, rows: QuerySet[Text]) -> Iterator[bytes]:
    yield b'{"dataset":' + orjson.dumps(dataset) + b',"texts":['
    is_first = True
    for part in _parts(rows):
        for text in part:
            yield (b"" if is_first else b",") + orjson.dumps(text_dict(text))
            is_first = False
    yield b"]}"

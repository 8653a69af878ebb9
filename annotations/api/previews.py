"""A picture with its boxes drawn in, as JPEG or PNG."""

import hashlib
import io
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

import orjson
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from annotations.actions.draw import draw_preview, drawn_boxes
from annotations.contents import contents_of
from annotations.export_order import number_in, score_of, states_of, version_of, whole_in
from annotations.export_queries import Choice
from annotations.formats.records import ExportClass
from annotations.models import Box
from datasets.api.files import FilePart, Served, is_known, ranged_response
from datasets.api.images import FILE, FileView
from datasets.models import Image
from datasets.queries import image_for
from modelship.api.values import choice_of
from modelship.lib.errors import BadRequest, Unprocessable

SMALLEST, LARGEST, USUAL = 64, 4096, 1024
KINDS = {"jpeg": "JPEG", "png": "PNG"}
SHOWN = [Box.State.PROPOSED.value, Box.State.ACCEPTED.value]
PARAMETERS = [
    OpenApiParameter(
        "size", int, description=f"The longer side, {SMALLEST} to {LARGEST}; {USUAL} by default."
    ),
    OpenApiParameter("format", str, enum=list(KINDS)),
    OpenApiParameter(
        "states", str, description="Box states, separated by commas; rejected ones are never drawn."
    ),
    OpenApiParameter(
        "min_score", float, description="Proposals below it, or without a score, are not drawn."
    ),
    OpenApiParameter(
        "version", int, description="Draw the boxes as they were in this version; now by default."
    ),
]


@dataclass(frozen=True)
class Look:
    """How a preview is asked for: the size of the picture, its format, which boxes."""

    side: int
    extension: str
    choice: Choice

    @classmethod
    def parse(cls, asked: dict[str, str]) -> Self:
        """Raises BadRequest for a value that can't be."""
        size = asked.get("size", str(USUAL))
        if not (size.isascii() and size.isdigit()) or not SMALLEST <= int(size[:9]) <= LARGEST:
            raise BadRequest(f"'size' must be a whole number from {SMALLEST} to {LARGEST}.", field="size")
        wanted: dict[str, Any] = dict(asked)
        if "states" in asked:
            wanted["states"] = asked["states"].split(",")
        if "min_score" in asked:
            wanted["min_score"] = number_in(asked["min_score"])
        states = states_of(wanted, "states", SHOWN, default=SHOWN)
        extension = choice_of(wanted, "format", tuple(KINDS), default="jpeg")
        return cls(int(size), extension, Choice(states, score_of(wanted, "min_score")))


class ImagePreview(FileView):
    """Boxes drawn over the upright picture, labelled with class and score. The ETag changes with every edit."""

    @extend_schema(parameters=PARAMETERS, responses=FILE)
    def get(self, request: Request, image_id: UUID) -> HttpResponse | FilePart:
        image = image_for(self.actor, image_id, "view")
        asked = request.query_params.dict()
        look, contents = Look.parse(asked), contents_of(image.dataset, number_in_query(asked))
        seq = contents.seq_of(image.id)
        if seq is None:
            detail = f"Version {contents.number} does not have this image. Choose another version."
            raise Unprocessable(detail, code="not_in_version", field="version")
        classes = contents.classes()
        # Before the boxes: what is drawn is never older than its ETag says.
        etag = etag_of(image, look, classes, seq)
        stem = image.filename.rpartition(".")[0] or image.filename
        name = f"{stem}.boxes.{'jpg' if look.extension == 'jpeg' else look.extension}"
        served = Served(f"image/{look.extension}", name, etag, is_inline=True)
        if is_known(request._request, f'"{etag}"'):
            return ranged_response(request._request, io.BytesIO(), 0, served)
        boxes = contents.boxes([image.id], look.choice).get(image.id, [])
        drawn = drawn_boxes(boxes, classes)
        picture = draw_preview(image, drawn, side=look.side, kind=KINDS[look.extension])
        return ranged_response(request._request, io.BytesIO(picture), len(picture), served)


def number_in_query(asked: dict[str, str]) -> int | None:
    """The number of the version, None for now. Raises BadRequest for anything else."""
    return version_of({"version": whole_in(asked["version"])}, "version") if "version" in asked else None


def etag_of(image: Image, look: Look, classes: list[ExportClass], seq: int) -> str:
    """Names everything that the drawn picture depends on."""
    facts = [
        image.blob.sha256,
        seq,
        look.side,
        look.extension,
        tuple(look.choice),
        [(label.id, label.name, label.color, label.skeleton) for label in classes],
    ]
    return hashlib.sha256(orjson.dumps(facts)).hexdigest()[:32]

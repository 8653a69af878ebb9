"""Labelling by a model: a dataset as a job, an image at once, or a look without keeping anything."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from datasets.queries import dataset_for, etag_of, image_for
from datasets.storage import staged
from inference.actions.autolabel import Labelled, label_dataset, label_image, look_at
from inference.actions.models import note_trial
from inference.actions.watched import label_watched
from inference.advice_queries import advice_for
from inference.api.photos import check_photo
from inference.detection import Found, Seen, SliceSeen
from inference.ghost_queries import ghosts_dict
from inference.models import DetectorModel
from inference.options import (
    DETECT_FIELDS,
    LABEL_FIELDS,
    DetectOptions,
    LabelOptions,
    Selection,
    check_fields,
    read_cut,
    read_region,
)
from inference.queries import may_change, model_for, model_to_use, need_labeller, usual_model
from inference.warm import warm_detection
from modelship.accounts.actions import need_role
from modelship.api.lines import Lines, Told
from modelship.api.parsing import StrictJSONParser, parse_json
from modelship.api.values import flag_of, id_of, text_of
from modelship.api.views import ApiView
from modelship.jobs.queries import job_dict
from modelship.lib.errors import BadRequest

# As long as the editor keeps what it fetched ahead for the neighbours of an image.
FRESH_SECONDS = 30
ADVICE_QUERY = [
    OpenApiParameter("model", str, required=True, description="A model's id or name."),
    OpenApiParameter("size", int, description="Also plan slices of that side."),
    OpenApiParameter("overlap", float, description="Their overlap, 0.2 where it is not said."),
]
TEST_FIELDS = tuple(field for field in DETECT_FIELDS if field != "model")
TEST_SCHEMA = {
    "multipart/form-data": {
        "type": "object",
        "properties": {
            "file": {"type": "string", "format": "binary"},
            "options": {"type": "string", "description": "The other fields, as JSON."},
        },
        "required": ["file"],
    },
    "application/json": {"type": "object", "properties": {"image": {"type": "string", "format": "uuid"}}},
}


class LabelDataset(ApiView):
    """POST: queue the labelling of a dataset. Defaults: all images, earlier proposals are replaced."""

    post_answers = (202,)

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "annotate")
        data = self.fields(*LABEL_FIELDS, "images", "filter")
        model = model_to_use(self.actor, text_of(data, "model", most=200))
        options, selection = LabelOptions.read(data, model.spec), Selection.read(data, self.actor.user_id)
        job, _ = label_dataset(self.actor, dataset, model, options, selection)
        return Response({"job": job_dict(job)}, status=202)


class LabelAdvice(ApiView):
    """GET: which slices suit the objects seen so far, and how long each choice would take for the whole dataset."""

    @extend_schema(parameters=ADVICE_QUERY)
    def get(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "view")
        asked = request.query_params.dict()
        check_fields(asked, *(parameter.name for parameter in ADVICE_QUERY))
        model = model_to_use(self.actor, text_of(asked, "model", most=200))
        return Response(advice_for(dataset, model, cut=read_cut(asked)))


class LabelImage(ApiView):
    """POST: label an image, or its `region` [x, y, width, height], and answer with the new boxes.

    Without a `model` the one that labelled the dataset last looks, as it did then. With `stream` the answer comes
    in lines of JSON: `{"slice": {"done", "total", "window", "boxes"}}` for each finished slice, then
    `{"answer": {...}}` or `{"problem": {...}}`; empty lines are signs of life. To hang up is to stop the model:
    what the finished slices gave is kept.
    """

    post_answers = (200,)

    def post(self, request: Request, image_id: UUID) -> Response | Lines:
        image = image_for(self.actor, image_id, "annotate")
        data = self.fields(*LABEL_FIELDS, "region", "stream")
        region = read_region(data.get("region"), image.width, image.height)
        if "model" in data:
            model = model_to_use(self.actor, text_of(data, "model", most=200))
            options = LabelOptions.read(data, model.spec)
        else:
            model, usual = usual_model(self.actor, image.dataset)
            options = as_usual(data, LabelOptions.read(data, model.spec), usual)
        if flag_of(data, "stream", default=False):
            return Lines(told(model, label_watched(self.actor, image, model, options, region)))
        return Response(labelled_dict(model, label_image(self.actor, image, model, options, region)))


def told(model: DetectorModel, work: Generator[SliceSeen | None, None, Labelled]) -> Generator[Told]:
    """Slices, and what came of them."""
    with closing(work):
        while True:
            try:
                seen = next(work)
            except StopIteration as end:
                yield {"answer": labelled_dict(model, end.value)}
                return
            yield seen and {"slice": slice_dict(seen)}


def labelled_dict(model: DetectorModel, done: Labelled) -> dict[str, Any]:
    return {
        "seq": done.seq,
        "model": {"id": str(model.id), "name": model.name},
        "boxes": done.proposed.boxes,
        "replaced": done.proposed.replaced,
        "known": done.proposed.known,
        "unmapped": done.proposed.unmapped,
        "dropped": done.proposed.dropped,
        "milliseconds": done.seen.milliseconds,
    }


def slice_dict(seen: SliceSeen) -> dict[str, Any]:
    boxes = [found_dict(found) for found in seen.found]
    return {"done": seen.done, "total": seen.total, "window": seen.window, "boxes": boxes}


def as_usual(data: dict[str, Any], wished: LabelOptions, usual: LabelOptions) -> LabelOptions:
    """What was wished, and as usual where nothing was said."""
    looks = any(field in data for field in DETECT_FIELDS)
    return replace(
        wished,
        detect=wished.detect if looks else usual.detect,
        creates_classes=wished.creates_classes and usual.creates_classes,
    )


class ImageGhosts(ApiView):
    """GET: what the model that labelled the image last half believed. The ETag changes with it."""

    def get(self, request: Request, image_id: UUID) -> Response:
        image = image_for(self.actor, image_id, "view")
        shown = ghosts_dict(image)
        tag = etag_of(shown)
        headers = {"ETag": f'"{tag}"', "Cache-Control": f"private, max-age={FRESH_SECONDS}"}
        known = [sign.strip().removeprefix("W/").strip('"') for sign in if_none_match(request)]
        return Response(status=304, headers=headers) if tag in known else Response(shown, headers=headers)


def if_none_match(request: Request) -> list[str]:
    return request.headers.get("If-None-Match", "").split(",")


class TestModel(ApiView):
    """POST a picture as `file`, or `{"image": id}`: what the model sees in it. No box is kept.

    A draft that sees something in it may be activated then, by who may change it.
    """

    post_answers = (200,)
    parser_classes = (StrictJSONParser, MultiPartParser)
    request_schema: ClassVar[dict[str, Any]] = TEST_SCHEMA

    def post(self, request: Request, model_id: UUID) -> Response:
        model = model_for(self.actor, model_id)
        need_role(self.actor, "annotate")
        need_labeller(model)
        seen = self._of_file(model) if request.FILES else self._of_image(model)
        if model.state == DetectorModel.State.DRAFT and may_change(self.actor, model):
            usual = DetectOptions.read({}, model.spec).confidence
            found = sum(found.score >= usual for found in seen.found)
            note_trial(self.actor, model, found + seen.beyond)
        return Response(seen_dict(seen))

    def _of_image(self, model: DetectorModel) -> Seen:
        data = self.fields("image", *TEST_FIELDS)
        image = image_for(self.actor, id_of(data.get("image"), "image"), "view")
        return look_at(self.actor, image, model, DetectOptions.read(data, model.spec))

    def _of_file(self, model: DetectorModel) -> Seen:
        file = self.request.FILES.get("file")
        if file is None:
            raise BadRequest("Send a picture, in the field 'file'.", code="no_files", field="file")
        check_photo(file)
        options = parse_json(self.request.POST.get("options", "{}").encode("utf-8", "surrogatepass"))
        if not isinstance(options, dict):
            raise BadRequest("'options' must be a JSON object.", field="options")
        check_fields(options, *TEST_FIELDS)
        with staged(file) as stage, warm_detection(self.actor.tenant.id, model) as detection:
            return detection.look(stage.path, DetectOptions.read(options, model.spec))


def seen_dict(seen: Seen) -> dict[str, Any]:
    """Numbers as exact as those of stored boxes."""
    return {
        "width": seen.width,
        "height": seen.height,
        "milliseconds": seen.milliseconds,
        "detections": [found_dict(found) for found in seen.found],
    }


def found_dict(found: Found) -> dict[str, Any]:
    return {
        "class_name": found.class_name,
        "shape": found.shape,
        "score": round(found.score, 6),
        "x": round(found.x, 2),
        "y": round(found.y, 2),
        "w": round(found.w, 2),
        "h": round(found.h, 2),
        "slice": found.slice,
    }

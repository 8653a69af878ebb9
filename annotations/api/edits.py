"""Edits, boxes and the log of an image over REST. The socket calls the same action."""

from typing import Any
from uuid import UUID

import orjson
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.actions.apply_edits import apply_edits
from annotations.edits import log_entry
from annotations.edits.values import ref_of, seq_of
from annotations.queries import MAX_LOG, canvas_state, log_since
from datasets.queries import image_for
from modelship.api.views import ApiView
from modelship.lib.errors import BadRequest

LOG_PARAMETERS = [
    OpenApiParameter("since", int, description="Only batches after this revision; 0 is the beginning."),
    OpenApiParameter("limit", int, description=f"At most this many batches, up to {MAX_LOG}."),
]


class ImageEdits(ApiView):
    """The one write path, and its log. POST takes and answers what the socket does."""

    post_answers = (200,)

    def post(self, request: Request, image_id: UUID) -> Response:
        data = self.fields("type", "ref", "base_seq", "edits")
        outcome = apply_edits(
            image_id,
            data.get("edits"),
            actor=self.actor,
            base_seq=seq_of(data.get("base_seq"), "base_seq"),
            ref=ref_of(data.get("ref")),
            if_match=if_match_of(request),
        )
        problem = outcome.problem()
        if problem is not None:
            raise problem
        return Response(outcome.ack(), headers={"ETag": f'"{outcome.seq}"'})

    @extend_schema(parameters=LOG_PARAMETERS)
    def get(self, request: Request, image_id: UUID) -> Response:
        image_for(self.actor, image_id, "view")
        since = number_of(request, "since", 0, most=1 << 62)
        limit = number_of(request, "limit", 100, most=MAX_LOG)
        batches = log_since(image_id, since, limit + 1)
        shown = batches[:limit]
        more = len(batches) > limit
        return Response(
            {
                "results": [log_entry(batch) for batch in shown],
                "next": f"{request.path}?since={shown[-1]['seq']}&limit={limit}" if more else None,
            }
        )


class ImageBoxes(ApiView):
    """The live boxes of an image, oldest first; the ETag is the revision."""

    def get(self, request: Request, image_id: UUID) -> Response:
        image_for(self.actor, image_id, "view")
        state = canvas_state(image_id)
        headers = {"ETag": f'"{state.seq}"'}
        known = [
            tag.strip().removeprefix("W/").strip('"')
            for tag in request.headers.get("If-None-Match", "").split(",")
        ]
        if str(state.seq) in known:
            return Response(status=304, headers=headers)
        return Response({"seq": state.seq, "results": orjson.Fragment(state.boxes)}, headers=headers)


def if_match_of(request: Request) -> int | None:
    """The revision that a call was meant for; raises BadRequest for what never was an ETag of ours."""
    tag = request.headers.get("If-Match", "").strip()
    if tag in ("", "*"):
        return None
    bare = tag.strip('"')
    if not (bare.isascii() and bare.isdigit()) or len(bare) > 18:
        raise BadRequest('If-Match must be the ETag of the boxes, like "12".')
    return int(bare)


def number_of(request: Request, name: str, default: int, *, most: int) -> int:
    raw: Any = request.query_params.get(name, str(default))
    if not raw.isascii() or not raw.isdigit() or not int(name == "limit") <= int(raw[:20]) <= most:
        raise BadRequest(f"'{name}' must be a whole number of at most {most:,}.", field=name)
    return int(raw)

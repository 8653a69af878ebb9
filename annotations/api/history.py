"""An image's history: what happened, how it looked at each moment, and bringing that back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.actions.restore import restore, restoring_plan
from annotations.api.edits import if_match_of, number_of
from annotations.edits.fields import BadField, read_id
from annotations.edits.values import seq_of
from annotations.history_queries import Wish, moments_before, present_seq, state_at
from annotations.queries import MAX_LOG
from datasets.queries import image_for
from modelship.api.views import ApiView
from modelship.lib.errors import BadRequest

LATEST = 1 << 62
MAX_BOXES = 10_000
PARAMETERS = [
    OpenApiParameter("seq", int, description="Answer the boxes at this revision; 0 is the beginning."),
    OpenApiParameter("before", int, description="Only moments before this revision."),
    OpenApiParameter("limit", int, description=f"At most this many moments, up to {MAX_LOG}."),
]


class ImageHistory(ApiView):
    """GET the moments, newest first: who, when, and how many boxes were added, moved and so on.

    With `seq` the image as it was: {"seq", "moment", "boxes"}.
    """

    @extend_schema(parameters=PARAMETERS)
    def get(self, request: Request, image_id: UUID) -> Response:
        image_for(self.actor, image_id, "view")
        if "seq" in request.query_params:
            seq = number_of(request, "seq", 0, most=LATEST)
            moment, boxes = state_at(image_id, seq)
            return Response({"seq": seq, "moment": moment, "boxes": boxes})
        before = number_of(request, "before", LATEST, most=LATEST)
        limit = number_of(request, "limit", 100, most=MAX_LOG)
        moments = moments_before(image_id, before, limit + 1)
        shown, last = moments[:limit], moments[:limit][-1:]
        more = len(moments) > limit
        return Response(
            {
                "seq": present_seq(image_id),
                "results": shown,
                "next": f"{request.path}?before={last[0]['seq']}&limit={limit}" if more else None,
            }
        )


class ImageRestore(ApiView):
    """POST {"seq": n}, {"seq": n, "boxes": [ids]} or {"person": id, "since"?: n}: bring that back by edits.

    With "dry_run": true the edits are answered and not made.
    """

    post_answers = (200,)

    def post(self, request: Request, image_id: UUID) -> Response:
        # The gate comes before the body: a foreign image is a 404 whatever was sent.
        image_for(self.actor, image_id, "view")
        data = self.fields("seq", "boxes", "person", "since", "dry_run")
        wish, if_match = wish_of(data), if_match_of(request)
        if data.get("dry_run") is True:
            seq, plan = restoring_plan(image_id, wish, actor=self.actor, if_match=if_match)
            skipped = [skip.wire() for skip in plan.skipped]
            return Response({"seq": seq, "applied": 0, "skipped": skipped, "edits": plan.edits})
        done = restore(image_id, wish, actor=self.actor, if_match=if_match)
        skipped = [skip.wire() for skip in done.skipped]
        return Response(
            {"seq": done.seq, "applied": done.applied, "skipped": skipped},
            headers={"ETag": f'"{done.seq}"'},
        )


def wish_of(data: Mapping[str, Any]) -> Wish:
    """What is to be brought back; raises BadRequest unless it is one thing, said fully."""
    keys = data.keys() - {"dry_run"}
    if not isinstance(data.get("dry_run", False), bool):
        raise BadRequest("'dry_run' must be true or false.", field="dry_run")
    if keys in ({"person"}, {"person", "since"}):
        since = seq_of(data.get("since"), "since") or 0
        return Wish(person=_id(data["person"], "person"), since=since)
    if keys not in ({"seq"}, {"seq", "boxes"}) or data["seq"] is None:
        raise BadRequest("Send 'seq', or 'seq' and 'boxes', or 'person' with or without 'since'.")
    boxes = data.get("boxes")
    if "boxes" in keys and (not isinstance(boxes, list) or not 1 <= len(boxes) <= MAX_BOXES):
        raise BadRequest(f"'boxes' must be a list of 1 to {MAX_BOXES:,} ids.", field="boxes")
    ids = None if boxes is None else [_id(item, "boxes") for item in boxes]
    return Wish(seq=seq_of(data["seq"], "seq"), boxes=ids)


def _id(value: Any, name: str) -> str:
    try:
        return read_id(value)
    except BadField as problem:
        raise BadRequest(f"'{name}' must hold UUIDs.", field=name) from problem

"""What differs between two versions of a dataset, or a version and now."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.diff_queries import Moments, diff_image, diff_page
from annotations.pair_queries import CHANGES
from annotations.summary_queries import summary_of
from datasets.queries import dataset_for, image_for
from modelship.api.paging import limit_of
from modelship.api.values import choice_of
from modelship.api.views import ApiView
from modelship.lib.errors import BadRequest, NotFound

NOW = "now"
BETWEEN = [
    OpenApiParameter("from", int, required=True, description="The number of the earlier version."),
    OpenApiParameter("to", str, description="The number of the other version; `now` by default."),
]
PAGED = [
    OpenApiParameter("change", str, enum=list(CHANGES), description="Only images that differ like this."),
    OpenApiParameter("limit", int),
    OpenApiParameter("cursor", str),
]


class DatasetDiff(ApiView):
    """{"from", "to", "summary", "next", "results"}: what changed on the way from one version to another.

    Images are paged in gallery order, each with how many of its boxes differ and how. The summary comes
    with the first page; later ones have null. It counts boxes on the first 2,000 images that differ.
    """

    @extend_schema(parameters=[*BETWEEN, *PAGED])
    def get(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "view")
        moments = Moments.of(self.actor, dataset, *numbers_of(request.query_params.dict()))
        asked = request.query_params.dict()
        change = choice_of(asked, "change", CHANGES) if "change" in asked else ""
        limit, beyond = limit_of(request._request), _number(asked, "cursor", default=0)
        shown, last = diff_page(moments, beyond=beyond, limit=limit, change=change)
        return Response(
            {
                **moments.wire(),
                "summary": None if "cursor" in asked else summary_of(moments),
                "next": None if last is None else _next(request, last),
                "results": shown,
            }
        )


class ImageDiff(ApiView):
    """One image box by box: how each that differs was and is, and those that are the same."""

    @extend_schema(parameters=BETWEEN)
    def get(self, request: Request, dataset_id: UUID, image_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "view")
        image = image_for(self.actor, image_id, "view")
        if image.dataset_id != dataset.id:
            raise NotFound()
        moments = Moments.of(self.actor, dataset, *numbers_of(request.query_params.dict()))
        return Response({**moments.wire(), **diff_image(moments, image)})


def numbers_of(asked: dict[str, str]) -> tuple[int, int | None]:
    """`from`, and `to` or None for now. Raises BadRequest for anything else."""
    later = None if asked.get("to", NOW) == NOW else _number(asked, "to")
    return _number(asked, "from"), later


def _number(asked: dict[str, Any], key: str, default: int | None = None) -> int:
    text = asked.get(key, str(default) if default is not None else "")
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        words = ", or now" if key == "to" else ""
        raise BadRequest(f"'{key}' must be a whole number{words}.", field=key)
    return int(text)


def _next(request: Request, ordinal: int) -> str:
    query = request.query_params.copy()
    query["cursor"] = str(ordinal)
    return f"{request.path}?{query.urlencode()}"

"""The parts of a large upload into an object store: which have arrived, and leave to send others."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from datasets.actions.parts import PartPut, arrived_parts, check_in_parts, sign_parts
from datasets.api.upload_sessions import put_dict
from datasets.parts import MOST_PARTS, Part
from datasets.upload_queries import check_open, upload_for
from modelship.api.paging import limit_of
from modelship.api.views import ApiView
from modelship.lib.errors import BadRequest


class UploadParts(ApiView):
    """GET the parts that have arrived, by number. POST {numbers: [...]} to be told how to send these.

    Each is sent by PUT with exactly the headers told, in any order and several at once; sent again, the
    last one counts.
    """

    @extend_schema(
        parameters=[OpenApiParameter("cursor", OpenApiTypes.STR), OpenApiParameter("limit", OpenApiTypes.INT)]
    )
    def get(self, request: Request, upload_id: UUID) -> Response:
        session = upload_for(self.actor, upload_id, "manage")
        check_in_parts(session)
        check_open(session)
        limit = limit_of(request._request)
        found = arrived_parts(session, after=_cursor(request), most=limit)
        after = f"{request.path}?limit={limit}&cursor={found[-1].number}" if len(found) == limit else None
        return Response({"next": after, "previous": None, "results": [_part_dict(part) for part in found]})

    def post(self, request: Request, upload_id: UUID) -> Response:
        session = upload_for(self.actor, upload_id, "manage")
        numbers = self.fields("numbers").get("numbers")
        is_list = isinstance(numbers, list) and all(type(number) is int for number in numbers)
        if not isinstance(numbers, list) or not is_list:
            raise BadRequest("'numbers' is needed, as a list of whole numbers.", field="numbers")
        return Response({"parts": [_put_dict(part) for part in sign_parts(session, numbers)]})


def _cursor(request: Request) -> int:
    raw = request.query_params.get("cursor", "0")
    if not (raw.isascii() and raw.isdigit() and len(raw) < 6 and int(raw) <= MOST_PARTS):
        raise BadRequest("The cursor is not one of this list. Start from the first page.", field="cursor")
    return int(raw)


def _part_dict(part: Part) -> dict[str, Any]:
    return {"number": part.number, "size": part.size, "etag": part.etag}


def _put_dict(part: PartPut) -> dict[str, Any]:
    return {"number": part.number, "size": part.size, **put_dict(part.put)}

"""The tiles of a large picture."""

import io
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from datasets import queries
from datasets.api.files import FilePart, Served, ranged_response
from datasets.api.images import FILE, FOREVER, FileView
from datasets.imaging.pyramid import PACK_NAME
from datasets.imaging.sizes import CONTENT_TYPE
from datasets.tiles import tile_bytes, tiles_of
from modelship.api.views import ApiView


class ImageTiles(ApiView):
    """How the picture is tiled (`tiles`), or null for one that is shown whole. Level 0 is the smallest.

    `ready` turns true when the job that cuts the tiles is done.
    """

    def get(self, request: Request, image_id: UUID) -> Response:
        return Response({"tiles": tiles_of(queries.image_for(self.actor, image_id, "view"))})


class ImageTile(FileView):
    """One tile as a JPEG; those at the right and lower border are smaller."""

    @extend_schema(responses=FILE)
    def get(
        self, request: Request, image_id: UUID, level: int, column: int, row: int
    ) -> HttpResponse | FilePart:
        image = queries.image_for(self.actor, image_id, "view")
        data = tile_bytes(image, level, column, row)
        place = f"{level}-{column}-{row}"
        served = Served(
            CONTENT_TYPE,
            f"tile-{place}.jpg",
            f"{image.blob.sha256}-{PACK_NAME}-{place}",
            is_inline=True,
            cache=FOREVER,
        )
        return ranged_response(request._request, io.BytesIO(data), len(data), served)

"""Images: list, look, describe, delete, and their bytes."""

from typing import Any
from uuid import UUID

from django.core.files.base import File
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from datasets import queries
from datasets.actions import images as actions
from datasets.actions.render import open_display, open_thumbnail
from datasets.api.files import FilePart, Served, ranged_response
from datasets.api.searches import SEARCH
from datasets.beside import add_beside, known_names
from datasets.imaging.sizes import CONTENT_TYPE, THUMBNAIL_SIZES
from datasets.models import Image
from datasets.search.matching import matching
from datasets.search.reading import search_of_query
from datasets.search.sorting import DEFAULT, TITLES, columns_of
from datasets.search_queries import in_order
from datasets.storage import open_blob
from modelship.api.paging import page
from modelship.api.parsing import MergePatchParser, StrictJSONParser
from modelship.api.schema import PROBLEM, REFUSALS
from modelship.api.values import choice_of, id_of, text_of
from modelship.api.views import ApiView, check_if_match
from modelship.lib.errors import BadRequest

# What a URL of an image answers never changes, and only the person who may see it keeps it.
FOREVER = "private, max-age=31536000, immutable"
FILE = {
    (200, "image/*"): OpenApiResponse(OpenApiTypes.BINARY, "The file."),
    (206, "image/*"): OpenApiResponse(OpenApiTypes.BINARY, "The part that `Range` asks for."),
    304: None,
    416: PROBLEM,
    **REFUSALS,
}
FILTERS = [
    OpenApiParameter("dataset", UUID, description="Only the images of this dataset, in gallery order."),
    OpenApiParameter("sort", str, enum=list(TITLES), description="Another order; needs `dataset`."),
    OpenApiParameter("with", str, description="`assignees`: who is to label or review each image."),
    *SEARCH,
]


class Images(ApiView):
    """The images of a dataset in gallery order, or all of the tenant's, newest first."""

    @extend_schema(parameters=FILTERS)
    def get(self, request: Request) -> Response:
        asked = request.query_params
        names = _beside(asked.get("with", ""))
        dataset = None
        if asked.get("dataset"):
            dataset = queries.dataset_for(self.actor, id_of(asked["dataset"], "dataset"), "view")
        search = search_of_query(asked, besides=("dataset", "sort", "limit", "cursor", "with"))
        rows = matching(queries.all_images_of(self.actor, dataset), search.asked_by(self.actor.user_id))
        if dataset is None:
            if "sort" in asked:
                raise BadRequest("'sort' orders one dataset. Name it with 'dataset'.", field="sort")
            order: tuple[str, ...] = ("-created_at", "id")
        else:
            order = columns_of(asked.get("sort", DEFAULT))
            rows = in_order(rows, asked.get("sort", DEFAULT))
        answer = page(request, queries.image_rows(rows), order=order, to_dict=queries.image_dict)
        add_beside(answer["results"], names)
        return Response(answer)


class OneImage(ApiView):
    """One image. PATCH merges `metadata` by RFC 7396: null removes a key, what is not named stays."""

    parser_classes = (StrictJSONParser, MergePatchParser)

    def get(self, request: Request, image_id: UUID) -> Response:
        return _answer(queries.image_for(self.actor, image_id, "view"))

    def patch(self, request: Request, image_id: UUID) -> Response:
        image = queries.image_for(self.actor, image_id, "annotate")
        data = self.fields("metadata", "filename")
        metadata = data.get("metadata", {})
        if not isinstance(metadata, dict):
            raise BadRequest("'metadata' must be a JSON object.", field="metadata")
        filename = text_of(data, "filename", most=255) if "filename" in data else None
        changed = actions.change_image(
            self.actor,
            image,
            metadata=metadata,
            filename=filename,
            expect=lambda row: check_if_match(request, _etag(row)),
        )
        return _answer(changed)

    def delete(self, request: Request, image_id: UUID) -> Response:
        image = queries.image_for(self.actor, image_id, "manage")
        check_if_match(request, _etag(image))
        actions.delete_image(self.actor, image)
        return Response(status=204)


class FileView(ApiView):
    """GET and HEAD of a file: whatever type the client says it accepts, it gets the file."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        return super().perform_content_negotiation(request, force=True)


class ImageData(FileView):
    """The original, to save; or with `?rendition=display` (or `?inline=1`) a re-encoded one to show."""

    @extend_schema(
        parameters=[
            OpenApiParameter("rendition", str, enum=["original", "display"]),
            OpenApiParameter("inline", str, enum=["0", "1"], description="1 means rendition=display."),
        ],
        responses=FILE,
    )
    def get(self, request: Request, image_id: UUID) -> HttpResponse | FilePart:
        image = queries.image_for(self.actor, image_id, "view")
        asked = request.query_params.dict()
        inline = choice_of(asked, "inline", ("0", "1"), default="0") == "1"
        fallback = "display" if inline else "original"
        if choice_of(asked, "rendition", ("original", "display"), default=fallback) == "display":
            return _shown(request, image, open_display(image), "display")
        served = Served(queries.content_type_of(image), image.filename, image.blob.sha256)
        return ranged_response(request._request, open_blob(image.blob), image.blob.size, served)


class ImageThumbnail(FileView):
    """A small upright JPEG without metadata."""

    @extend_schema(parameters=[OpenApiParameter("size", int, enum=list(THUMBNAIL_SIZES))], responses=FILE)
    def get(self, request: Request, image_id: UUID) -> HttpResponse | FilePart:
        image = queries.image_for(self.actor, image_id, "view")
        size = choice_of(
            request.query_params.dict(),
            "size",
            tuple(map(str, THUMBNAIL_SIZES)),
            default=str(THUMBNAIL_SIZES[0]),
        )
        return _shown(request, image, open_thumbnail(image, int(size)), size)


def _shown(request: Request, image: Image, file: File, name: str) -> HttpResponse | FilePart:
    served = Served(
        CONTENT_TYPE,
        f"{image.filename.rpartition('.')[0] or image.filename}.jpg",
        f"{image.blob.sha256}-{name}",
        is_inline=True,
        cache=FOREVER,
    )
    return ranged_response(request._request, file, file.size, served)


def _beside(asked: str) -> list[str]:
    """What is told beside the images. Raises BadRequest for what nobody tells."""
    names = [name for name in asked.split(",") if name]
    if not set(names) <= set(known_names()):
        raise BadRequest(f"'with' may list {', '.join(known_names())}.", field="with")
    return names


def _etag(image: Image) -> str:
    return queries.etag_of(queries.image_dict(image))


def _answer(image: Image) -> Response:
    shown = queries.image_dict(image)
    return Response(shown, headers={"ETag": f'"{queries.etag_of(shown)}"'})

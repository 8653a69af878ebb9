"""What surrounds the list of a search: its counts, its windows, and what it may ask."""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from datasets.queries import dataset_for, need_view
from datasets.search.keys import known_keys
from datasets.search.reading import search_of_query
from datasets.search.sorting import DEFAULT, TITLES
from datasets.search_queries import facets_of, windows_of
from modelship.api.values import id_of
from modelship.api.views import ApiView
from modelship.lib.errors import BadRequest

MIN_WINDOW, MAX_WINDOW, WINDOW = 50, 500, 200
SEARCH = [
    OpenApiParameter("q", str, description="A search line, as `state:new class:ship score<0.4 quay`."),
    OpenApiParameter("state", str, description="One state or several, separated by commas."),
    OpenApiParameter("split", str, description="train, val, test or none."),
    OpenApiParameter("class", str, description="A class by its name or id, or none."),
    OpenApiParameter("assignee", str, description="Somebody's e-mail, name or id; me, or none."),
    OpenApiParameter("min_score", float, description="Has a proposal with at least this score."),
    OpenApiParameter("max_score", float, description="Has a proposal with at most this score."),
    OpenApiParameter("archived", str, enum=["true", "false", "all"], description="Kept ones by default."),
]
AT = OpenApiParameter("at", UUID, description="An image whose place in the list is wanted.")
SORT = OpenApiParameter("sort", str, enum=list(TITLES))


class Facets(ApiView):
    """How many images fit a search, and how many would for each state and split."""

    @extend_schema(parameters=SEARCH)
    def get(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "view")
        search = search_of_query(request.query_params, besides=()).asked_by(self.actor.user_id)
        return Response(facets_of(dataset, search))


class Windows(ApiView):
    """Cursors into the list of a search: the n-th starts the page behind n times `every` images.

    `at`, an image's id, also asks for its place in the list.
    """

    @extend_schema(parameters=[*SEARCH, SORT, OpenApiParameter("every", int), AT])
    def get(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "view")
        asked = request.query_params
        raw = asked.get("every", str(WINDOW))
        if not (raw.isascii() and raw.isdigit()) or not MIN_WINDOW <= int(raw[:9]) <= MAX_WINDOW:
            detail = f"'every' must be a number from {MIN_WINDOW} to {MAX_WINDOW}."
            raise BadRequest(detail, field="every")
        search = search_of_query(asked, besides=("sort", "every", "at")).asked_by(self.actor.user_id)
        at = id_of(asked["at"], "at") if "at" in asked else None
        return Response(windows_of(dataset, search, asked.get("sort", DEFAULT), int(raw), at))


class SearchKeys(ApiView):
    """What a search may ask for, for suggestions: keys, how they are written, their values."""

    def get(self, request: Request) -> Response:
        need_view(self.actor)
        keys = [{"key": key.name, "hint": key.hint, "values": list(key.choices)} for key in known_keys()]
        return Response(
            {"keys": keys, "sorts": [{"sort": key, "title": text} for key, text in TITLES.items()]}
        )

"""CRUD of sources, trying one, and the files of one."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from datasets import source_queries as queries
from datasets.actions import sources as actions
from datasets.actions.open_source import try_source
from datasets.models import Source, SourceFile
from datasets.queries import dataset_for, etag_of
from datasets.sources import NAMES, SOURCES
from datasets.sources.settings import described
from modelship.api.paging import page
from modelship.api.values import choice_of, id_of, text_of
from modelship.api.views import ApiView, check_if_match

DATASET = OpenApiParameter("dataset", UUID, description="Only the sources of this dataset.")
STATUS = OpenApiParameter("status", str, enum=list(SourceFile.Status.values))


class SourceKinds(ApiView):
    """The kinds of sources, each with the settings that it takes."""

    def get(self, request: Request) -> Response:
        return Response({"results": [described(kind) for kind in SOURCES]})


class Sources(ApiView):
    """The sources of the tenant, or of one dataset."""

    @extend_schema(parameters=[DATASET])
    def get(self, request: Request) -> Response:
        asked, dataset = request.query_params, None
        if asked.get("dataset"):
            dataset = dataset_for(self.actor, id_of(asked["dataset"], "dataset"), "view")
        rows = queries.sources_of(self.actor, dataset)
        return Response(page(request, rows, order=("-created_at", "id"), to_dict=queries.source_dict))

    def post(self, request: Request) -> Response:
        data = self.fields("dataset", "kind", "name", "config")
        source = actions.create_source(
            self.actor,
            dataset_for(self.actor, id_of(data.get("dataset"), "dataset"), "manage"),
            kind=choice_of(data, "kind", NAMES),
            name=text_of(data, "name", most=200),
            config=data.get("config", {}),
        )
        return _answer(source, status=201)


class OneSource(ApiView):
    """One source. PATCH keeps the secrets that it does not name; GET never shows them."""

    def get(self, request: Request, source_id: UUID) -> Response:
        return _answer(queries.source_for(self.actor, source_id, "view"))

    def patch(self, request: Request, source_id: UUID) -> Response:
        source = queries.source_for(self.actor, source_id, "manage")
        check_if_match(request, etag_of(queries.source_dict(source)))
        data = self.fields("name", "config")
        name = text_of(data, "name", most=200) if "name" in data else source.name
        # Merged as one expects of PATCH: what is not named stays.
        given = data.get("config", {})
        config = {**source.config, **given} if isinstance(given, dict) else given
        return _answer(actions.change_source(self.actor, source, name=name, config=config))

    def delete(self, request: Request, source_id: UUID) -> Response:
        source = queries.source_for(self.actor, source_id, "manage")
        check_if_match(request, etag_of(queries.source_dict(source)))
        actions.delete_source(self.actor, source)
        return Response(status=204)


class SourceTest(ApiView):
    """POST tries the connection: 200 with the first files, or the reason why not."""

    post_answers = (200,)

    def post(self, request: Request, source_id: UUID) -> Response:
        found = try_source(queries.source_for(self.actor, source_id, "manage"))
        files = [{"key": entry.key, "size": entry.size} for entry in found]
        return Response({"status": "ok", "files": files})


class SourceFiles(ApiView):
    """What became of each file of a source."""

    @extend_schema(parameters=[STATUS])
    def get(self, request: Request, source_id: UUID) -> Response:
        source = queries.source_for(self.actor, source_id, "view")
        status = choice_of(request.query_params.dict(), "status", ("", *SourceFile.Status.values), default="")
        rows = queries.files_of(source, status)
        return Response(page(request, rows, order=("id",), to_dict=queries.file_dict))


def _answer(source: Source, *, status: int = 200) -> Response:
    shown: dict[str, Any] = queries.source_dict(source)
    return Response(shown, status=status, headers={"ETag": f'"{etag_of(shown)}"'})

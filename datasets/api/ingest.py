"""Filling datasets from sources, reconciling them, and how both stand."""

from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from datasets import source_queries as queries
from datasets.actions.ingest_source import start_ingest
from datasets.actions.scan import start_scan
from datasets.health_queries import health_of
from datasets.models import ScanFinding
from datasets.queries import dataset_for
from modelship.api.paging import page
from modelship.api.schema import REFUSALS
from modelship.api.values import choice_of, flag_of, id_of
from modelship.api.views import ApiView
from modelship.jobs.models import Job
from modelship.jobs.queries import NEWEST_FIRST, job_dict
from modelship.lib.errors import BadRequest, NotFound

STARTED = {200: OpenApiTypes.OBJECT, 202: OpenApiTypes.OBJECT, **REFUSALS}
SOURCE = OpenApiParameter("source", UUID, required=True)
JOB = OpenApiParameter("job", UUID, description="The findings of this scan; without it, the scans.")
KIND = OpenApiParameter("kind", str, enum=list(ScanFinding.Kind.values))


class Ingest(ApiView):
    """POST {"source"}: 202 when it was started, 200 when it runs already; either way with its job."""

    @extend_schema(responses=STARTED)
    def post(self, request: Request) -> Response:
        data = self.fields("source")
        source = queries.source_for(self.actor, id_of(data.get("source"), "source"), "manage")
        return _started(*start_ingest(self.actor, source))


class IngestStatus(ApiView):
    """GET how the last run of a source stands."""

    @extend_schema(parameters=[SOURCE])
    def get(self, request: Request) -> Response:
        source_id = id_of(request.query_params.get("source"), "source")
        return Response(queries.ingest_status(queries.source_for(self.actor, source_id, "view")))


class Scan(ApiView):
    """POST {"source" or "dataset", "apply"}: a job that reconciles; GET the scans, or what one found."""

    @extend_schema(parameters=[JOB, KIND])
    def get(self, request: Request) -> Response:
        asked = request.query_params.dict()
        kind = choice_of(asked, "kind", ("", *ScanFinding.Kind.values), default="")
        scans = queries.scans_of(self.actor)
        if not asked.get("job"):
            return Response(page(request, scans, order=NEWEST_FIRST, to_dict=job_dict))
        job = scans.filter(id=id_of(asked["job"], "job")).first()
        if job is None:
            raise NotFound()
        rows = queries.findings_of(job, kind)
        return Response(page(request, rows, order=("id",), to_dict=queries.finding_dict))

    @extend_schema(responses=STARTED)
    def post(self, request: Request) -> Response:
        data = self.fields("source", "dataset", "apply")
        if ("source" in data) == ("dataset" in data):
            raise BadRequest("Name either a 'source' or a 'dataset' to scan.", field="source")
        applies = flag_of(data, "apply", default=False)
        if "source" in data:
            source = queries.source_for(self.actor, id_of(data["source"], "source"), "manage")
            return _started(*start_scan(self.actor, source.dataset, source=source, applies=applies))
        dataset = dataset_for(self.actor, id_of(data["dataset"], "dataset"), "manage")
        return _started(*start_scan(self.actor, dataset, applies=applies))


class Health(ApiView):
    """GET how database and storage are, and the tenant's numbers; for managers."""

    def get(self, request: Request) -> Response:
        return Response(health_of(self.actor))


def _started(job: Job, is_new: bool) -> Response:
    status = "started" if is_new else "already_running"
    return Response({"status": status, "job": job_dict(job)}, status=202 if is_new else 200)

"""Versions of a dataset: freeze, list, look, go back."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from annotations.actions.freeze import freeze_dataset
from annotations.actions.rollback import request_rollback
from annotations.export_order import version_of
from annotations.version_queries import version_dict, version_for, versions_of
from datasets.queries import dataset_for, etag_of
from modelship.api.paging import page
from modelship.api.views import ApiView
from modelship.jobs.queries import job_dict
from modelship.lib.errors import BadRequest

NEWEST_FIRST = ("-number",)


class DatasetVersions(ApiView):
    """The versions, newest first. POST {"message"} freezes the dataset as it is.

    Answers 201 with the new version, or 200 with the last one where nothing changed since.
    """

    post_answers = (200, 201)

    def get(self, request: Request, dataset_id: UUID) -> Response:
        rows = versions_of(self.actor, dataset_for(self.actor, dataset_id, "view"))
        return Response(page(request._request, rows, order=NEWEST_FIRST, to_dict=version_dict))

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "manage")
        frozen = freeze_dataset(self.actor, dataset, self.fields("message").get("message", ""))
        shown = version_dict(version_for(self.actor, dataset, frozen.number))
        return Response(shown, status=201 if frozen.is_new else 200)


class OneVersion(ApiView):
    """One version, with the classes as they were named."""

    def get(self, request: Request, dataset_id: UUID, number: int) -> Response:
        version = version_for(self.actor, dataset_for(self.actor, dataset_id, "view"), number)
        shown = {**version_dict(version), "classes": version.classes}
        return Response(shown, headers={"ETag": f'"{etag_of(shown)}"'})


class DatasetRollback(ApiView):
    """POST {"version": n}: a job brings images, boxes, reviews, names, splits and classes back.

    The dataset is frozen before and after. While the job runs, asking again answers the same job.
    """

    post_answers = (202,)

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "manage")
        number = version_of(self.fields("version"), "version")
        if number is None:
            raise BadRequest("'version' is needed: the number of the version to go back to.", field="version")
        job, _ = request_rollback(self.actor, dataset, number)
        return Response({"job": job_dict(job)}, status=202)

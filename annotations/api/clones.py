"""Copying a dataset."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from annotations.actions.clone import request_clone
from annotations.export_order import version_of
from datasets.queries import dataset_dict, dataset_for
from modelship.api.values import id_of, text_of
from modelship.api.views import ApiView
from modelship.jobs.queries import job_dict
from modelship.projects.gate import project_for


class DatasetClone(ApiView):
    """POST {"name", "version"?, "project"?}: a new dataset with the pictures, boxes and classes, filled by a job.

    Of a version, or of the dataset as it is now; into the same project, or into another one of the
    tenant, where classes are found by name. No bytes are copied.
    """

    post_answers = (202,)

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "view")
        data = self.fields("name", "version", "project")
        wanted = id_of(data["project"], "project") if data.get("project") else dataset.project_id
        project = project_for(self.actor, wanted, "manage")
        name, number = text_of(data, "name", most=200), version_of(data, "version")
        copy, job = request_clone(self.actor, dataset, project, name, number)
        return Response({"dataset": dataset_dict(copy), "job": job_dict(job)}, status=202)

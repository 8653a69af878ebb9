"""REST of jobs: list, look, cancel, retry."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from modelship.api.paging import page
from modelship.api.values import choice_of, id_of, text_of
from modelship.api.views import ApiView
from modelship.jobs.actions import cancel, retry
from modelship.jobs.models import Job
from modelship.jobs.queries import NEWEST_FIRST, etag_of, job_dict, job_for, jobs_for, steerable_job, steps_of
from modelship.jobs.states import STATES


def narrowed(jobs: QuerySet[Job], asked: dict[str, Any]) -> QuerySet[Job]:
    """The jobs that the query string asks for; raises BadRequest for a value that can't be one."""
    if asked.get("state"):
        jobs = jobs.filter(state=choice_of(asked, "state", STATES))
    if asked.get("kind"):
        jobs = jobs.filter(kind=text_of(asked, "kind", most=100))
    if asked.get("project"):
        jobs = jobs.filter(project_id=id_of(asked["project"], "project"))
    if asked.get("dataset"):
        jobs = jobs.filter(args__dataset=str(id_of(asked["dataset"], "dataset")))
    return jobs


class JobList(ApiView):
    """GET the tenant's jobs, newest first: `?state= &kind= &project= &dataset=`."""

    def get(self, request: Request) -> Response:
        jobs = narrowed(jobs_for(self.actor), request.query_params.dict())
        return Response(page(request._request, jobs, order=NEWEST_FIRST, to_dict=job_dict))


class JobView(ApiView):
    """GET one job, and the `steps` of one that has some."""

    def get(self, request: Request, job_id: UUID) -> Response:
        job = job_for(self.actor, job_id)
        shown = {**job_dict(job), "steps": steps_of(job)}
        return Response(shown, headers={"ETag": f'"{etag_of(job)}"'})


class JobCancel(ApiView):
    """POST: a queued job ends at once, a running one at its next step."""

    post_answers = (200,)

    def post(self, request: Request, job_id: UUID) -> Response:
        return Response(job_dict(cancel(steerable_job(self.actor, job_id), self.actor)))


class JobRetry(ApiView):
    """POST: a failed or cancelled job is queued again."""

    post_answers = (202,)

    def post(self, request: Request, job_id: UUID) -> Response:
        job = retry(steerable_job(self.actor, job_id), self.actor)
        return Response({"job": job_dict(job)}, status=202)

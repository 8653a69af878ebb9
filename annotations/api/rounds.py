"""Blind rounds and their agreement, for managers."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.actions.rounds import begin_round, close_round, delete_round
from annotations.actions.take_over import decide, request_take_over
from annotations.agreement_csv import csv_of
from annotations.agreement_queries import opinion_dict, opinion_on, report_of
from annotations.round_order import FIELDS, RoundOrder
from annotations.round_queries import NEWEST_FIRST, round_dict, round_for, rounds_of
from datasets.queries import dataset_for
from modelship.api.paging import page
from modelship.api.schema import PROBLEM
from modelship.api.values import choice_of, id_of
from modelship.api.views import ApiView
from modelship.jobs.queries import job_dict
from modelship.lib.errors import BadRequest

FORMATS = ("json", "csv")
MOST_SHOWN = 500


class DatasetAgreement(ApiView):
    """The blind rounds of a dataset, newest first. POST {"images" or "filter", "people", "each", "due", "start", "truth",
    "least_overlap", "quorum", "id"} begins one.

    Each picture is given to `each` of the `people`, who work on copies of their own and see nobody else's. `start` is
    what is on a copy at first: `empty` or, as on the picture, `present`. `truth` is {"dataset", "filter", "share"}: so
    many percent of what each person gets are approved pictures of that dataset, which measure them silently. With an
    `id` of one's own sending it again begins no second round.
    """

    post_answers = (202,)

    def get(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "manage")
        return Response(page(request, rounds_of(dataset), order=NEWEST_FIRST, to_dict=round_dict))

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "manage")
        order = RoundOrder.parse(self.fields(*FIELDS), self.actor.user_id)
        found, job = begin_round(self.actor, dataset, order)
        return Response({"round": round_dict(found), "job": job_dict(job) if job else None}, status=202)


class OneRound(ApiView):
    """GET how far a round is; DELETE takes it away with everybody's copies."""

    def get(self, request: Request, round_id: UUID) -> Response:
        return Response(round_dict(round_for(self.actor, round_id)))

    def delete(self, request: Request, round_id: UUID) -> Response:
        delete_round(self.actor, round_for(self.actor, round_id))
        return Response(status=204)


class RoundClose(ApiView):
    """POST ends the work of a round: from then on only managers see the copies."""

    post_answers = (200,)

    def post(self, request: Request, round_id: UUID) -> Response:
        close_round(self.actor, round_for(self.actor, round_id))
        return Response(round_dict(round_for(self.actor, round_id)))


class RoundReport(ApiView):
    """How far the people of a round agree: all together, each pair, each class, and each picture, the least first.

    Pictures count by those who have handed them in, where those are two or more. JSON has the 500 least agreed
    pictures; `?format=csv` has all of them, in one long table.
    """

    @extend_schema(
        parameters=[OpenApiParameter("format", str, enum=list(FORMATS), default="json")],
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, "text/csv"): OpenApiTypes.STR,
            **dict.fromkeys((400, 401, 403, 404), PROBLEM),
        },
    )
    def get(self, request: Request, round_id: UUID) -> HttpResponse:
        found = round_for(self.actor, round_id)
        kind = choice_of(request.query_params.dict(), "format", FORMATS, default="json")
        report = report_of(found)
        if kind == "json":
            return Response({**report, "pictures": report["pictures"][:MOST_SHOWN]})
        named = f'attachment; filename="agreement-round-{found.number}.csv"'
        return HttpResponse(
            csv_of(report), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": named}
        )


class RoundTakeOver(ApiView):
    """POST puts what is agreed on onto the pictures of the round that have no dispute, by a job."""

    post_answers = (202,)

    def post(self, request: Request, round_id: UUID) -> Response:
        self.fields()
        job, _ = request_take_over(self.actor, round_for(self.actor, round_id))
        return Response({"job": job_dict(job)}, status=202)


class RoundPicture(ApiView):
    """GET everybody's work on one picture of a round, what they agree on and what is in dispute.

    POST {"decisions": {dispute: [people whose marks are right]}} takes it over; an empty list means nobody's.
    """

    post_answers = (200,)

    def get(self, request: Request, round_id: UUID, image_id: UUID) -> Response:
        found = round_for(self.actor, round_id)
        return Response(opinion_dict(found, opinion_on(found, image_id)))

    def post(self, request: Request, round_id: UUID, image_id: UUID) -> Response:
        found = round_for(self.actor, round_id)
        decisions = _decisions(self.fields("decisions").get("decisions", {}))
        return Response(decide(self.actor, found, image_id, decisions))


def _decisions(given: Any) -> dict[str, list[str]]:
    if not isinstance(given, dict) or not all(isinstance(people, list) for people in given.values()):
        raise BadRequest(
            "'decisions' must be an object of lists: the people whose marks are right.", field="decisions"
        )
    return {
        str(id_of(uid, "decisions")): [str(id_of(who, "decisions")) for who in people]
        for uid, people in given.items()
    }

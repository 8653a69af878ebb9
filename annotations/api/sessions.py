"""Team review sessions: begun, led, joined and left; the next picture of each person; what came out."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.actions import session_people as people_actions
from annotations.actions import sessions as actions
from annotations.actions.session_pictures import lead, next_picture
from annotations.models import TeamSession
from annotations.queue_queries import OLDEST
from annotations.session_queries import (
    session_for,
    sessions_in,
    shown_dicts,
    state_of,
    waiting_in,
)
from annotations.session_summary_queries import csv_of, summary_of
from datasets.queries import dataset_for, image_dict, image_for
from datasets.search.grammar import MAX_LENGTH
from modelship.api.paging import page
from modelship.api.schema import PROBLEM
from modelship.api.values import choice_of, id_of, text_of
from modelship.api.views import ApiView, check_if_match
from modelship.lib.errors import BadRequest

MOST_NAME = 200
MOST_SKIPPED = 100
STATES = ("open", "ended")
MODES = tuple(TeamSession.Mode.values)
FORMATS = ("json", "csv")
STATE = OpenApiParameter("state", str, enum=list(STATES))
FORMAT = OpenApiParameter("format", str, enum=list(FORMATS), default="json")


class DatasetSessions(ApiView):
    """GET the sessions of a dataset, the newest first.

    POST {"name", "q"?, "order"?: "oldest|newest|uncertainty", "mode"?: "together|apart", "people"?: [ids], "id"?} begins one
    on the pictures that the search finds now; who begins it leads it.
    """

    @extend_schema(parameters=[STATE])
    def get(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "view")
        rows = sessions_in(dataset)
        if asked := request.query_params.get("state"):
            is_over = choice_of({"state": asked}, "state", STATES) == actions.ENDED
            rows = rows.filter(ended_at__isnull=not is_over)
        answer = page(request, rows, order=("-begun_at", "id"), to_dict=lambda one: {"session": one})
        return Response({**answer, "results": shown_dicts([row["session"] for row in answer["results"]])})

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "review")
        data = self.fields("name", "q", "order", "mode", "people", "id")
        plan = actions.Plan(
            name=text_of(data, "name", most=MOST_NAME),
            line=text_of(data, "q", most=MAX_LENGTH, default=""),
            order=choice_of(data, "order", actions.ORDERS, default=OLDEST),
            mode=choice_of(data, "mode", MODES, default=MODES[0]),
            people=ids_of(data, "people", people_actions.MOST_PEOPLE),
            id=id_of(data["id"], "id") if data.get("id") is not None else None,
        )
        session, is_new = actions.begin_session(self.actor, dataset, plan)
        return answer_of(session, 201 if is_new else 200)


class OneSession(ApiView):
    """A session as it stands. PATCH {"name"?, "mode"?, "leader"?: id, "state"?: "ended"}; DELETE takes it away."""

    def get(self, request: Request, session_id: UUID) -> Response:
        return answer_of(session_for(self.actor, session_id, "view"))

    def patch(self, request: Request, session_id: UUID) -> Response:
        session = session_for(self.actor, session_id, "annotate")
        check_if_match(request, str(session.seq))
        actions.change_session(self.actor, session, changes_of(self.fields(*READERS)))
        return answer_of(session)

    def delete(self, request: Request, session_id: UUID) -> Response:
        session = session_for(self.actor, session_id, "review")
        check_if_match(request, str(session.seq))
        actions.delete_session(self.actor, session)
        return Response(status=204)


class SessionPeople(ApiView):
    """POST {"people": [ids]} invites members who can see the pictures; each of them is told once."""

    post_answers = (200,)

    def post(self, request: Request, session_id: UUID) -> Response:
        session = session_for(self.actor, session_id, "annotate")
        people = ids_of(self.fields("people"), "people", people_actions.MOST_PEOPLE)
        people_actions.invite(self.actor, session, people)
        return answer_of(session)


class SessionJoin(ApiView):
    """POST: take part, which who was invited may, and managers."""

    post_answers = (200,)

    def post(self, request: Request, session_id: UUID) -> Response:
        session = session_for(self.actor, session_id, "view")
        self.fields()
        people_actions.join(self.actor, session)
        return answer_of(session)


class SessionLeave(ApiView):
    """POST: take part no longer. What one was handed is free at once."""

    post_answers = (200,)

    def post(self, request: Request, session_id: UUID) -> Response:
        session = session_for(self.actor, session_id, "view")
        self.fields()
        people_actions.leave(self.actor, session)
        return answer_of(session)


class SessionNext(ApiView):
    """POST {"skip"?: [ids]}, where everybody has their own picture: the next one for who asks, kept for them.

    `image` is null where nothing is left for them; `waiting` is how many have no verdict yet.
    """

    post_answers = (200,)

    def post(self, request: Request, session_id: UUID) -> Response:
        session = session_for(self.actor, session_id, "annotate")
        skip = ids_of(self.fields("skip"), "skip", MOST_SKIPPED)
        found = next_picture(self.actor, session, skip=skip)
        image = image_dict(image_for(self.actor, found, "view")) if found else None
        return Response({"image": image, "waiting": waiting_in(session)})


class SessionLead(ApiView):
    """POST {"image"}: who leads shows everybody this picture."""

    post_answers = (200,)

    def post(self, request: Request, session_id: UUID) -> Response:
        session = session_for(self.actor, session_id, "annotate")
        lead(self.actor, session, id_of(self.fields("image").get("image"), "image"))
        return answer_of(session)


class SessionSummary(ApiView):
    """What came out: verdicts by person, class and over time, the time for a picture, every picture.

    `?format=csv` gives a line for each picture.
    """

    @extend_schema(
        parameters=[FORMAT],
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, "text/csv"): OpenApiTypes.STR,
            **dict.fromkeys((400, 401, 403, 404), PROBLEM),
        },
    )
    def get(self, request: Request, session_id: UUID) -> HttpResponse:
        session = session_for(self.actor, session_id, "view")
        if choice_of(request.query_params.dict(), "format", FORMATS, default="json") == "json":
            return Response(summary_of(session))
        named = f'attachment; filename="session-{session.begun_at:%Y-%m-%d}-{str(session.pk)[:8]}.csv"'
        return HttpResponse(
            csv_of(session), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": named}
        )


READERS = {
    "name": lambda data: text_of(data, "name", most=MOST_NAME),
    "mode": lambda data: choice_of(data, "mode", MODES),
    "leader": lambda data: id_of(data["leader"], "leader"),
    "state": lambda data: choice_of(data, "state", (actions.ENDED,)),
}


def changes_of(data: dict[str, Any]) -> dict[str, Any]:
    return {key: READERS[key](data) for key in data}


def ids_of(data: dict[str, Any], key: str, most: int) -> list[UUID]:
    given = data.get(key, [])
    if not isinstance(given, list) or len(given) > most:
        raise BadRequest(f"'{key}' must list up to {most} ids.", field=key)
    return [id_of(one, key) for one in given]


def answer_of(session: TeamSession, status: int = 200) -> Response:
    shown = {**state_of(session), "seq": session.seq}
    return Response(shown, status=status, headers={"ETag": f'"{session.seq}"'})

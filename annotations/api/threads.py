"""Threads on pictures and the comments in them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.actions import threads as actions
from annotations.anchors import anchor_of
from annotations.models import Thread
from annotations.thread_queries import (
    comment_for,
    those_addressing,
    those_in,
    thread_dict,
    thread_dicts,
    thread_for,
    threads_of,
)
from datasets.queries import dataset_for, image_for
from datasets.search.keys import ME
from modelship.accounts.actors import Actor
from modelship.api.paging import page
from modelship.api.values import choice_of, id_of, text_of
from modelship.api.views import ApiView, check_if_match
from modelship.lib.errors import BadRequest

STATES = ("open", "resolved")
STATE = OpenApiParameter("state", str, enum=list(STATES))
FILTERS = [
    OpenApiParameter("dataset", UUID),
    STATE,
    OpenApiParameter("author", str, description="Who takes part: somebody's id, or `me`."),
    OpenApiParameter("mentions", str, description="Who is addressed: somebody's id, or `me`."),
    OpenApiParameter("since", str, description="Only what was changed since this time (RFC 3339)."),
]


class ImageThreads(ApiView):
    """GET the threads of an image, in the order in which they were begun.

    POST {"anchor", "text", "mentions"?: [ids], "id"?} begins one. The anchor is {"kind": "picture"}, {"kind": "point",
    "point": [x, y]}, {"kind": "region", "region": [x, y, w, h]} or {"kind": "box", "box_id"}.
    """

    @extend_schema(parameters=[STATE])
    def get(self, request: Request, image_id: UUID) -> Response:
        image = image_for(self.actor, image_id, "view")
        rows = _in_state(Thread.objects.filter(image=image), request.query_params.dict())
        return Response(_page(request, rows, ("number",)))

    def post(self, request: Request, image_id: UUID) -> Response:
        image_for(self.actor, image_id, "view")
        image = image_for(self.actor, image_id, "annotate")
        data = self.fields("anchor", "text", "mentions", "id")
        thread, is_new = actions.open_thread(
            self.actor,
            image,
            anchor_of(data.get("anchor"), image.width, image.height),
            text=_text(data),
            mentions=_people(data) or (),
            thread_id=_own_id(data),
        )
        return _answer(thread, status=201 if is_new else 200)


class Threads(ApiView):
    """Threads of all images, what was changed last first."""

    @extend_schema(parameters=FILTERS)
    def get(self, request: Request) -> Response:
        rows = _chosen(self.actor, request.query_params.dict())
        return Response(_page(request, rows, ("-updated_at", "id")))


class OneThread(ApiView):
    """One thread. PATCH {"state": "resolved" or "open"}; DELETE takes it away with all that was said in it."""

    def get(self, request: Request, thread_id: UUID) -> Response:
        return _answer(thread_for(self.actor, thread_id, "view"))

    def patch(self, request: Request, thread_id: UUID) -> Response:
        thread = thread_for(self.actor, thread_id, "annotate")
        state = choice_of(self.fields("state"), "state", STATES)
        check_if_match(request, str(thread.revision))
        actions.settle(self.actor, thread, is_open=state == "open")
        return _answer(thread)

    def delete(self, request: Request, thread_id: UUID) -> Response:
        thread = thread_for(self.actor, thread_id, "annotate")
        check_if_match(request, str(thread.revision))
        actions.delete_thread(self.actor, thread)
        return Response(status=204)


class ThreadComments(ApiView):
    """POST {"text", "mentions"?: [ids], "id"?}: an answer. The thread is answered, with it in."""

    def post(self, request: Request, thread_id: UUID) -> Response:
        thread = thread_for(self.actor, thread_id, "annotate")
        data = self.fields("text", "mentions", "id")
        _, is_new = actions.reply(
            self.actor,
            thread,
            text=_text(data),
            mentions=_people(data) or (),
            comment_id=_own_id(data),
        )
        return _answer(thread, status=201 if is_new else 200)


class OneComment(ApiView):
    """PATCH {"text", "mentions"?} says one's own comment otherwise, DELETE takes it back. PATCH answers the thread."""

    def patch(self, request: Request, comment_id: UUID) -> Response:
        comment = comment_for(self.actor, comment_id, "annotate")
        data = self.fields("text", "mentions")
        actions.change_comment(self.actor, comment, text=_text(data), mentions=_people(data))
        return _answer(comment.thread)

    def delete(self, request: Request, comment_id: UUID) -> Response:
        actions.delete_comment(self.actor, comment_for(self.actor, comment_id, "annotate"))
        return Response(status=204)


def _page(request: Request, rows: QuerySet[Thread], order: tuple[str, ...]) -> dict[str, Any]:
    answer = page(
        request,
        rows.select_related("image"),
        order=order,
        to_dict=lambda thread: {"thread": thread},
        weigh=lambda thread: thread.comment_count,
    )
    return {**answer, "results": thread_dicts([row["thread"] for row in answer["results"]])}


def _chosen(actor: Actor, asked: dict[str, Any]) -> QuerySet[Thread]:
    """Raises NotFound for a dataset that the actor may not see, BadRequest for what can't be read."""
    rows = _in_state(threads_of(actor), asked)
    if asked.get("dataset"):
        dataset = dataset_for(actor, id_of(asked["dataset"], "dataset"), "view")
        rows = rows.filter(image__dataset=dataset)
    if asked.get("author"):
        rows = rows.filter(those_in(_who(actor, asked["author"], "author")))
    if asked.get("mentions"):
        rows = rows.filter(those_addressing(_who(actor, asked["mentions"], "mentions")))
    return rows.filter(updated_at__gt=_moment(asked["since"])) if asked.get("since") else rows


def _in_state(rows: QuerySet[Thread], asked: dict[str, Any]) -> QuerySet[Thread]:
    if not asked.get("state"):
        return rows
    return rows.filter(Q(resolved_at__isnull=choice_of(asked, "state", STATES) == "open"))


def _who(actor: Actor, value: str, name: str) -> UUID | None:
    return actor.user_id if value == ME else id_of(value, name)


def _moment(value: str) -> datetime:
    try:
        found = parse_datetime(value)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise BadRequest("'since' must be a time with a zone, as 2026-12-01T08:00:00Z.", field="since")
    return found


def _text(data: dict[str, Any]) -> str:
    return text_of(data, "text", most=actions.MAX_TEXT)


def _people(data: dict[str, Any]) -> list[UUID] | None:
    given = data.get("mentions")
    if given is None:
        return None
    if not isinstance(given, list) or len(given) > actions.MAX_MENTIONS:
        raise BadRequest(f"'mentions' must list up to {actions.MAX_MENTIONS} people.", field="mentions")
    return [id_of(one, "mentions") for one in given]


def _own_id(data: dict[str, Any]) -> UUID | None:
    return None if data.get("id") is None else id_of(data["id"], "id")


def _answer(thread: Thread, status: int = 200) -> Response:
    return Response(thread_dict(thread), status=status, headers={"ETag": f'"{thread.revision}"'})

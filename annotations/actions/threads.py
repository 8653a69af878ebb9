"""What people say about pictures: threads begun, answered, changed, resolved, opened again and taken away.

An approved picture takes threads like any other: they are about it and change nothing on it.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import Max

from annotations.actions.canvas_log import lock_canvas, room_of
from annotations.actions.tell import forget_thread, tell_of_comment, tell_of_mentions
from annotations.anchors import BOX, Anchor
from annotations.models import Comment, Mention, Thread
from annotations.thread_queries import box_place, thread_dict, thread_dicts
from datasets.audience import people_who_see
from datasets.models import Dataset, Image
from modelship.accounts.actors import Actor
from modelship.api.views import held
from modelship.audit.actions import record
from modelship.lib.clock import now
from modelship.lib.errors import Conflict, Forbidden, Unprocessable
from modelship.lib.ids import new_id
from modelship.live.events import Event
from modelship.live.rooms import hub
from modelship.projects.gate import can
from modelship.projects.models import Project

MAX_TEXT = 2_000
MAX_MENTIONS = 20
MAX_THREADS = 1_000
MAX_COMMENTS = 200


@transaction.atomic
def open_thread(
    actor: Actor,
    image: Image,
    anchor: Anchor,
    *,
    text: str,
    mentions: Sequence[UUID] = (),
    thread_id: UUID | None = None,
) -> tuple[Thread, bool]:
    """Begin a thread with its first comment; returns it and whether it is new: the same id a second time is the same thread.

    Raises Forbidden where no person speaks, Conflict for a box that is deleted, an id that is another's or too many
    threads, Unprocessable for an unknown box or somebody who can't be addressed.
    """
    _need_person(actor)
    canvas = lock_canvas(image.pk)
    if thread_id and (known := Thread.objects.filter(pk=thread_id).first()):
        if known.image_id != image.pk or known.created_by_id != actor.user_id:
            raise Conflict("This id is taken. Choose a new one.", code="exists", field="id")
        return known, False
    rows = Thread.objects.filter(image=image)
    if rows.count() >= MAX_THREADS:
        raise Conflict(f"A picture may have {MAX_THREADS:,} threads. Delete some.", code="quota_exceeded")
    x, y, w, h = _place(image, anchor)
    last = rows.aggregate(last=Max("number"))["last"] or 0
    thread = Thread.objects.create(
        id=thread_id or new_id(),
        tenant=image.tenant,
        image=image,
        number=last + 1,
        anchor=anchor.kind,
        box_uid=anchor.box_id,
        seq=canvas.seq,
        created_by=actor.user,
        **{"x": x, "y": y, "w": w, "h": h},
    )
    record(actor, "thread.opened", f"thread:{thread.pk}", image=str(image.pk), number=thread.number)
    _say(actor, thread, text, _addressed(image.dataset, mentions), None)
    _tell(thread)
    return thread, True


@transaction.atomic
def reply(
    actor: Actor,
    thread: Thread,
    *,
    text: str,
    mentions: Sequence[UUID] = (),
    comment_id: UUID | None = None,
) -> tuple[Comment, bool]:
    """Say something in a thread; returns the comment and whether it is new, as `open_thread` does.

    A resolved thread takes answers, and stays resolved.
    """
    _need_person(actor)
    held(thread)
    if comment_id and (known := Comment.objects.filter(pk=comment_id).first()):
        if known.thread_id != thread.pk or known.author_id != actor.user_id:
            raise Conflict("This id is taken. Choose a new one.", code="exists", field="id")
        return known, False
    if thread.comment_count >= MAX_COMMENTS:
        detail = f"A thread may have {MAX_COMMENTS} comments. Begin a new one."
        raise Conflict(detail, code="quota_exceeded")
    comment = _say(actor, thread, text, _addressed(thread.image.dataset, mentions), comment_id)
    record(actor, "thread.answered", f"thread:{thread.pk}", comment=str(comment.pk))
    _changed(thread)
    return comment, True


@transaction.atomic
def change_comment(
    actor: Actor, comment: Comment, *, text: str, mentions: Sequence[UUID] | None = None
) -> None:
    """Say it otherwise. Only who said it may; `mentions` that are left out stay."""
    _need_own(actor, comment)
    thread = held(comment.thread)
    held(comment)
    people = None if mentions is None else _addressed(thread.image.dataset, mentions)
    if text == comment.text and people is None:
        return
    comment.text, comment.edited_at = text, now()
    comment.save(update_fields=["text", "edited_at"])
    if people is not None:
        comment.mentions.exclude(user__in=people).delete()
        known = set(comment.mentions.values_list("user_id", flat=True))
        added = [uid for uid in people if uid not in known]
        _mention(comment, added)
        tell_of_mentions(actor, thread, comment, added)
    record(actor, "comment.changed", f"comment:{comment.pk}", thread=str(thread.pk))
    _changed(thread)


@transaction.atomic
def delete_comment(actor: Actor, comment: Comment) -> None:
    """Take back an answer. Only who said it may, and managers; the first comment goes with its thread alone."""
    if not can(actor, _project(comment.thread), "manage"):
        _need_own(actor, comment)
    thread = held(comment.thread)
    first = thread.comments.order_by("created_at", "id").first()
    if first == comment:
        raise Conflict("The first comment can't go alone. Delete the thread.", code="first_comment")
    deleted, _ = Comment.objects.filter(pk=comment.pk).delete()
    if deleted:
        thread.comment_count -= 1
        record(actor, "comment.deleted", f"comment:{comment.pk}", thread=str(thread.pk))
        _changed(thread)


@transaction.atomic
def settle(actor: Actor, thread: Thread, *, is_open: bool) -> None:
    """Resolve a thread or open it again; anybody who may say something in it may. Twice is once."""
    _need_person(actor)
    held(thread)
    if thread.is_open == is_open:
        return
    thread.resolved_at = None if is_open else now()
    thread.resolved_by = None if is_open else actor.user
    record(actor, "thread.reopened" if is_open else "thread.resolved", f"thread:{thread.pk}")
    _changed(thread)


@transaction.atomic
def delete_thread(actor: Actor, thread: Thread) -> None:
    """Take a thread away: who began it may while nobody else has said anything in it, managers always."""
    held(thread)
    others = thread.comments.exclude(author=actor.user_id).exists()
    is_own = actor.user_id is not None and thread.created_by_id == actor.user_id and not others
    if not is_own and not can(actor, _project(thread), "manage"):
        raise Forbidden("Only a manager deletes what others have said. Resolve the thread instead.")
    record(actor, "thread.deleted", f"thread:{thread.pk}", image=str(thread.image_id), number=thread.number)
    gone = {"id": str(thread.pk), "image": str(thread.image_id), "is_deleted": True}
    Thread.objects.filter(pk=thread.pk).delete()
    forget_thread(thread)
    _publish(thread.image_id, gone)


def _project(thread: Thread) -> Project:
    return thread.image.dataset.project


def _need_person(actor: Actor) -> None:
    if actor.user is None or actor.job_id:
        raise Forbidden("Only a person says something. Sign in, or use a person's key.")


def _need_own(actor: Actor, comment: Comment) -> None:
    if actor.user_id is None or comment.author_id != actor.user_id:
        raise Forbidden("Only who said it may change it. Answer instead.")


def _place(image: Image, anchor: Anchor) -> tuple[float | None, ...]:
    if anchor.kind != BOX or anchor.box_id is None:
        return anchor.place or (None, None, None, None)
    found = box_place(image.pk, anchor.box_id)
    if found is None:
        raise Unprocessable("The picture has no such box. Choose another place.", code="unknown")
    place, is_gone = found
    if is_gone:
        raise Conflict("The box was deleted. Choose another place.", code="gone")
    return place


def _addressed(dataset: Dataset, mentions: Iterable[UUID]) -> list[UUID]:
    """Raises Unprocessable for somebody who can't see the project."""
    wanted = list(dict.fromkeys(mentions))
    if not wanted:
        return []
    able = {user.pk for user in people_who_see(dataset, "view")}
    if any(uid not in able for uid in wanted):
        raise Unprocessable(
            "Only members who can see the picture can be mentioned.", code="not_a_member", field="mentions"
        )
    return wanted


def _say(actor: Actor, thread: Thread, text: str, people: list[UUID], comment_id: UUID | None) -> Comment:
    comment = Comment.objects.create(id=comment_id or new_id(), thread=thread, author=actor.user, text=text)
    _mention(comment, people)
    thread.comment_count += 1
    thread.save(update_fields=["comment_count"])
    tell_of_comment(actor, thread, comment, people)
    return comment


def _mention(comment: Comment, people: Iterable[UUID]) -> None:
    Mention.objects.bulk_create(Mention(comment=comment, user_id=uid) for uid in people)


def _changed(thread: Thread) -> None:
    """Write a thread that the caller holds, as its next revision, and tell who has the picture open."""
    thread.revision += 1
    thread.updated_at = now()
    thread.save(update_fields=["revision", "updated_at", "comment_count", "resolved_at", "resolved_by"])
    _tell(thread)


def _tell(thread: Thread) -> None:
    _publish(thread.image_id, thread_dict(thread))


def publish_threads(image_id: UUID, thread_ids: Sequence[UUID]) -> None:
    """Tell who has the picture open how these threads are now."""
    threads = Thread.objects.select_related("image").filter(pk__in=thread_ids)
    for shown in thread_dicts(list(threads)):
        _publish(image_id, shown)


def _publish(image_id: UUID, shown: dict[str, Any]) -> None:
    body = orjson.dumps({"type": "thread", "thread": shown}).decode()
    transaction.on_commit(lambda: hub.publish(Event(room=room_of(image_id), seq=None, body=body)))

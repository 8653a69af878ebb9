"""Reads of threads: the gate of one, those of pictures, and how every door shows them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from annotations.models import Box, Comment, Thread
from datasets.audience import check_in, hidden_from
from datasets.queries import need_view
from modelship.accounts.actors import Actor
from modelship.accounts.models import User
from modelship.lib.clock import wire
from modelship.lib.errors import NotFound

Place = tuple[float, float, float, float]


def threads_of(actor: Actor) -> QuerySet[Thread]:
    """All that the actor may see. Raises Forbidden for a key that may not view."""
    need_view(actor)
    rows = Thread.objects.filter(tenant=actor.tenant)
    return rows.exclude(image__dataset__in=hidden_from(actor).values("pk"))


def thread_for(actor: Actor, thread_id: UUID, need: str) -> Thread:
    """Raises NotFound for a foreign or absent one, Forbidden for too low a role."""
    rows = Thread.objects.select_related("image__dataset__project", "created_by", "resolved_by")
    found = rows.filter(tenant=actor.tenant, id=thread_id).first()
    if found is None:
        raise NotFound()
    check_in(actor, found.image.dataset, need)
    return found


def comment_for(actor: Actor, comment_id: UUID, need: str) -> Comment:
    """Raises NotFound for a foreign or absent one, Forbidden for too low a role."""
    rows = Comment.objects.select_related("thread__image__dataset__project")
    found = rows.filter(thread__tenant=actor.tenant, id=comment_id).first()
    if found is None:
        raise NotFound()
    check_in(actor, found.thread.image.dataset, need)
    return found


def those_in(user_id: UUID | None) -> Q:
    """Threads that the person began or said something in."""
    said = Comment.objects.filter(author=user_id).values("thread")
    return Q(created_by=user_id) | Q(pk__in=said)


def those_addressing(user_id: UUID | None) -> Q:
    """Threads in which somebody is mentioned."""
    return Q(pk__in=Comment.objects.filter(mentions__user=user_id).values("thread"))


def people_of(thread: Thread) -> set[UUID]:
    """Who takes part: who began it, said something or was addressed."""
    said = Comment.objects.filter(thread=thread).values_list("author_id", "mentions__user_id")
    found = {uid for pair in said for uid in pair}
    return {uid for uid in (*found, thread.created_by_id) if uid is not None}


def box_place(image_id: UUID, box_id: UUID) -> tuple[Place, bool] | None:
    """The frame of a box, and whether the box was deleted; nothing where the picture never had it."""
    rows = Box.objects.filter(canvas_id=image_id, uid=box_id).values_list("x", "y", "w", "h", "deleted")
    found = rows.first()
    return (found[:4], found[4]) if found else None


def thread_dict(thread: Thread) -> dict[str, Any]:
    return thread_dicts([thread])[0]


def thread_dicts(threads: Sequence[Thread]) -> list[dict[str, Any]]:
    """The wire shapes, with their comments, in four queries however many they are."""
    comments: dict[UUID, list[Comment]] = defaultdict(list)
    rows = Comment.objects.filter(thread__in=threads).prefetch_related("mentions")
    for comment in rows.order_by("created_at", "id"):
        comments[comment.thread_id].append(comment)
    people = _people(threads, (one for said in comments.values() for one in said))
    places = _places(threads)
    return [_shown(thread, comments[thread.pk], people, places) for thread in threads]


def _shown(
    thread: Thread,
    comments: list[Comment],
    people: dict[UUID, User],
    places: dict[tuple[UUID, UUID], tuple[Place, bool]],
) -> dict[str, Any]:
    return {
        "id": str(thread.pk),
        "image": str(thread.image_id),
        "dataset": str(thread.image.dataset_id),
        "number": thread.number,
        "anchor": _anchor(thread, places),
        "state": "open" if thread.is_open else "resolved",
        "seq": thread.seq,
        "revision": thread.revision,
        "created_by": _person(thread.created_by_id, people) or _first_author(comments),
        "created_at": wire(thread.created_at),
        "updated_at": wire(thread.updated_at),
        "resolved_by": _person(thread.resolved_by_id, people) or _told(thread.told, "resolved_by"),
        "resolved_at": wire(thread.resolved_at),
        "comments": [_comment(comment, people) for comment in comments],
    }


def _comment(comment: Comment, people: dict[UUID, User]) -> dict[str, Any]:
    mentioned = [_person(one.user_id, people) for one in comment.mentions.all()]
    told = [_named(person) for person in (comment.told or {}).get("mentions", ())]
    return {
        "id": str(comment.pk),
        "author": _person(comment.author_id, people) or _told(comment.told, "author"),
        "text": comment.text,
        "mentions": [*(person for person in mentioned if person), *told],
        "created_at": wire(comment.created_at),
        "edited_at": wire(comment.edited_at),
        "imported": _imported(comment, people),
    }


def _imported(comment: Comment, people: dict[UUID, User]) -> dict[str, Any] | None:
    if comment.imported_at is None:
        return None
    return {"by": _person(comment.imported_by_id, people), "at": wire(comment.imported_at)}


def _first_author(comments: Sequence[Comment]) -> dict[str, Any] | None:
    """Who began a thread said the first thing in it."""
    return _told(comments[0].told, "author") if comments else None


def _told(told: dict[str, Any] | None, role: str) -> dict[str, Any] | None:
    person = (told or {}).get(role)
    return _named(person) if person else None


def _named(person: dict[str, Any]) -> dict[str, Any]:
    """Somebody whom a file names and who is nobody here: a name without an id."""
    return {"id": None, "name": person["name"]}


def _anchor(thread: Thread, places: dict[tuple[UUID, UUID], tuple[Place, bool]]) -> dict[str, Any]:
    """As it was given; one on a box with the frame that the box has now, or had last."""
    kind = thread.anchor
    if kind == Thread.Anchor.PICTURE:
        return {"kind": kind}
    if kind == Thread.Anchor.POINT:
        return {"kind": kind, "point": [thread.x, thread.y]}
    own = [thread.x, thread.y, thread.w, thread.h]
    if thread.box_uid is None:
        return {"kind": kind, "region": own}
    place, is_gone = places.get((thread.image_id, thread.box_uid), (own, True))
    return {"kind": kind, "box_id": str(thread.box_uid), "region": list(place), "is_gone": is_gone}


def _places(threads: Sequence[Thread]) -> dict[tuple[UUID, UUID], tuple[Place, bool]]:
    pinned = [thread for thread in threads if thread.box_uid]
    if not pinned:
        return {}
    rows = Box.objects.filter(
        canvas_id__in={thread.image_id for thread in pinned}, uid__in={thread.box_uid for thread in pinned}
    )
    found = rows.values_list("canvas_id", "uid", "x", "y", "w", "h", "deleted")
    return {(image, uid): ((x, y, w, h), deleted) for image, uid, x, y, w, h, deleted in found}


def _people(threads: Sequence[Thread], comments: Iterable[Comment]) -> dict[UUID, User]:
    ids: set[UUID | None] = set()
    for thread in threads:
        ids |= {thread.created_by_id, thread.resolved_by_id}
    for comment in comments:
        ids |= {comment.author_id, comment.imported_by_id, *(one.user_id for one in comment.mentions.all())}
    return User.objects.only("name", "email").in_bulk([uid for uid in ids if uid is not None])


def _person(user_id: UUID | None, people: dict[UUID, User]) -> dict[str, str] | None:
    found = people.get(user_id) if user_id else None
    return {"id": str(found.pk), "name": found.display_name} if found else None

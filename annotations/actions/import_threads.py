"""What people said about pictures, on its way in: whose words they are, what is there already, and the writing.

A file may say that anybody said anything. So each comment is marked with who imported it, and bears a member's name only
where both the id and the address are that member's.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Max

from annotations.actions.canvas_log import lock_canvas
from annotations.actions.threads import MAX_COMMENTS, MAX_MENTIONS, MAX_TEXT, MAX_THREADS, publish_threads
from annotations.anchors import BOX, Anchor, anchor_of
from annotations.edits.fields import CANONICAL
from annotations.formats.reading import Findings, ReadComment, ReadPerson, ReadThread
from annotations.importing.planning import SAME_PX
from annotations.models import Comment, Mention, Thread
from annotations.queries import live_boxes
from annotations.thread_export_queries import mark_of
from annotations.thread_queries import box_place
from datasets.models import Image
from modelship.accounts.actors import Actor
from modelship.accounts.models import User
from modelship.audit.actions import record
from modelship.lib.clock import now
from modelship.lib.errors import BadRequest
from modelship.lib.ids import derived_id
from modelship.projects.gate import people_in
from modelship.projects.models import Project

# So many threads of one picture are looked at, and written, together.
LOT = 20
EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
Done = Counter[str]


def lots_of(threads: Iterable[ReadThread]) -> Iterator[list[ReadThread]]:
    """Threads of the same picture that stand together in the file, few at a time."""
    for _, same in groupby(threads, key=lambda thread: thread.sha256):
        lot: list[ReadThread] = []
        for thread in same:
            lot.append(thread)
            if len(lot) == LOT:
                yield lot
                lot = []
        if lot:
            yield lot


@dataclass
class Arrival:
    """A thread with what is not there of it: all of it where it `is_new`, else some of its comments, or nothing."""

    told: ReadThread
    id: UUID
    anchor: Anchor
    is_new: bool
    comments: list[tuple[UUID, ReadComment]] = field(default_factory=list)

    @property
    def counts(self) -> Done:
        known = not self.is_new and not self.comments
        return Counter(threads=int(self.is_new), comments=len(self.comments), threads_known=int(known))


class People:
    """The members of the tenant, by whom a file may mean them, and those of them who can be addressed."""

    def __init__(self, project: Project) -> None:
        members = User.objects.filter(memberships__tenant=project.tenant_id, memberships__is_active=True)
        self._marks = {str(pk): mark_of(email) for pk, email in members.values_list("pk", "email")}
        self._able = {user.pk for user in people_in(project, "view")}

    def member(self, told: ReadPerson | None) -> UUID | None:
        """Who it is here: nobody, unless the id and the address are the same member's."""
        is_same = told is not None and bool(told.mark) and self._marks.get(told.id.lower()) == told.mark
        return UUID(told.id) if told and is_same else None

    def split(self, told: Sequence[ReadPerson]) -> tuple[list[UUID], list[ReadPerson]]:
        """Those who can be addressed here, and the others."""
        ids = [self.member(person) for person in told]
        able = list(dict.fromkeys(uid for uid in ids if uid in self._able))
        others = [person for person, uid in zip(told, ids, strict=True) if uid not in self._able]
        return [uid for uid in able if uid is not None][:MAX_MENTIONS], others[:MAX_MENTIONS]


class Conversations:
    """What a file tells of threads, for one import."""

    def __init__(self, project: Project, findings: Findings) -> None:
        self._findings, self._people = findings, People(project)

    def arrivals(
        self, told: Sequence[ReadThread], image_id: UUID | None, size: tuple[int, int]
    ) -> list[Arrival]:
        """What the picture lacks of them; all where it is still to be taken in. Writes nothing."""
        standing = _Standing(image_id, told)
        found = []
        for thread in told:
            if (anchor := self._anchor(thread, size)) is None:
                continue
            uid, is_new = standing.place_of(thread)
            lacking = standing.lacking(uid, thread)
            room = MAX_COMMENTS - standing.count_in(uid)
            if len(lacking) > room:
                self._refuse(thread, "too_many_comments", f"A thread has more than {MAX_COMMENTS} comments.")
            found.append(Arrival(thread, uid, anchor, is_new, lacking[: max(0, room)]))
        return self._with_room(found, standing.thread_count)

    def _with_room(self, found: list[Arrival], there: int) -> list[Arrival]:
        fitting, room = [], MAX_THREADS - there
        for arrival in found:
            if arrival.is_new and room <= 0:
                what = f"A picture has more than {MAX_THREADS:,} threads."
                self._refuse(arrival.told, "too_many_threads", what)
                continue
            room -= arrival.is_new
            fitting.append(arrival)
        return fitting

    def _anchor(self, thread: ReadThread, size: tuple[int, int]) -> Anchor | None:
        if thread.kind == BOX:
            if len(thread.numbers) == 4 and CANONICAL.fullmatch(thread.box_id):
                x, y, w, h = thread.numbers
                return Anchor(BOX, (x, y, w, h), UUID(thread.box_id))
            self._refuse(thread, "bad_thread", "A thread on a box does not say which.")
            return None
        told: dict[str, Any] = {"kind": thread.kind}
        if thread.numbers:
            told[thread.kind] = list(thread.numbers)
        try:
            return anchor_of(told, *size)
        except BadRequest as problem:
            self._refuse(thread, "bad_thread", f"A thread on {thread.filename} is left out. {problem.detail}")
            return None

    def _refuse(self, thread: ReadThread, code: str, what: str) -> None:
        fix = "Correct the thread, or delete it from the file."
        self._findings.error(code, thread.file, what, fix, thread.place)

    def write(self, actor: Actor, image: Image, arrivals: Sequence[Arrival]) -> Done:
        """Write what is not there, in the caller's transaction, and tell who has the picture open."""
        canvas = lock_canvas(image.pk)
        changed = [arrival for arrival in arrivals if arrival.comments]
        for arrival in changed:
            if arrival.is_new:
                self._begin(actor, image, arrival, canvas.seq)
            self._say(actor, arrival)
            self._touch(arrival)
            facts = {"image": str(image.pk), "comments": len(arrival.comments)}
            record(actor, "thread.imported", f"thread:{arrival.id}", **facts)
        publish_threads(image.pk, [arrival.id for arrival in changed])
        return sum((arrival.counts for arrival in arrivals), Counter())

    def _begin(self, actor: Actor, image: Image, arrival: Arrival, seq: int) -> None:
        told = arrival.told
        x, y, w, h = arrival.anchor.place or (None, None, None, None)
        resolver = None if told.is_open else self._people.member(told.resolved_by)
        stranger = None if told.is_open or resolver else told.resolved_by
        created_at = _moment(told.created_at)
        Thread.objects.create(
            id=arrival.id,
            tenant_id=image.tenant_id,
            image=image,
            number=_number(image, told.number),
            anchor=arrival.anchor.kind,
            box_uid=_box_of(image.pk, arrival.anchor),
            seq=seq,
            created_by_id=self._people.member(told.created_by),
            resolved_by_id=resolver,
            resolved_at=None if told.is_open else _moment(told.resolved_at),
            told={"resolved_by": stranger.told()} if stranger else None,
            created_at=created_at,
            updated_at=max(created_at, _moment(told.updated_at)),
            **{"x": x, "y": y, "w": w, "h": h},
        )

    def _say(self, actor: Actor, arrival: Arrival) -> None:
        last = EARLIEST
        for uid, said in arrival.comments:
            created_at, text = _moment(said.created_at), said.text[:MAX_TEXT]
            if str(uid) != said.id.lower():
                # Of the same moment ids tell the order; another id must not change it.
                created_at = max(created_at, last + timedelta(microseconds=1))
            last = created_at
            if text != said.text:
                what = f"A comment has more than {MAX_TEXT:,} characters and is cut there."
                fix = "Say the rest in another comment."
                self._findings.warning("comment_cut", arrival.told.file, what, fix, arrival.told.place)
            author, (able, others) = self._people.member(said.author), self._people.split(said.mentions)
            told: dict[str, Any] = {"mentions": [person.told() for person in others]} if others else {}
            if author is None and said.author is not None:
                told["author"] = said.author.told()
            Comment.objects.create(
                id=uid,
                thread_id=arrival.id,
                author_id=author,
                text=text,
                created_at=created_at,
                edited_at=_moment(said.edited_at) if said.edited_at else None,
                imported_at=now(),
                imported_by=actor.user,
                told=told or None,
            )
            Mention.objects.bulk_create(Mention(comment_id=uid, user_id=user_id) for user_id in able)

    def _touch(self, arrival: Arrival) -> None:
        """A thread that was there changes with what is added, as by an answer."""
        thread = Thread.objects.select_for_update().get(pk=arrival.id)
        thread.comment_count += len(arrival.comments)
        if not arrival.is_new:
            thread.revision, thread.updated_at = thread.revision + 1, now()
        thread.save(update_fields=["comment_count", "revision", "updated_at"])


class _Standing:
    """The threads and comments that have, anywhere, an id which these could be written under."""

    def __init__(self, image_id: UUID | None, told: Sequence[ReadThread]) -> None:
        self._image_id = image_id
        of_image = Thread.objects.filter(image=image_id) if image_id else Thread.objects.none()
        self.thread_count = of_image.count()
        ids = {uid for thread in told for uid in self._ids(thread)}
        rows = Thread.objects.filter(pk__in=ids).values_list("pk", "image_id", "comment_count")
        self._threads = {pk: (image, count) for pk, image, count in rows}
        places = [(self.place_of(thread)[0], thread) for thread in told]
        said = {uid for place, thread in places for one in thread.comments for uid in _said_ids(place, one)}
        self._comments = dict(Comment.objects.filter(pk__in=said).values_list("pk", "thread_id"))

    def _ids(self, thread: ReadThread) -> list[UUID]:
        """The id that the file tells, where it is one, and the one that follows from it on this picture."""
        first = thread.comments[0]
        key = thread.id.lower() or f"{thread.created_at}/{first.text}"
        own = [UUID(key)] if CANONICAL.fullmatch(key) else []
        return [*own, derived_id(self._image_id, key, "thread")]

    def place_of(self, thread: ReadThread) -> tuple[UUID, bool]:
        """The id of the thread on this picture, and whether it is new: its own where that is free."""
        ids = self._ids(thread)
        here = [uid for uid in ids if self._threads.get(uid, (None, 0))[0] == self._image_id]
        known = [uid for uid in here if uid in self._threads]
        if known:
            return known[0], False
        return next(uid for uid in [*ids, ids[-1]] if uid not in self._threads), True

    def count_in(self, thread_id: UUID) -> int:
        return self._threads.get(thread_id, (None, 0))[1]

    def lacking(self, thread_id: UUID, thread: ReadThread) -> list[tuple[UUID, ReadComment]]:
        found: dict[UUID, ReadComment] = {}
        for said in thread.comments:
            ids = _said_ids(thread_id, said)
            if not any(self._comments.get(uid) == thread_id for uid in ids):
                uid = next((uid for uid in ids if uid not in self._comments), ids[-1])
                found.setdefault(uid, said)
        return list(found.items())


def _said_ids(thread_id: UUID, said: ReadComment) -> list[UUID]:
    key = said.id.lower() or f"{said.created_at}/{said.text}"
    own = [UUID(key)] if CANONICAL.fullmatch(key) else []
    return [*own, derived_id(thread_id, key, "comment")]


def _number(image: Image, told: int) -> int:
    """The number that the file tells where it is free, else the next one."""
    taken = Thread.objects.filter(image=image)
    if 0 < told <= MAX_THREADS and not taken.filter(number=told).exists():
        return told
    return (taken.aggregate(last=Max("number"))["last"] or 0) + 1


def _box_of(image_id: UUID, anchor: Anchor) -> UUID | None:
    """The box that is meant: the one of that id, else the one in that place, for boxes that were there keep their ids."""
    if anchor.box_id is None or box_place(image_id, anchor.box_id) is not None:
        return anchor.box_id
    place = anchor.place or (0.0, 0.0, 0.0, 0.0)
    for box in live_boxes(image_id):
        frame = (box.x, box.y, box.w, box.h)
        if all(abs(a - b) <= SAME_PX for a, b in zip(frame, place, strict=True)):
            return UUID(box.id)
    return anchor.box_id


def _moment(told: datetime | None) -> datetime:
    """What a file says, which can't be later than now."""
    return min(told, now()) if told else now()

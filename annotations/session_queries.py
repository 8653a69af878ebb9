"""Reads of team sessions: the gate, how they stand, and what everybody in one is shown."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from annotations.models import SessionEvent, SessionPerson, SessionPicture, TeamSession
from annotations.queue_queries import not_held_by_others
from datasets.audience import check_in
from datasets.models import Dataset, Image
from modelship.accounts.actors import Actor
from modelship.accounts.models import User
from modelship.lib.clock import now, wire
from modelship.lib.errors import NotFound
from modelship.projects.gate import people_in
from modelship.projects.models import Project

VERDICTS = tuple(value for value in SessionPicture.Verdict.values if value)
# What somebody takes part as, by what their role in the project allows.
JUDGES, SUBMITS, WATCHES = "judges", "submits", "watches"
JUST_NOW = timedelta(minutes=1)
# So many are looked at in one go by who asks for the next one.
STEP = 25


def session_for(actor: Actor, session_id: UUID, need: str) -> TeamSession:
    """Raises NotFound for a foreign or absent one, Forbidden for too low a role."""
    rows = TeamSession.objects.select_related("dataset__project", "leader", "created_by", "tenant")
    found = rows.filter(tenant=actor.tenant, id=session_id).first()
    if found is None:
        raise NotFound()
    check_in(actor, found.dataset, need)
    return found


def audience_of(session_id: UUID) -> tuple[str, UUID | None] | None:
    """Whom its dataset is for; None where the session is gone."""
    return (
        TeamSession.objects.filter(pk=session_id)
        .values_list("dataset__audience", "dataset__kept_for")
        .first()
    )


def sessions_in(dataset: Dataset) -> QuerySet[TeamSession]:
    return TeamSession.objects.filter(dataset=dataset).select_related("leader")


def person_in(session: TeamSession, user_id: UUID | None) -> SessionPerson | None:
    return SessionPerson.objects.filter(session=session, user=user_id).first()


def seen_in(session: TeamSession) -> set[UUID]:
    """Who showed a sign of life just now."""
    rows = SessionPerson.objects.filter(session=session, seen_at__gte=now() - JUST_NOW)
    return set(rows.values_list("user_id", flat=True))


def session_dict(session: TeamSession) -> dict[str, Any]:
    return {
        "id": str(session.pk),
        "dataset": str(session.dataset_id),
        "name": session.name,
        "q": session.line,
        "order": session.order,
        "mode": session.mode,
        "state": session.state,
        "leader": _named(session.leader),
        "image": str(session.image_id) if session.image_id else None,
        "created_by": str(session.created_by_id) if session.created_by_id else None,
        "begun_at": wire(session.begun_at),
        "ended_at": wire(session.ended_at),
    }


def state_of(session: TeamSession, *parts: str) -> dict[str, Any]:
    """What everybody in it is shown: `session`, `people` and `progress`, or only the parts that are named."""
    makers = {"session": session_dict, "people": people_of, "progress": progress_of}
    return {part: makers[part](session) for part in parts or makers}


def people_of(session: TeamSession) -> list[dict[str, Any]]:
    """Who was invited, in that order: what they take part as, and whether they have come or left."""
    parts = _parts_in(session.dataset.project)
    rows = SessionPerson.objects.filter(session=session).select_related("user").order_by("invited_at", "id")
    return [
        {
            "user": _named(row.user),
            "part": parts.get(row.user_id, WATCHES),
            "state": "joined" if row.takes_part else "left" if row.left_at else "invited",
        }
        for row in rows
    ]


def _parts_in(project: Project) -> dict[UUID, str]:
    parts = {user.pk: SUBMITS for user in people_in(project, "annotate")}
    return parts | {user.pk: JUDGES for user in people_in(project, "review")}


def progress_of(session: TeamSession) -> dict[str, Any]:
    """How many pictures have a verdict, of how many; each verdict, and each person's."""
    rows = SessionPicture.objects.filter(session=session).values_list("verdict", "by").annotate(Count("id"))
    verdicts, people, total = dict.fromkeys(VERDICTS, 0), dict[str, dict[str, int]](), 0
    for verdict, by, count in rows.order_by():
        total += count
        if not verdict:
            continue
        verdicts[verdict] += count
        if by:
            people.setdefault(str(by), dict.fromkeys(VERDICTS, 0))[verdict] += count
    done = sum(verdicts.values())
    return {"total": total, "done": done, "verdicts": verdicts, "people": people}


def _named(user: User | None) -> dict[str, str] | None:
    return {"id": str(user.pk), "name": user.display_name} if user else None


def shown_dicts(sessions: Iterable[TeamSession]) -> list[dict[str, Any]]:
    """For lists: each with its progress, in one query for all of them."""
    sessions = list(sessions)
    rows = SessionPicture.objects.filter(session__in=sessions).values_list("session")
    counts = {
        uid: {"total": total, "done": done}
        for uid, total, done in rows.annotate(
            all=Count("id"), done=Count("id", filter=~Q(verdict=""))
        ).order_by()
    }
    none = {"total": 0, "done": 0}
    return [{**session_dict(one), "progress": counts.get(one.pk, none)} for one in sessions]


def undecided(session: TeamSession, actor: Actor) -> Iterator[UUID]:
    """The pictures without a verdict that nobody else has, in order. Who asks takes one under its lock, or goes on."""
    mine = Q(in_sessions__holder_id=actor.user_id) | Q(in_sessions__holder_id__isnull=True)
    open_here = Q(in_sessions__session=session, in_sessions__verdict="")
    free = mine | Q(in_sessions__held_until__lte=now())
    at = -1
    while True:
        here = Q(in_sessions__ordinal__gt=at)
        rows = Image.objects.kept().filter(open_here & here & free).filter(not_held_by_others(actor))
        part = list(rows.order_by("in_sessions__ordinal").values_list("pk", "in_sessions__ordinal")[:STEP])
        if not part:
            return
        at = part[-1][1]
        yield from (uid for uid, _ in part)


def waiting_in(session: TeamSession) -> int:
    """How many pictures have no verdict."""
    return SessionPicture.objects.filter(session=session, verdict="", image__archived_at=None).count()


def mine_in(session: TeamSession, actor: Actor) -> UUID | None:
    """The picture that the person was handed and has not judged."""
    rows = SessionPicture.objects.filter(session=session, holder_id=actor.user_id, held_until__gt=now())
    return rows.filter(verdict="", image__archived_at=None).values_list("image_id", flat=True).first()


def first_in(session: TeamSession) -> UUID | None:
    """Where a way through its pictures begins."""
    rows = SessionPicture.objects.filter(session=session, image__archived_at=None)
    return rows.order_by("ordinal").values_list("image_id", flat=True).first()


def open_pictures(image_id: UUID, user_id: UUID) -> list[SessionPicture]:
    """The picture in each open session that the person takes part in."""
    rows = SessionPicture.objects.filter(
        image=image_id,
        session__ended_at=None,
        session__people__user=user_id,
        session__people__joined_at__isnull=False,
        session__people__left_at=None,
    )
    return list(rows.select_related("session__dataset__project").order_by("session"))


def heads_of(session_ids: Iterable[UUID]) -> dict[UUID, int]:
    return dict(TeamSession.objects.filter(pk__in=session_ids).values_list("pk", "seq"))


def events_since(session_id: UUID, seq: int, most: int) -> list[dict[str, Any]]:
    rows = SessionEvent.objects.filter(session=session_id, seq__gt=seq).order_by("seq")
    return list(rows.values_list("body", flat=True)[:most])

"""Team sessions: begun on what a search finds, named, led, ended and deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from annotations.actions.rank import bring_up_to_date
from annotations.actions.session_log import hold_open, need_leader, need_person, tell
from annotations.actions.session_people import add_people, invitable
from annotations.models import SessionPerson, SessionPicture, TeamSession
from annotations.queue_queries import NEWEST, OLDEST, UNCERTAINTY
from annotations.session_queries import person_in
from annotations.version_queries import need_images
from datasets.audience import people_who_see
from datasets.models import Dataset, Image
from datasets.search.matching import matching
from datasets.search.reading import search_of_line
from modelship.accounts.actors import Actor
from modelship.api.views import held
from modelship.audit.actions import record
from modelship.lib.clock import now
from modelship.lib.errors import Conflict, Forbidden, Unprocessable
from modelship.lib.ids import new_id
from modelship.notices.actions import forget
from modelship.projects.gate import can, check

MOST_PICTURES = 10_000
BATCH = 1_000
COLUMNS = {
    OLDEST: (F("ordinal").asc(),),
    NEWEST: (F("ordinal").desc(),),
    UNCERTAINTY: (F("ranking__score").desc(nulls_last=True), F("ordinal").asc()),
}
ORDERS = tuple(COLUMNS)
# Who leads and shows no sign of life for so long can be relieved.
ABSENT = timedelta(minutes=2)
ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a session is to be: on which pictures in which order, in which mode, with whom."""

    name: str
    line: str = ""
    order: str = OLDEST
    mode: str = TeamSession.Mode.TOGETHER.value
    people: Sequence[UUID] = ()
    id: UUID | None = None


@transaction.atomic
def begin_session(actor: Actor, dataset: Dataset, plan: Plan) -> tuple[TeamSession, bool]:
    """Begin a session that the actor leads; returns it and whether it is new: the same id a second time is the same one.

    Raises Forbidden for who may not review, Conflict for an id that is another's, Unprocessable for a search that finds
    nothing or too much, and for people who can't be invited.
    """
    check(actor, dataset.project, "review")
    need_person(actor)
    need_images(dataset)
    if plan.id and (known := TeamSession.objects.filter(pk=plan.id).first()):
        if known.dataset_id != dataset.pk or known.created_by_id != actor.user_id:
            raise Conflict("This id is taken. Choose a new one.", code="exists", field="id")
        return known, False
    people = invitable(dataset, plan.people)
    found = pictures_for(actor, dataset, plan)
    session = TeamSession.objects.create(
        id=plan.id or new_id(),
        tenant=dataset.tenant,
        dataset=dataset,
        **{"name": plan.name, "line": plan.line, "order": plan.order, "mode": plan.mode},
        leader=actor.user,
        created_by=actor.user,
    )
    rows = (SessionPicture(session=session, image_id=uid, ordinal=at) for at, uid in enumerate(found))
    SessionPicture.objects.bulk_create(rows, batch_size=BATCH)
    SessionPerson.objects.create(session=session, user=actor.user, joined_at=now(), seen_at=now())
    record(actor, "session.begun", f"session:{session.pk}", dataset=str(dataset.pk), pictures=len(found))
    add_people(actor, session, people)
    return session, True


def pictures_for(actor: Actor, dataset: Dataset, plan: Plan) -> list[UUID]:
    """What the search finds now, in order. Raises BadRequest for one that can't be read, Unprocessable as said above."""
    if plan.order == UNCERTAINTY:
        bring_up_to_date(actor, dataset)
    search = search_of_line(plan.line).asked_by(actor.user_id)
    rows = matching(Image.objects.filter(dataset=dataset), search)
    found = list(rows.order_by(*COLUMNS[plan.order]).values_list("pk", flat=True)[: MOST_PICTURES + 1])
    if not found:
        raise Unprocessable(
            "The search finds no picture. Choose another one.", code="nothing_found", field="q"
        )
    if len(found) > MOST_PICTURES:
        detail = f"A session takes up to {MOST_PICTURES:,} pictures. Narrow the search."
        raise Unprocessable(detail, code="too_many", field="q")
    return found


@transaction.atomic
def change_session(actor: Actor, session: TeamSession, changes: dict[str, Any]) -> None:
    """Change the `name` or the `mode`, hand over to another `leader`, or end it (`state`); what it is already is no change.

    Raises Conflict where it has ended, Forbidden for who does not lead, Unprocessable for somebody who can't lead.
    """
    need_person(actor)
    held(session)
    if changes == {"state": ENDED} and not session.is_open:
        return
    hold_open(session)
    wanted = {key: value for key, value in changes.items() if value != _now(session, key)}
    if not wanted:
        return
    if set(wanted) != {"leader"} or not _may_take_over(actor, session, wanted["leader"]):
        need_leader(actor, session)
    if "leader" in wanted:
        _hand_over(session, wanted["leader"])
    session.name = wanted.get("name", session.name)
    session.mode = wanted.get("mode", session.mode)
    is_over = "state" in wanted
    if is_over:
        session.ended_at = now()
        forget(session.tenant, f"session:{session.pk}")
    told = {key: str(value) for key, value in wanted.items()}
    tell(session, actor, ENDED if is_over else "changed", "session")
    record(actor, "session.ended" if is_over else "session.changed", f"session:{session.pk}", **told)


def _now(session: TeamSession, key: str) -> Any:
    return session.leader_id if key == "leader" else getattr(session, key)


def _may_take_over(actor: Actor, session: TeamSession, leader_id: UUID) -> bool:
    """Who takes part may relieve a leader who has left, or shows no sign of life."""
    if leader_id != actor.user_id:
        return False
    leader = person_in(session, session.leader_id) if session.leader_id else None
    if leader is None or not leader.takes_part:
        return True
    return leader.seen_at is None or leader.seen_at < now() - ABSENT


def _hand_over(session: TeamSession, leader_id: UUID) -> None:
    person = person_in(session, leader_id)
    able = {user.pk for user in people_who_see(session.dataset, "review")}
    if person is None or not person.takes_part or leader_id not in able:
        detail = "Only somebody who takes part and may review can lead. Choose another one."
        raise Unprocessable(detail, code="cannot_lead", field="leader")
    session.leader_id = leader_id


@transaction.atomic
def delete_session(actor: Actor, session: TeamSession) -> None:
    """Take a session away with its results; the reviews stay. For who began it, and managers."""
    held(session)
    is_own = actor.user_id is not None and session.created_by_id == actor.user_id
    if not is_own and not can(actor, session.dataset.project, "manage"):
        raise Forbidden("Only who began the session, or a manager, deletes it.")
    record(actor, "session.deleted", f"session:{session.pk}", dataset=str(session.dataset_id))
    forget(session.tenant, f"session:{session.pk}")
    session.delete()

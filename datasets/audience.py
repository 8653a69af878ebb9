"""Whom a dataset is for: the one gate of those that not everybody in their project may see."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from datasets.models import Dataset
from modelship.accounts.actors import Actor
from modelship.accounts.models import User
from modelship.accounts.roles import ROLES, role_allows, scopes_allow
from modelship.lib.errors import NotFound
from modelship.projects.gate import can, check, people_in
from modelship.projects.models import Member, Project

EVERYONE, MANAGERS, PERSON = Dataset.Audience.values
KEPT = (MANAGERS, PERSON)
MANAGING = tuple(role for role in ROLES if role_allows(role, "manage"))


def sees_in(actor: Actor, project: Project, audience: str, kept_for_id: UUID | None) -> bool:
    """Whether a dataset of the project, for that audience, is not kept from the actor: its managers see all of them."""
    if audience == EVERYONE:
        return True
    is_theirs = kept_for_id is not None and kept_for_id == actor.user_id
    return (audience == PERSON and is_theirs) or can(actor, project, "manage")


def check_in(actor: Actor, dataset: Dataset, need: str) -> None:
    """Raises NotFound for a dataset that is foreign or kept from the actor, Forbidden for too low a role or scope."""
    check_place(actor, dataset.project, dataset.audience, dataset.kept_for_id, need)


def check_place(actor: Actor, project: Project, audience: str, kept_for_id: UUID | None, need: str) -> None:
    """The same for who has read no more of the dataset than this."""
    if not sees_in(actor, project, audience, kept_for_id):
        raise NotFound()
    check(actor, project, need)


def people_who_see(dataset: Dataset, need: str) -> list[User]:
    """The members whose role in the dataset's project allows it and from whom the dataset is not kept, by name."""
    people = people_in(dataset.project, need)
    if dataset.audience == EVERYONE:
        return people
    managers = {user.pk for user in people_in(dataset.project, "manage")}
    own = {dataset.kept_for_id} if dataset.audience == PERSON else set()
    return [user for user in people if user.pk in managers | own]


def hidden_from(actor: Actor) -> QuerySet[Dataset]:
    """The datasets of the tenant that are kept from the actor: what is in them is left out of every list."""
    kept = Dataset.objects.filter(tenant=actor.tenant, audience__in=KEPT)
    manages = scopes_allow(actor.scopes, "manage")
    if manages and role_allows(actor.role, "manage"):
        return kept.none()
    if actor.user_id is not None:
        kept = kept.exclude(audience=PERSON, kept_for=actor.user_id)
        if manages:
            own = Member.objects.filter(user=actor.user_id, role__in=MANAGING)
            kept = kept.exclude(project__in=own.values("project"))
    return kept.order_by()


def unlisted_for(actor: Actor) -> QuerySet[Dataset]:
    """Those, and every person's own: lists of datasets and counts over many of them leave them out for everybody."""
    blind = Dataset.objects.filter(tenant=actor.tenant, audience=PERSON).order_by()
    return blind | hidden_from(actor)


def kept_for_whom(dataset_ids: Iterable[UUID]) -> dict[UUID, UUID | None]:
    """Of these datasets the kept ones, each with the person whose it is, if anybody's."""
    rows = Dataset.objects.filter(pk__in=set(dataset_ids), audience__in=KEPT)
    return {
        uid: person if audience == PERSON else None
        for uid, audience, person in rows.values_list("pk", "audience", "kept_for_id")
    }

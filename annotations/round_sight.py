"""The jobs of rounds are their managers': how many copies there are tells how many are known."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet

from annotations.actions.rounds import KIND as ROUND
from annotations.actions.take_over import KIND as CONSENSUS
from datasets.audience import MANAGING
from modelship.accounts.actors import Actor
from modelship.accounts.roles import role_allows, scopes_allow
from modelship.jobs.models import Job
from modelship.jobs.sight import Sight
from modelship.projects.models import Member

KINDS = (ROUND, CONSENSUS)


def seen(rows: QuerySet[Job], actor: Actor) -> QuerySet[Job]:
    manages = scopes_allow(actor.scopes, "manage")
    if manages and role_allows(actor.role, "manage"):
        return rows
    of_rounds = Job.objects.filter(tenant=actor.tenant, kind__in=KINDS)
    if manages and actor.user_id is not None:
        own = Member.objects.filter(user=actor.user_id, role__in=MANAGING)
        of_rounds = of_rounds.exclude(project__in=own.values("project"))
    return rows.exclude(pk__in=of_rounds.values("pk"))


def kept(jobs: Sequence[Job]) -> dict[UUID, UUID | None]:
    return {job.pk: None for job in jobs if job.kind in KINDS}


SIGHT = Sight(seen, kept)

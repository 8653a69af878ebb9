"""Jobs about datasets that are kept from somebody are kept from them, too."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

from datasets.audience import hidden_from, kept_for_whom
from modelship.accounts.actors import Actor
from modelship.jobs.models import Job
from modelship.jobs.sight import Sight

# Where a job's arguments name a dataset: the one that it works on, and the one that pictures go to.
NAMED = ("dataset", "to")


def seen(rows: QuerySet[Job], actor: Actor) -> QuerySet[Job]:
    hidden = [str(uid) for uid in hidden_from(actor).values_list("pk", flat=True)]
    if not hidden:
        return rows
    for key in NAMED:
        named = Coalesce(KT(f"args__{key}"), Value(""), output_field=TextField())
        rows = rows.alias(**{f"named_{key}": named}).exclude(**{f"named_{key}__in": hidden})
    return rows


def kept(jobs: Sequence[Job]) -> dict[UUID, UUID | None]:
    named = {(job.pk, UUID(job.args[key])) for job in jobs for key in NAMED if job.args.get(key)}
    people = kept_for_whom(uid for _, uid in named)
    return {job_id: people[uid] for job_id, uid in named if uid in people}


SIGHT = Sight(seen, kept)

"""Changes to datasets; each is audited in its own transaction."""

from dataclasses import asdict, dataclass

from django.db import IntegrityError, transaction

from datasets.actions.free_bytes import free_later
from datasets.models import Dataset
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.lib.errors import Conflict
from modelship.projects.models import Project


def create_dataset(
    actor: Actor,
    project: Project,
    *,
    name: str,
    kind: str = Dataset.Kind.IMAGES,
    description: str = "",
    audience: str = Dataset.Audience.EVERYONE,
) -> Dataset:
    """Make a dataset in a project that the gate let the actor manage. Raises Conflict for a taken name."""
    try:
        with transaction.atomic():
            dataset = Dataset.objects.create(
                tenant=actor.tenant,
                project=project,
                name=name,
                kind=kind,
                description=description,
                audience=audience,
                created_by=actor.user,
            )
            record(actor, "dataset.created", f"dataset:{dataset.id}", project=str(project.id), name=name)
    except IntegrityError as error:
        raise _taken(name) from error
    return dataset


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """What managers say of a dataset; `automatic_versions` is whether its work is kept by itself."""

    name: str
    description: str
    automatic_versions: bool
    audience: str


def change_dataset(actor: Actor, dataset: Dataset, facts: DatasetFacts) -> Dataset:
    """Change what is said of a dataset that the gate let the actor manage, and whom it is for.

    Raises Conflict for a taken name, and for another audience where it is somebody's own, or is to be.
    """
    own = Dataset.Audience.PERSON
    if facts.audience != dataset.audience and own in (facts.audience, dataset.audience):
        raise Conflict(
            "Whose own a dataset is goes with its round. Choose everyone or managers for another one.",
            code="own_copy",
            field="audience",
        )
    changed = {"audience": facts.audience} if facts.audience != dataset.audience else {}
    for field, value in asdict(facts).items():
        setattr(dataset, field, value)
    try:
        with transaction.atomic():
            dataset.save(update_fields=[*asdict(facts), "updated_at"])
            record(actor, "dataset.changed", f"dataset:{dataset.id}", name=facts.name, **changed)
    except IntegrityError as error:
        raise _taken(facts.name) from error
    return dataset


@transaction.atomic
def delete_dataset(actor: Actor, dataset: Dataset) -> None:
    """Delete a dataset with its images; a job then frees the bytes that nothing else holds."""
    target, name, images = f"dataset:{dataset.id}", dataset.name, dataset.images.count()
    # Everything in it before the audit, as everybody else takes them: then nobody waits in a ring.
    dataset.delete()
    record(actor, "dataset.deleted", target, name=name, images=images)
    free_later(actor)


def _taken(name: str) -> Conflict:
    return Conflict(
        f"The project has a dataset named '{name}' already. Choose another name.", code="name_taken"
    )

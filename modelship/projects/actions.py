"""Changes to projects; each is audited in its own transaction."""

from django.db import IntegrityError, transaction

from modelship.accounts.actions import need_role
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.lib.errors import Conflict
from modelship.projects import deletion
from modelship.projects.models import Project


def create_project(actor: Actor, *, name: str, description: str = "") -> Project:
    """Make a project in the actor's tenant. Raises Forbidden below manager, Conflict for a taken name."""
    need_role(actor, "manage")
    try:
        with transaction.atomic():
            project = Project.objects.create(
                tenant=actor.tenant, name=name, description=description, created_by=actor.user
            )
            record(actor, "project.created", f"project:{project.id}", name=name)
    except IntegrityError as error:
        raise _taken(name) from error
    return project


def change_project(actor: Actor, project: Project, *, name: str, description: str) -> Project:
    """Rename or describe a project that the gate let the actor manage."""
    project.name, project.description = name, description
    try:
        with transaction.atomic():
            project.save(update_fields=["name", "description", "updated_at"])
            record(actor, "project.changed", f"project:{project.id}", name=name)
    except IntegrityError as error:
        raise _taken(name) from error
    return project


@transaction.atomic
def delete_project(actor: Actor, project: Project) -> None:
    """Delete a project with everything in it. The door has checked that the actor owns it."""
    target, name = f"project:{project.id}", project.name
    # Everything in it before the audit, as everybody else takes them: then nobody waits in a ring.
    project.delete()
    record(actor, "project.deleted", target, name=name)
    deletion.finish(actor)


def _taken(name: str) -> Conflict:
    return Conflict(f"There is a project named '{name}' already. Choose another name.", code="name_taken")

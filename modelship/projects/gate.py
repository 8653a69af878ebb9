"""The one tenancy gate: every door that touches a project's rows comes through here."""

from uuid import UUID

from modelship.accounts.actors import Actor
from modelship.accounts.models import Membership, User
from modelship.accounts.roles import role_allows, scopes_allow
from modelship.lib.errors import Forbidden, NotFound
from modelship.projects.models import Member, Project


def role_in(actor: Actor, project: Project) -> str:
    """The role in the project; tenant managers and owners, and jobs, keep theirs everywhere."""
    if actor.job_id or role_allows(actor.role, "manage") or actor.user is None:
        return actor.role
    own = Member.objects.filter(project=project, user=actor.user).values_list("role", flat=True).first()
    return own or actor.role


def people_in(project: Project, need: str) -> list[User]:
    """The tenant's members whose role in the project allows it, by name."""
    own = dict(Member.objects.filter(project=project).values_list("user_id", "role"))
    members = Membership.objects.filter(tenant=project.tenant_id, is_active=True, user__is_active=True)
    found = []
    for member in members.select_related("user"):
        role = member.role if role_allows(member.role, "manage") else own.get(member.user_id, member.role)
        if role_allows(role, need):
            found.append(member.user)
    return sorted(found, key=lambda user: (user.display_name.lower(), user.email))


def can(actor: Actor, project: Project, need: str) -> bool:
    if project.tenant_id != actor.tenant.id or not scopes_allow(actor.scopes, need):
        return False
    return role_allows(role_in(actor, project), need)


def check(actor: Actor, project: Project, need: str) -> None:
    """Raises NotFound for a foreign project and Forbidden for too low a role or scope."""
    if project.tenant_id != actor.tenant.id:
        raise NotFound()
    if not scopes_allow(actor.scopes, need):
        raise Forbidden(f"This key's scopes do not let you {need}. Use another key, or sign in.")
    if not can(actor, project, need):
        raise Forbidden(f"Your role in {project.name} does not let you {need}. Ask a manager.")


def project_for(actor: Actor, project_id: UUID | str, need: str) -> Project:
    """The actor's project, or a refusal: a foreign id answers exactly like one that never existed."""
    project = Project.objects.filter(tenant=actor.tenant, id=project_id).first()
    if project is None:
        raise NotFound()
    check(actor, project, need)
    return project

"""Who is asking: resolved once at each door, then passed down as a value."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from modelship.accounts.models import ApiKey, Membership, Tenant, User


@dataclass(frozen=True)
class Actor:
    """A person, a person's key, or a job of the tenant, with the role it acts in."""

    tenant: Tenant
    role: str
    user: User | None = None
    key_id: UUID | None = None
    scopes: frozenset[str] | None = None
    job_id: UUID | None = None
    name: str = ""
    # It brings what people drew elsewhere: whose each box is comes from the file.
    imports: bool = False

    @classmethod
    def of_membership(cls, membership: Membership) -> "Actor":
        return cls(tenant=membership.tenant, role=membership.role, user=membership.user)

    @classmethod
    def of_key(cls, key: ApiKey, membership: Membership) -> "Actor":
        return cls(
            tenant=membership.tenant,
            role=membership.role,
            user=membership.user,
            key_id=key.id,
            scopes=frozenset(key.scopes),
            name=key.name,
        )

    @classmethod
    def machine(cls, tenant: Tenant, job_id: UUID, name: str, user: User | None = None) -> "Actor":
        """A job that somebody allowed started: it acts for the tenant, under the name of its model."""
        return cls(tenant=tenant, role="owner", user=user, job_id=job_id, name=name)

    @classmethod
    def importer(cls, tenant: Tenant, job_id: UUID, name: str, user: User | None = None) -> "Actor":
        """A job that takes over labels that were made elsewhere."""
        return replace(cls.machine(tenant, job_id, name, user), imports=True)

    @property
    def kind(self) -> str:
        if self.job_id:
            return "job"
        return "key" if self.key_id else "user"

    @property
    def label(self) -> str:
        if self.name:
            return self.name
        return self.user.display_name if self.user else self.tenant.name

    @property
    def user_id(self) -> UUID | None:
        return self.user.id if self.user else None

    def wire(self) -> dict[str, Any]:
        """How edits, presence and the audit name who did it."""
        return {"kind": self.kind, "id": str(self.job_id or self.key_id or self.user_id), "name": self.label}

"""Reads of people, memberships and keys."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from modelship.accounts.actors import Actor
from modelship.accounts.keymap import PLAIN
from modelship.accounts.models import ApiKey, Keymap, Membership, Tenant, User
from modelship.accounts.secrets import digest_of
from modelship.lib.clock import now

LAST_USED_STEP = timedelta(minutes=1)


def memberships_of(user: User) -> QuerySet[Membership]:
    return (
        Membership.objects.filter(user=user, is_active=True, user__is_active=True, tenant__is_active=True)
        .select_related("tenant", "user")
        .order_by("created_at", "id")
    )


def actor_of_user(user: User, slug: str | None = None) -> Actor | None:
    """The person in the tenant named by `slug`, or in the one joined first; None where there is none."""
    found = memberships_of(user)
    membership = (found.filter(tenant__slug=slug) if slug else found).first()
    return Actor.of_membership(membership) if membership else None


def actor_of_key(secret: str) -> Actor | None:
    """The live key with this secret, in the present role of its maker."""
    key = ApiKey.objects.filter(digest=digest_of(secret)).first()
    if key is None or not key.is_live:
        return None
    membership = (
        Membership.objects.filter(tenant_id=key.tenant_id, user_id=key.user_id, is_active=True)
        .filter(user__is_active=True, tenant__is_active=True)
        .select_related("tenant", "user")
        .first()
    )
    if membership is None:
        return None
    if key.last_used_at is None or now() - key.last_used_at > LAST_USED_STEP:
        ApiKey.objects.filter(id=key.id).update(last_used_at=now())
    return Actor.of_key(key, membership)


def current(actor: Actor) -> Actor | None:
    """`actor` as the database has it now: None once the membership, user, tenant or key has ended."""
    key = ApiKey.objects.filter(id=actor.key_id).first() if actor.key_id else None
    if actor.user is None or (actor.key_id and (key is None or not key.is_live)):
        return None
    found = memberships_of(actor.user).filter(tenant_id=actor.tenant.id).first()
    if found is None:
        return None
    return Actor.of_key(key, found) if key else Actor.of_membership(found)


def members_of(tenant: Tenant) -> QuerySet[Membership]:
    return Membership.objects.filter(tenant=tenant).select_related("user").order_by("created_at", "id")


def keys_of(tenant: Tenant) -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(tenant=tenant).select_related("user").order_by("-created_at", "id")


def user_by_id(user_id: UUID) -> User | None:
    return User.objects.filter(id=user_id).first()


def keymap_of_user(user_id: UUID | None) -> dict[str, Any]:
    """The keys that the person has chosen; without a choice, or a person, those that everybody starts with."""
    return dict(Keymap.objects.filter(user_id=user_id).values("keys", "single_keys").first() or PLAIN)

"""Changes to tenants, people and keys; each is audited in its own transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from modelship.accounts.actors import Actor
from modelship.accounts.models import ApiKey, Keymap, Membership, Tenant, User
from modelship.accounts.roles import ROLES, SCOPES, role_allows, scopes_allow, scopes_within
from modelship.accounts.secrets import digest_of, new_secret, prefix_of
from modelship.audit.actions import record
from modelship.lib.clock import now
from modelship.lib.errors import BadRequest, Conflict, Forbidden, NotFound, Unprocessable


def need_role(actor: Actor, need: str) -> None:
    """Raises Forbidden where the actor's role in the tenant, or its key's scope, is too low."""
    if not scopes_allow(actor.scopes, need):
        raise Forbidden(f"This key's scopes do not let you {need}. Use another key, or sign in.")
    if not role_allows(actor.role, need):
        raise Forbidden(f"This needs the right to {need} in {actor.tenant.name}. Ask an owner.")


@transaction.atomic
def found_tenant(
    slug: str, email: str, *, name: str = "", password: str | None = None
) -> tuple[Tenant, User]:
    """Make or find the tenant and its owner; an existing password stays unless a new one is given."""
    tenant, made_tenant = Tenant.objects.get_or_create(
        slug=slug, defaults={"name": name or slug.capitalize()}
    )
    user = User.objects.filter(email__iexact=email.strip()).first()
    if user is None:
        user = User.objects.create_user(email, None)
    if password:
        set_password(user, password)
    membership, made = Membership.objects.get_or_create(tenant=tenant, user=user, defaults={"role": "owner"})
    if membership.role != "owner" or not membership.is_active:
        Membership.objects.filter(pk=membership.pk).update(role="owner", is_active=True)
    actor = Actor(tenant=tenant, role="owner", user=user)
    if made_tenant:
        record(actor, "tenant.created", f"tenant:{tenant.id}", slug=slug)
    if made:
        record(actor, "member.added", f"user:{user.id}", role="owner")
    return tenant, user


def set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as refusal:
        raise Unprocessable(" ".join(refusal.messages), code="weak_password") from refusal
    user.set_password(password)
    user.save(update_fields=["password"])


@transaction.atomic
def create_api_key(
    actor: Actor, *, name: str, scopes: list[str], expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """Make a key of the actor's own; returns it with the secret, which is never shown again.

    A key that makes one needs the scope to manage, and neither widens nor outlives itself so.
    """
    name = name.strip()
    if not 1 <= len(name) <= 100:
        raise BadRequest("Give the key a name of 1 to 100 characters.")
    if not scopes or any(scope not in SCOPES for scope in scopes):
        raise BadRequest(f"Choose scopes among {', '.join(SCOPES)}.")
    if actor.user is None or not scopes_within(scopes, actor.role):
        raise Forbidden("A key can't do more than the person who makes it.")
    _check_descent(actor, scopes, expires_at)
    if expires_at is not None and expires_at <= now():
        raise Unprocessable("The key would already have expired. Choose a later date.")
    secret = new_secret()
    key = ApiKey.objects.create(
        tenant=actor.tenant,
        user=actor.user,
        name=name,
        prefix=prefix_of(secret),
        digest=digest_of(secret),
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    record(actor, "key.created", f"key:{key.id}", name=name, scopes=key.scopes)
    return key, secret


def _check_descent(actor: Actor, scopes: list[str], expires_at: datetime | None) -> None:
    """A stolen key must not become more than it was; raises Forbidden."""
    if actor.scopes is None:
        return
    if not scopes_allow(actor.scopes, "manage"):
        raise Forbidden("This key can't make keys. Use one with the scope 'manage', or sign in.")
    if "all" not in actor.scopes and not set(scopes) <= actor.scopes:
        raise Forbidden("A key can't make a wider key.")
    ends = ApiKey.objects.filter(id=actor.key_id).values_list("expires_at", flat=True).first()
    if ends is not None and (expires_at is None or expires_at > ends):
        raise Forbidden(
            f"A key can't make one that lasts longer. This one ends at {ends:%Y-%m-%d %H:%M} UTC."
        )


@transaction.atomic
def revoke_api_key(actor: Actor, key_id: UUID) -> ApiKey:
    """End a key for good; makers end their own, managers anybody's. A key may always end itself."""
    key = ApiKey.objects.select_for_update().filter(tenant=actor.tenant, id=key_id).first()
    if key is None:
        raise NotFound()
    if key.user_id != actor.user_id:
        need_role(actor, "manage")
    if key.id != actor.key_id and not scopes_allow(actor.scopes, "manage"):
        raise Forbidden("This key can't end other keys. Use one with the scope 'manage', or sign in.")
    if key.revoked_at is None:
        key.revoked_at = now()
        key.save(update_fields=["revoked_at"])
        record(actor, "key.revoked", f"key:{key.id}", name=key.name)
    return key


@transaction.atomic
def add_member(actor: Actor, email: str, role: str) -> Membership:
    """Give a person a role in the tenant; unknown people get an account without a password."""
    need_role(actor, "manage")
    _grantable(actor, role)
    try:
        validate_email(email.strip())
    except ValidationError as refusal:
        raise BadRequest("'email' must be an e-mail address.", field="email") from refusal
    try:
        with transaction.atomic():
            known = User.objects.filter(email__iexact=email.strip()).first()
            user = known or User.objects.create_user(email)
            membership = Membership.objects.create(tenant=actor.tenant, user=user, role=role)
    except IntegrityError as error:
        raise Conflict(f"{email.strip()} is a member already. Change the role instead.") from error
    record(actor, "member.added", f"user:{user.id}", role=role)
    return membership


@transaction.atomic
def change_member(
    actor: Actor, user_id: UUID, *, role: str | None = None, is_active: bool | None = None
) -> Membership:
    """Change a role, or end or restore a membership; the last owner stays one."""
    need_role(actor, "manage")
    members = Membership.objects.select_for_update().filter(tenant=actor.tenant)
    # Locked first and in order: of two owners who end each other's ownership at once, one succeeds.
    owners = list(members.filter(role="owner", is_active=True).order_by("pk"))
    membership = members.filter(user_id=user_id).first()
    if membership is None:
        raise NotFound()
    _grantable(actor, membership.role)
    if role is not None:
        _grantable(actor, role)
    leaves = membership.role == "owner" and ((role or "owner") != "owner" or is_active is False)
    if leaves and owners == [membership]:
        raise Conflict(
            "A tenant keeps at least one owner. Make somebody else owner first.", code="last_owner"
        )
    membership.role = role or membership.role
    membership.is_active = membership.is_active if is_active is None else is_active
    membership.save(update_fields=["role", "is_active"])
    record(actor, "member.changed", f"user:{user_id}", role=membership.role, is_active=membership.is_active)
    return membership


def _grantable(actor: Actor, role: str) -> None:
    if role not in ROLES:
        raise BadRequest(f"Choose a role among {', '.join(ROLES)}.")
    if ROLES.index(role) > ROLES.index(actor.role):
        raise Forbidden("You can't give or take a role above your own.")


@transaction.atomic
def choose_keys(actor: Actor, keymap: dict[str, Any]) -> None:
    """Keep the person's keys in place of those before; a program needs the scope to annotate."""
    if actor.user is None or not scopes_allow(actor.scopes, "annotate"):
        raise Forbidden("This key's scopes do not let you choose the keys of the editor. Sign in.")
    Keymap.objects.update_or_create(user=actor.user, defaults={**keymap, "changed_at": now()})
    record(actor, "keymap.changed", f"user:{actor.user_id}", actions=len(keymap["keys"]))

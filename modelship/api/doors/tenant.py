"""The tenant, its people and its API keys."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from modelship.accounts import actions, queries
from modelship.accounts.keymap import keymap_of
from modelship.accounts.models import ApiKey, Membership
from modelship.accounts.roles import ROLES
from modelship.api.paging import page
from modelship.api.values import choice_of, flag_of, text_of
from modelship.api.views import ApiView
from modelship.lib.clock import wire
from modelship.lib.errors import BadRequest, NotFound


def key_dict(key: ApiKey) -> dict[str, Any]:
    return {
        "id": str(key.id),
        "name": key.name,
        "prefix": key.prefix,
        "scopes": key.scopes,
        "user": str(key.user_id),
        "created_at": wire(key.created_at),
        "expires_at": wire(key.expires_at),
        "last_used_at": wire(key.last_used_at),
        "revoked_at": wire(key.revoked_at),
    }


def member_dict(membership: Membership) -> dict[str, Any]:
    return {
        "user": str(membership.user_id),
        "email": membership.user.email,
        "name": membership.user.display_name,
        "role": membership.role,
        "is_active": membership.is_active,
        "created_at": wire(membership.created_at),
    }


class Me(ApiView):
    """Who the credentials belong to."""

    def get(self, request: Request) -> Response:
        actor = self.actor
        return Response(
            {
                "user": {"id": str(actor.user_id), "email": actor.user.email if actor.user else None},
                "tenant": {"id": str(actor.tenant.id), "slug": actor.tenant.slug, "name": actor.tenant.name},
                "role": actor.role,
                "scopes": sorted(actor.scopes) if actor.scopes is not None else None,
            }
        )


class MyKeymap(ApiView):
    """The keys that the person has chosen for the editor's actions."""

    def get(self, request: Request) -> Response:
        return Response(queries.keymap_of_user(self.actor.user_id))

    def put(self, request: Request) -> Response:
        keymap = keymap_of(self.fields("keys", "single_keys"))
        actions.choose_keys(self.actor, keymap)
        return Response(keymap)


class TheTenant(ApiView):
    """The tenant that the credentials act in."""

    def get(self, request: Request) -> Response:
        tenant = self.actor.tenant
        return Response(
            {
                "id": str(tenant.id),
                "slug": tenant.slug,
                "name": tenant.name,
                "created_at": wire(tenant.created_at),
            }
        )


class Members(ApiView):
    """The people of the tenant."""

    def get(self, request: Request) -> Response:
        rows = queries.members_of(self.actor.tenant)
        return Response(page(request, rows, order=("created_at", "id"), to_dict=member_dict))

    def post(self, request: Request) -> Response:
        data = self.fields("email", "role")
        membership = actions.add_member(
            self.actor, text_of(data, "email", most=254), choice_of(data, "role", ROLES)
        )
        return Response(member_dict(membership), status=201)


class OneMember(ApiView):
    """One person of the tenant."""

    def patch(self, request: Request, user_id: UUID) -> Response:
        data = self.fields("role", "is_active")
        membership = actions.change_member(
            self.actor,
            user_id,
            role=choice_of(data, "role", ROLES) if "role" in data else None,
            is_active=flag_of(data, "is_active", default=True) if "is_active" in data else None,
        )
        return Response(member_dict(membership))


class Keys(ApiView):
    """The API keys of the tenant; the secret is in the answer that makes one, and never again."""

    def get(self, request: Request) -> Response:
        actions.need_role(self.actor, "view")
        rows = queries.keys_of(self.actor.tenant)
        return Response(page(request, rows, order=("-created_at", "id"), to_dict=key_dict))

    def post(self, request: Request) -> Response:
        data = self.fields("name", "scopes", "expires_at")
        scopes = data.get("scopes")
        if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
            raise BadRequest("'scopes' must be a list of words.", field="scopes")
        key, secret = actions.create_api_key(
            self.actor, name=text_of(data, "name", most=100), scopes=scopes, expires_at=_moment(data)
        )
        return Response({**key_dict(key), "key": secret}, status=201)


class OneKey(ApiView):
    """One API key."""

    def get(self, request: Request, key_id: UUID) -> Response:
        key = queries.keys_of(self.actor.tenant).filter(id=key_id).first()
        if key is None:
            raise NotFound()
        return Response(key_dict(key))

    def delete(self, request: Request, key_id: UUID) -> Response:
        return Response(key_dict(actions.revoke_api_key(self.actor, key_id)))


def _moment(data: dict[str, Any]) -> datetime | None:
    value = data.get("expires_at")
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        in_utc = moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadRequest("'expires_at' must be an RFC 3339 time.", field="expires_at") from error
    if moment.tzinfo is None:
        raise BadRequest("'expires_at' needs a time zone, such as a final Z.", field="expires_at")
    return in_utc

"""Credentials of a request or a socket, resolved to one Actor."""

from typing import Any

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import PermissionDenied

from modelship.accounts.actors import Actor
from modelship.accounts.queries import actor_of_key, actor_of_user
from modelship.lib.errors import Forbidden, NotFound, Unauthorized

KEYWORD = "api-key"


def actor_of_header(header: str) -> Actor | None:
    """The actor of an `Authorization: Api-Key …` value; None when there is no such value.

    Raises Unauthorized for a key that is unknown, expired or revoked, all in the same words.
    """
    keyword, _, secret = header.partition(" ")
    if not keyword:
        return None
    if keyword.lower() != KEYWORD:
        raise Unauthorized("Send 'Authorization: Api-Key <key>' or sign in.")
    actor = actor_of_key(secret.strip())
    if actor is None:
        raise Unauthorized("This API key is not valid any more. Make a new one in the settings.")
    return actor


def actor_of_session(user: Any, slug: str | None) -> Actor | None:
    """The signed-in person in the tenant `slug`, or in the first one; None where nobody is signed in."""
    if user is None or not user.is_authenticated or not user.is_active:
        return None
    actor = actor_of_user(user, slug)
    if actor is None:
        raise NotFound()
    return actor


def narrow_to(actor: Actor, slug: str | None) -> Actor:
    """A key names its tenant by itself; another tenant in X-Tenant does not exist for it."""
    if slug and not constant_time_compare(slug, actor.tenant.slug):
        raise NotFound()
    return actor


class KeyAuth(BaseAuthentication):
    """`Authorization: Api-Key <key>`; comes first, so that refusals are 401 and not 403."""

    def authenticate(self, request: Any) -> tuple[Any, Actor] | None:
        actor = actor_of_header(request.META.get("HTTP_AUTHORIZATION", ""))
        if actor is None:
            return None
        return actor.user, narrow_to(actor, request.META.get("HTTP_X_TENANT"))

    def authenticate_header(self, request: Any) -> str:
        return 'Api-Key realm="api"'


class SessionAuth(SessionAuthentication):
    """The browser's cookie, with CSRF enforced on unsafe calls."""

    def authenticate(self, request: Any) -> tuple[Any, Actor] | None:
        user = getattr(request._request, "user", None)
        actor = actor_of_session(user, tenant_slug(request._request))
        if actor is None:
            return None
        self.enforce_csrf(request)
        return user, actor

    def enforce_csrf(self, request: Any) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise Forbidden(
                "Send the page's CSRF token as X-CSRFToken, from the page's own origin; or use an API key.",
                code="csrf",
            ) from error


def tenant_slug(request: HttpRequest) -> str | None:
    """The tenant asked for: the header of this call, else the one chosen in this session."""
    return request.META.get("HTTP_X_TENANT") or request.session.get("tenant")

"""Who is on the other end of a socket, when it opens and for as long as it stays open."""

from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from types import SimpleNamespace
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from modelship.accounts.actors import Actor
from modelship.accounts.queries import current
from modelship.api.auth import actor_of_header, actor_of_session, narrow_to
from modelship.lib.errors import NotFound, Unauthorized


@dataclass(frozen=True)
class Caller:
    """An actor and, for a browser, the session that it signed in with."""

    actor: Actor
    session_key: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Equal for connections with the same credentials, which are checked once for all of them."""
        return (str(self.actor.key_id or self.session_key), self.actor.tenant.slug)


def caller_of(headers: Mapping[str, str]) -> Caller:
    """The caller by its key or its session cookie; raises Unauthorized where neither holds."""
    actor = actor_of_header(headers.get("authorization", ""))
    if actor is not None:
        return Caller(narrow_to(actor, headers.get("x-tenant")))
    session_key = _session_key(headers.get("cookie", ""))
    actor = _actor_of(session_key) if session_key else None
    if actor is None:
        raise Unauthorized("Sign in, or send 'Authorization: Api-Key <key>'.")
    return Caller(actor, session_key)


def present_actor(caller: Caller) -> Actor | None:
    """The caller's actor as the database has it now; None once its key, session or membership has ended."""
    if caller.session_key is None:
        return current(caller.actor)
    actor = _actor_of(caller.session_key)
    return actor if actor is not None and actor.tenant.id == caller.actor.tenant.id else None


def _session_key(cookies: str) -> str | None:
    try:
        found = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    return found.value if found else None


def _actor_of(session_key: str) -> Actor | None:
    session: Any = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    request = cast(HttpRequest, SimpleNamespace(session=session))
    try:
        return actor_of_session(get_user(request), session.get("tenant"))
    except NotFound:
        return None

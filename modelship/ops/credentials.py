"""A cheap look at a request's credentials, before its body is taken in."""

from http.cookies import CookieError, SimpleCookie

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connections

from modelship.api.auth import actor_of_header
from modelship.lib.clock import now
from modelship.lib.errors import Problem


def are_valid(cookies: str, authorization: str) -> bool:
    """Whether the key or the session exists; the view decides everything else. Runs in a thread of its own."""
    try:
        if authorization:
            return actor_of_header(authorization) is not None
        session = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
        return session is not None and _session_lives(session.value)
    except (Problem, CookieError):
        return False
    finally:
        connections.close_all()


def _session_lives(key: str) -> bool:
    return Session.objects.filter(session_key=key, expire_date__gt=now()).exists()

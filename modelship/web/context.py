"""What the frame around every page needs: who is signed in, where they are, which theme."""

from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest

from modelship.accounts.queries import actor_of_user
from modelship.notices.queries import unread_count

THEMES = ("light", "dark")
# The navigation entry that is lit, by the first part of the path.
SECTIONS = {
    "projects": "projects",
    "datasets": "projects",
    "images": "projects",
    "models": "models",
    "jobs": "jobs",
}


def shell(request: HttpRequest) -> dict[str, Any]:
    """`theme` is "light", "dark" or "system", so that the first paint has the right colours.

    `watches_detector`: detectors run in a service of their own, whose absence the page tells people of.
    """
    chosen = request.COOKIES.get("theme")
    actor = _actor(request)
    return {
        "actor": actor,
        "unread": unread_count(actor) if actor else 0,
        "watches_detector": bool(actor and settings.MODELSHIP_ML_SERVICE_URL),
        "section": SECTIONS.get(request.path.split("/")[1], ""),
        "theme": chosen if chosen in THEMES else "system",
    }


def _actor(request: HttpRequest) -> Any:
    """None too where the database is away: the page that says so still has to render."""
    if hasattr(request, "actor"):
        return request.actor
    user = getattr(request, "user", None)
    try:
        return actor_of_user(user) if user is not None and user.is_authenticated else None
    except DatabaseError:
        return None

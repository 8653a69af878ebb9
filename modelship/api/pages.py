"""The door of server-rendered pages: who is signed in, and refusals as pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from modelship.accounts.actors import Actor
from modelship.api.auth import actor_of_session, tenant_slug
from modelship.lib.errors import Problem


class SignedInRequest(HttpRequest):
    """What a view under @signed_in receives: a request that knows its actor."""

    actor: Actor


View = Callable[..., HttpResponse]


def signed_in(view: View) -> View:
    """Run the view with `request.actor`, or send the person to the sign-in page and back."""

    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            actor = actor_of_session(getattr(request, "user", None), tenant_slug(request))
            if actor is None:
                return redirect_to_login(request.get_full_path())
            request.actor = actor  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)
        except Problem as problem:
            return problem_page(request, problem)

    return door


def problem_page(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The refusal as a page: the same words and status as over REST."""
    names = [f"errors/{problem.status}.html", "errors/problem.html"]
    return render(request, names, {"problem": problem}, status=problem.status)

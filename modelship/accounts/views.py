"""The first owner's one-time link: choose a password, and the link is spent."""

from django.contrib.auth import login
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from modelship.accounts.forms import SetupForm
from modelship.accounts.models import User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def setup_path(user: User) -> str:
    """Where `user` chooses a first password; the token ends with that password's choice."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("setup", args=[uid, default_token_generator.make_token(user)])


@never_cache
@sensitive_post_parameters()
def setup(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """A spent, foreign or mistyped link is a 404 like any other."""
    user = _user(uid)
    if user is None or not default_token_generator.check_token(user, token):
        raise Http404
    form = SetupForm(user, request.POST or None, initial={"email": user.email, "name": user.name})
    if request.method == "POST" and form.is_valid():
        form.save()
        login(request, user, backend=BACKEND)
        return redirect("home")
    return render(request, "account/setup.html", {"form": form, "person": user})


def _user(uid: str) -> User | None:
    try:
        return User.objects.filter(pk=urlsafe_base64_decode(uid).decode(), is_active=True).first()
    except (ValueError, ValidationError):
        return None

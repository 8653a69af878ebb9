"""The settings of language models: where they are asked, which is the default, whether they answer."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from inference import language_queries as queries
from inference.actions import endpoints as actions
from inference.api.language import try_endpoint
from inference.endpoint_values import endpoint_values
from inference.models import LanguageEndpoint
from modelship.accounts.actions import need_role
from modelship.accounts.roles import role_allows
from modelship.api.pages import SignedInRequest, signed_in
from modelship.lib.errors import BadRequest, Problem
from modelship.web.language_form import EndpointForm


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def endpoints(request: SignedInRequest) -> HttpResponse:
    """The endpoints; who manages adds one. What is added is tried at once."""
    form = EndpointForm(request.POST or None)
    if request.method == "POST":
        need_role(request.actor, "manage")
        if form.is_valid() and (made := _saved(request, form)):
            tell_trial(request, made)
            return redirect("settings-language")
    rows = queries.endpoints_of(request.actor).order_by(*queries.BY_NAME)
    context = {
        "endpoints": [{"endpoint": row, "used": queries.used_this_month(row)} for row in rows],
        "form": form,
        "may_manage": role_allows(request.actor.role, "manage"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "web/settings/language.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def endpoint(request: SignedInRequest, endpoint_id: UUID) -> HttpResponse:
    """Change one; the key stays where its field is left empty."""
    found = queries.changeable_endpoint(request.actor, endpoint_id)
    name = found.name
    form = EndpointForm(request.POST or None, endpoint=found)
    if request.method == "POST" and form.is_valid() and (changed := _saved(request, form, found)):
        tell_trial(request, changed)
        return redirect("settings-language")
    crumbs = [{"href": reverse("settings-language"), "label": "Language models"}]
    context = {"endpoint_id": found.id, "name": name, "form": form, "crumbs": crumbs}
    status = 422 if request.method == "POST" else 200
    return render(request, "web/settings/endpoint.html", context, status=status)


@require_POST
@signed_in
def endpoint_act(request: SignedInRequest, endpoint_id: UUID) -> HttpResponse:
    """One of the buttons: test, make it the default, delete."""
    found = queries.changeable_endpoint(request.actor, endpoint_id)
    match request.POST.get("act"):
        case "test":
            tell_trial(request, found)
        case "default":
            actions.change_endpoint(request.actor, found, {"is_default": True})
            messages.success(request, f"{found.name} is the default.")
        case "delete":
            actions.delete_endpoint(request.actor, found)
            messages.success(request, f"{found.name} is deleted, with its key. What it proposed stays.")
        case _:
            raise BadRequest("There is no such thing to do. Go back and use one of the buttons.")
    return redirect("settings-language")


def tell_trial(request: SignedInRequest, found: LanguageEndpoint) -> None:
    try:
        told = try_endpoint(found)
    except Problem as problem:
        messages.error(request, f"{found.name} is saved, but does not answer yet. {problem.detail}")
        return
    sure = "by its probabilities" if told["confidence_from"] == "logprobs" else "as it says itself"
    messages.success(
        request,
        f"{found.name} answers: “{told['predicted_label']}”, {told['confidence']:.0%} sure {sure}.",
    )


def _saved(
    request: SignedInRequest, form: EndpointForm, found: LanguageEndpoint | None = None
) -> LanguageEndpoint | None:
    """The endpoint as the form has it, or the refusal told in the form."""
    try:
        values = endpoint_values(form.cleaned_data, is_new=found is None)
        if found is None:
            return actions.create_endpoint(request.actor, values)
        return actions.change_endpoint(request.actor, found, values)
    except Problem as problem:
        form.refuse(problem.extra.get("field", "name"), problem.detail)
        return None

"""Settings of the tenant: who works in it, and the keys of its programs."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from modelship.accounts.actions import add_member, change_member, create_api_key, need_role, revoke_api_key
from modelship.accounts.queries import keys_of, members_of
from modelship.accounts.roles import ROLES, role_allows
from modelship.api.pages import SignedInRequest, signed_in
from modelship.lib.clock import now
from modelship.lib.errors import Problem
from modelship.usage.queries import quotas_of
from modelship.usage.resources import resource_named
from modelship.web.forms import KeyForm, MemberForm, grantable


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def keys(request: SignedInRequest) -> HttpResponse:
    """The tenant's keys for managers, one's own for everybody else; a new secret is shown in this answer only."""
    actor = request.actor
    form = KeyForm(actor.role, request.POST or None, auto_id="key-%s")
    made = secret = None
    if request.method == "POST" and form.is_valid():
        days = int(form.cleaned_data["days"])
        ends = now() + timedelta(days=days) if days else None
        try:
            made, secret = create_api_key(
                actor, name=form.cleaned_data["name"], scopes=[form.cleaned_data["scope"]], expires_at=ends
            )
        except Problem as refusal:
            form.add_error(None, refusal.detail)
        else:
            form = KeyForm(actor.role, auto_id="key-%s")
    rows = keys_of(actor.tenant)
    if not role_allows(actor.role, "manage"):
        rows = rows.filter(user=actor.user)
    context = {"form": form, "keys": rows, "made": made, "secret": secret}
    status = 422 if request.method == "POST" and made is None else 200
    return render(request, "web/settings/keys.html", context, status=status)


@require_POST
@signed_in
def key_revoke(request: SignedInRequest, key_id: UUID) -> HttpResponse:
    key = revoke_api_key(request.actor, key_id)
    messages.success(request, f"{key.name} is revoked. Programs that use it are refused from now on.")
    return redirect("settings-keys")


@require_safe
@signed_in
def usage(request: SignedInRequest) -> HttpResponse:
    """What the tenant may have and has: for everybody who works in it."""
    quotas = [_in_words(quota) for quota in quotas_of(request.actor.tenant)]
    return render(request, "web/settings/usage.html", {"quotas": quotas})


def _in_words(quota: dict[str, Any]) -> dict[str, Any]:
    """The quota with its numbers as people read them, and what to do where nothing is left."""

    def said(number: int | None) -> str:
        if number is None:
            return ""
        return filesizeformat(number) if quota["unit"] == "bytes" else f"{number:,} {quota['unit']}"

    words = {f"{name}_words": said(quota[name]) for name in ("used", "limit", "left")}
    return {**quota, **words, "advice": resource_named(quota["resource"]).advice}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def members(request: SignedInRequest) -> HttpResponse:
    """Everybody sees who works here; managers add people."""
    actor = request.actor
    may_manage = role_allows(actor.role, "manage")
    form = MemberForm(actor.role, request.POST or None, auto_id="member-%s")
    if request.method == "POST":
        need_role(actor, "manage")
        if form.is_valid():
            try:
                membership = add_member(actor, **form.cleaned_data)
            except Problem as refusal:
                form.add_error(None, refusal.detail)
            else:
                messages.success(request, f"{membership.user.email} is a member now.")
                return redirect("settings-members")
    rows = [
        {"membership": row, "may_change": may_manage and ROLES.index(row.role) <= ROLES.index(actor.role)}
        for row in members_of(actor.tenant)
    ]
    context = {
        "form": form,
        "members": rows,
        "roles": grantable(actor.role),
        "may_manage": may_manage,
        "words": MemberForm.role_words,
    }
    return render(
        request, "web/settings/members.html", context, status=422 if request.method == "POST" else 200
    )


@require_POST
@signed_in
def member_change(request: SignedInRequest, user_id: UUID) -> HttpResponse:
    """A new role, or the end or return of a membership."""
    active = {"end": False, "restore": True}.get(request.POST.get("action", ""))
    role = None if active is not None else request.POST.get("role")
    try:
        membership = change_member(request.actor, user_id, role=role, is_active=active)
    except Problem as refusal:
        if refusal.status == 404:
            raise
        messages.error(request, refusal.detail)
    else:
        messages.success(request, f"{membership.user.display_name} is changed.")
    return redirect("settings-members")

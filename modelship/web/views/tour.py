"""The one-click steps of the tour, and the sample project's coming and going."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from datasets.models import Dataset
from modelship.accounts.actions import need_role
from modelship.accounts.actors import Actor
from modelship.api.pages import SignedInRequest, signed_in
from modelship.lib.errors import Conflict, NotFound
from modelship.projects.gate import check
from modelship.web.demo.project import demo_of, make_demo, remove_demo, sample_of
from modelship.web.demo.tour import order_export, remember, to_look_at
from modelship.web.queries import next_image


@require_POST
@signed_in
def tour_look(request: SignedInRequest) -> HttpResponse:
    """Open the picture with the most proposals, and remember that the person has looked."""
    dataset = _sample(request.actor, "view")
    found = to_look_at(dataset)
    image_id = found.id if found else next_image(dataset)
    if image_id is None:
        messages.error(request, "No picture is drawn yet. Wait a few seconds.")
        return redirect("home")
    remember(request.actor, has_looked=True)
    return redirect(f"{reverse('editor', args=[image_id])}?look=1")


@require_POST
@signed_in
def tour_export(request: SignedInRequest) -> HttpResponse:
    """Order the export, or hand out the one that there is."""
    dataset = _sample(request.actor, "annotate")
    with transaction.atomic():
        locked = Dataset.objects.select_for_update().filter(pk=dataset.pk).first()
        if locked is None:
            raise NotFound()
        order_export(request.actor, locked)
    return redirect("home")


@require_POST
@signed_in
def tour_hide(request: SignedInRequest) -> HttpResponse:
    remember(request.actor, is_hidden=True)
    return redirect("home")


@require_POST
@signed_in
def tour_show(request: SignedInRequest) -> HttpResponse:
    remember(request.actor, is_hidden=False)
    return redirect("home")


@require_POST
@signed_in
def sample_add(request: SignedInRequest) -> HttpResponse:
    """Bring the sample project back, or complete it; whoever does so sees the tour again."""
    need_role(request.actor, "manage")
    try:
        make_demo(request.actor)
    except Conflict as conflict:
        messages.error(request, conflict.detail)
    else:
        remember(request.actor, is_hidden=False)
    return redirect("home")


@require_POST
@signed_in
def sample_remove(request: SignedInRequest) -> HttpResponse:
    """No question first: bringing it back takes one click and costs nothing."""
    need_role(request.actor, "manage")
    try:
        is_gone = remove_demo(request.actor)
    except Conflict as conflict:
        messages.error(request, conflict.detail)
        return redirect("home")
    messages.success(request, "The sample data is removed." if is_gone else "It was removed already.")
    return redirect("home")


def _sample(actor: Actor, need: str) -> Dataset:
    """The tenant's sample; raises NotFound where there is none, Forbidden for too low a role."""
    project = demo_of(actor.tenant)
    dataset = sample_of(project) if project else None
    if project is None or dataset is None:
        raise NotFound("There is no sample project here. Bring it back on the start page.")
    check(actor, project, need)
    return dataset

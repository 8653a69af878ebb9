"""The pages of what waits in a dataset, and of who has how much to do; and the button for the next picture."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from annotations import queue_queries as queues
from annotations.actions.assign import NEEDS as PURPOSES
from annotations.actions.next_task import next_task
from annotations.actions.rank import bring_up_to_date
from annotations.workload_queries import workload_of
from datasets.queries import dataset_for
from modelship.api.pages import SignedInRequest, signed_in
from modelship.api.paging import page
from modelship.api.values import choice_of
from modelship.projects.gate import can
from modelship.web.views.datasets import tabs_of
from modelship.web.views.projects import crumbs_of

ORDERS = {
    queues.UNCERTAINTY: "Least sure first",
    queues.DUE: "By the day",
    queues.OLDEST: "Oldest first",
    queues.NEWEST: "Newest first",
}
PURPOSE_WORDS = {"review": "To review", "label": "To label"}


@require_safe
@signed_in
def dataset_queue(request: SignedInRequest, dataset_id: UUID) -> HttpResponse:
    """What waits, in the order that was chosen, each with why it is worth a look or when it is due."""
    actor = request.actor
    dataset = dataset_for(actor, dataset_id, "view")
    asked = request.GET.dict()
    purpose = choice_of(asked, "purpose", tuple(PURPOSES), default="review")
    order = choice_of(asked, "order", tuple(ORDERS), default=queues.UNCERTAINTY)
    job = bring_up_to_date(actor, dataset) if order == queues.UNCERTAINTY else None
    rows, columns = queues.listed(dataset, purpose, order)
    listed = page(request, rows, order=columns, to_dict=queues.queued_dict)
    states = queues.states_to_do(dataset, purpose)
    way = {"q": f"state:{','.join(states)}"}
    if order == queues.UNCERTAINTY:
        way["order"] = order
    context = {
        "dataset": dataset,
        "crumbs": crumbs_of(dataset.project),
        "tabs": tabs_of(actor, dataset),
        "rows": queues.with_holds(listed["results"]),
        "next": listed["next"],
        "previous": listed["previous"],
        "purpose": purpose,
        "order": order,
        "purposes": PURPOSE_WORDS,
        "orders": ORDERS,
        "way": urlencode(way),
        "job": job,
        "may_work": can(actor, dataset.project, PURPOSES[purpose]),
        "may_manage": can(actor, dataset.project, "manage"),
    }
    return render(request, "web/datasets/queue.html", context)


@require_POST
@signed_in
def dataset_next(request: SignedInRequest, dataset_id: UUID) -> HttpResponse:
    """Open the next picture for who asks, in the editor, which goes on from one to the next."""
    dataset = dataset_for(request.actor, dataset_id, "annotate")
    asked = request.POST.dict()
    purpose = choice_of(asked, "purpose", tuple(PURPOSES), default="label")
    order = choice_of(asked, "order", ("", *ORDERS), default="")
    order = order if order == queues.UNCERTAINTY else ""
    task = next_task(request.actor, dataset, purpose, order=order)
    if task is None:
        messages.info(request, f"Nothing is left to {purpose} here for you.")
        return redirect(f"{reverse('dataset-queue', args=[dataset.id])}?purpose={purpose}")
    way = {"queue": purpose, **({"order": order} if order else {})}
    return redirect(f"{reverse('editor', args=[task['image']])}?{urlencode(way)}")


@require_safe
@signed_in
def dataset_workload(request: SignedInRequest, dataset_id: UUID) -> HttpResponse:
    """How much each person has to do and has done; managers only."""
    dataset = dataset_for(request.actor, dataset_id, "manage")
    context = {
        "dataset": dataset,
        "crumbs": crumbs_of(dataset.project),
        "tabs": tabs_of(request.actor, dataset),
        "rows": workload_of(dataset),
    }
    return render(request, "web/datasets/workload.html", context)

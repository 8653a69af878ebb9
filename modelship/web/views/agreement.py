"""The pages of blind rounds: begun, watched, compared and taken over. Managers only."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.actions.rounds import begin_round, close_round, delete_round
from annotations.actions.take_over import decide, request_take_over
from annotations.agreement_queries import opinion_dict, opinion_on, report_of
from annotations.models import Round, RoundPicture
from annotations.round_order import RoundOrder
from annotations.round_queries import NEWEST_FIRST, round_dict, round_for, rounds_of, state_of
from datasets.models import Dataset
from datasets.queries import dataset_for, datasets_of
from modelship.accounts.actors import Actor
from modelship.api.pages import SignedInRequest, signed_in
from modelship.lib.errors import BadRequest, Problem
from modelship.projects.gate import people_in
from modelship.web.activity import shown_job
from modelship.web.agreement import agreement_of, dispute_views, matrix_of
from modelship.web.views.datasets import tabs_of
from modelship.web.views.projects import crumbs_of

SHOWN = 60
ACTS = ("take-over", "close", "delete")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def dataset_agreement(request: SignedInRequest, dataset_id: UUID) -> HttpResponse:
    """The rounds of a dataset, and the form that begins one; a refusal is told above it."""
    actor = request.actor
    dataset = dataset_for(actor, dataset_id, "manage")
    problem: Problem | None = None
    if request.method == "POST":
        try:
            found, _ = begin_round(actor, dataset, order_of(request.POST, actor))
        except Problem as refusal:
            problem = refusal
        else:
            messages.success(request, "The round begins: everybody's copies are being made.")
            return redirect("round", found.pk)
    context = {
        "dataset": dataset,
        "crumbs": crumbs_of(dataset.project),
        "tabs": tabs_of(actor, dataset),
        "rounds": [_row(found) for found in rounds_of(dataset).order_by(*NEWEST_FIRST)],
        "problem": problem,
        "asked": asked_of(request.POST if request.method == "POST" else request.GET),
        "people": people_in(dataset.project, "annotate"),
        "truths": datasets_of(actor, project_id=dataset.project_id)
        .filter(kind=Dataset.Kind.IMAGES)
        .order_by("name"),
    }
    return render(request, "web/agreement/dataset.html", context, status=problem.status if problem else 200)


def _row(found: Round) -> dict[str, Any]:
    shown = round_dict(found)
    names = ", ".join(person["user"]["name"] for person in shown["people"])
    return {**shown, "names": names, "begun": found.created_at}


def asked_of(given: QueryDict) -> dict[str, Any]:
    """What the form shows: as it was sent, or as it begins."""
    usual = {"q": "", "each": "2", "due": "", "start": "empty", "truth": "", "truth_q": "", "share": "10"}
    usual |= {"least_overlap": "0.5", "quorum": ""}
    return {
        **usual,
        **{name: given[name] for name in usual if name in given},
        "people": given.getlist("people"),
    }


def order_of(given: QueryDict, actor: Actor) -> RoundOrder:
    """The form as the order that a program would send. Raises BadRequest."""
    asked = asked_of(given)
    truth = None
    if asked["truth"]:
        line = {"q": asked["truth_q"]} if asked["truth_q"] else {}
        truth = {"dataset": asked["truth"], "filter": line, "share": _number(asked, "share")}
    data = {
        "filter": {"q": asked["q"]} if asked["q"] else {},
        "people": asked["people"],
        "each": _number(asked, "each"),
        "due": asked["due"] or None,
        "start": asked["start"],
        "truth": truth,
        "least_overlap": _number(asked, "least_overlap"),
        "quorum": _number(asked, "quorum") if asked["quorum"] else None,
    }
    return RoundOrder.parse(data, actor.user_id)


def _number(asked: Mapping[str, str], key: str) -> float:
    try:
        return float(asked[key])
    except ValueError:
        raise BadRequest(f"'{key}' must be a number.", field=key) from None


@require_safe
@signed_in
def round_page(request: SignedInRequest, round_id: UUID) -> HttpResponse:
    """How far everybody is and how far they agree, the least agreed pictures first."""
    found = round_for(request.actor, round_id)
    report = report_of(found)
    pictures = report["pictures"][:SHOWN]
    copies = copies_of(found, [UUID(picture["image"]) for picture in pictures])
    context = {
        "round": report["round"],
        "found": found,
        "state": state_of(found),
        "dataset": found.dataset,
        "crumbs": crumbs_in(found),
        "tabs": tabs_of(request.actor, found.dataset),
        "job": shown_job(found.job) if found.job and found.state == Round.State.MAKING else None,
        "agreement": agreement_of(report["agreement"]),
        "has_report": report["agreement"]["pictures"] > 0,
        "matrix": matrix_of(report["pairs"]),
        "classes": report["classes"],
        "pictures": [{**one, "copies": copies.get(UUID(one["image"]), [])} for one in pictures],
        "hidden": max(0, len(report["pictures"]) - SHOWN),
    }
    return render(request, "web/agreement/round.html", context)


def copies_of(found: Round, image_ids: list[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """By picture everybody's copy of it, with whose it is."""
    rows = RoundPicture.objects.filter(person__round=found, original__in=image_ids, image__isnull=False)
    told: dict[UUID, list[dict[str, Any]]] = {}
    for row in rows.select_related("person__user", "image").order_by("person__user__name", "pk"):
        if row.original_id is not None and row.image is not None:
            one = {"name": row.person.user.display_name, "image": row.image_id, "state": row.image.state}
            told.setdefault(row.original_id, []).append(one)
    return told


def crumbs_in(found: Round) -> list[dict[str, Any]]:
    dataset = {"href": reverse("dataset", args=[found.dataset_id]), "label": found.dataset.name}
    rounds = {"href": reverse("dataset-agreement", args=[found.dataset_id]), "label": "Agreement"}
    return [*crumbs_of(found.dataset.project), dataset, rounds]


@require_POST
@signed_in
def round_act(request: SignedInRequest, round_id: UUID) -> HttpResponse:
    """Take over, close or delete; what can't be done is told on the page of the round."""
    found = round_for(request.actor, round_id)
    act = request.POST.get("act", "")
    if act not in ACTS:
        raise BadRequest(f"'act' must be one of {', '.join(ACTS)}.", field="act")
    try:
        if act == "take-over":
            job, _ = request_take_over(request.actor, found)
            return redirect("job", job.pk)
        if act == "close":
            close_round(request.actor, found)
            messages.success(request, "The round is over. Only managers see the copies now.")
        else:
            delete_round(request.actor, found)
            messages.success(request, f"Round {found.number} is deleted, with everybody's copies.")
            return redirect("dataset-agreement", found.dataset_id)
    except Problem as problem:
        messages.error(request, problem.detail)
    return redirect("round", found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def round_picture(request: SignedInRequest, round_id: UUID, image_id: UUID) -> HttpResponse:
    """Everybody's work on one picture side by side, and a choice for each dispute."""
    found = round_for(request.actor, round_id)
    problem: Problem | None = None
    if request.method == "POST":
        chosen = {uid: request.POST.getlist(f"mark-{uid}") for uid in request.POST.getlist("dispute")}
        try:
            done = decide(request.actor, found, image_id, chosen)
        except Problem as refusal:
            problem = refusal
        else:
            words = "is taken over" if done["status"] == "taken" else "was like this already"
            messages.success(request, f"The picture {words}: {done['boxes']} boxes.")
            return redirect("round", found.pk)
    shown = opinion_dict(found, opinion_on(found, image_id))
    context = {
        "round": found,
        "crumbs": [
            *crumbs_in(found),
            {"href": reverse("round", args=[found.pk]), "label": f"Round {found.number}"},
        ],
        "picture": shown,
        "copies": copies_of(found, [image_id]).get(image_id, []),
        "disputes": dispute_views(shown, found.dataset.project_id),
        "problem": problem,
    }
    return render(request, "web/agreement/picture.html", context, status=problem.status if problem else 200)

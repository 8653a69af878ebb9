"""The pages of cleaning: what to check for, what was found, what to do about it; and the archive."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from datasets.actions.archive import restore_images
from datasets.actions.check import request_check
from datasets.actions.choose import ACTIONS, choose, choose_all
from datasets.actions.sweep import Scope, request_sweep, request_undo
from datasets.clean_queries import (
    check_ready,
    checkable,
    findings_of,
    last_rules,
    latest_report,
    report_for,
    sweep_for,
)
from datasets.cleaning.rules import BY_NAME, parse_rules
from datasets.models import CleanReport, Dataset, Image
from datasets.queries import dataset_for
from modelship.accounts.actors import Actor
from modelship.api.pages import SignedInRequest, signed_in
from modelship.api.paging import page
from modelship.api.values import choice_of, id_of
from modelship.lib.errors import BadRequest
from modelship.projects.gate import can
from modelship.web import cleaning
from modelship.web.views.datasets import NEEDS, tabs_of
from modelship.web.views.projects import crumbs_of

SHOWN_SWEEPS = 10


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def dataset_clean(request: SignedInRequest, dataset_id: UUID) -> HttpResponse:
    """The rules, and the report of the last check; who manages checks, decides and archives here."""
    actor = request.actor
    dataset = dataset_for(actor, dataset_id, "manage" if request.method == "POST" else "view")
    if request.method == "POST":
        _act(actor, dataset, request.POST)
        return redirect(request.get_full_path())
    report = latest_report(dataset) if dataset.kind == Dataset.Kind.IMAGES else None
    sweeps = cleaning.sweeps_of(dataset, 1)
    context = {
        **_frame(actor, dataset),
        "jobs": cleaning.jobs_of(actor, dataset),
        "fields": cleaning.rule_fields(last_rules(dataset) or parse_rules(None)),
        "has_images": checkable(dataset).exists(),
        "report": report,
        "last": next((row for row in sweeps if row["sweep"].undone_at is None), None),
        **(_review(request, report) if report else {}),
    }
    return render(request, "web/datasets/clean.html", context)


def _review(request: HttpRequest, report: CleanReport) -> dict[str, Any]:
    """What one rule found, a page at a time."""
    rule = request.GET.get("rule", "")
    rule = rule if rule in report.counts else cleaning.first_with_findings(report)
    tabs = cleaning.rule_tabs(report, rule)
    shown: dict[str, Any] = {"rule": next(tab for tab in tabs if tab["is_current"]), "rules": tabs}
    if rule == "near":
        after = request.GET.get("after", "0")
        start = int(after[:9]) if after.isascii() and after.isdigit() else 0
        end = start + cleaning.GROUPS_A_PAGE
        total = report.counts[rule]["groups"]
        return {
            **shown,
            "groups": cleaning.groups_after(report, start),
            "previous": f"?rule=near&after={max(start - cleaning.GROUPS_A_PAGE, 0)}" if start else "",
            "next": f"?rule=near&after={end}" if end < total else "",
        }
    rows = findings_of(report).filter(rule=rule)
    listed = page(request, rows, order=("id",), to_dict=cleaning.card)
    return {**shown, "cards": listed["results"], "previous": listed["previous"], "next": listed["next"]}


def _act(actor: Actor, dataset: Dataset, form: QueryDict) -> None:
    """What a sent form asks for: a check, a decision, a clean-up or its undoing."""
    if "check" in form:
        request_check(actor, dataset, parse_rules(cleaning.chosen_in(form.dict())))
    elif "undo" in form:
        request_undo(actor, sweep_for(actor, dataset, id_of(form["undo"], "undo")))
    else:
        _decide(actor, dataset, form)


def _decide(actor: Actor, dataset: Dataset, form: QueryDict) -> None:
    report = report_for(actor, dataset, id_of(form.get("report"), "report"))
    check_ready(report)
    rule = choice_of(form.dict(), "rule", tuple(BY_NAME))
    if "apply" in form:
        request_sweep(actor, report, Scope((rule,)))
    elif "all" in form:
        choose_all(actor, report, rule, choice_of(form.dict(), "all", ("archive", "keep", "suggested")))
    else:
        action = next((name for name in ACTIONS if name in form), None)
        if action is None:
            raise BadRequest("Nothing was chosen. Go back and use one of the buttons.")
        choose(actor, report, rule, {id_of(form[action], action): action})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def dataset_archive(request: SignedInRequest, dataset_id: UUID) -> HttpResponse:
    """The pictures that are out of sight, the last archived first, and the clean-ups that put them there."""
    actor = request.actor
    dataset = dataset_for(actor, dataset_id, "manage" if request.method == "POST" else "view")
    if request.method == "POST":
        return _taken_back(request, dataset)
    archived = Image.objects.filter(dataset=dataset, archived_at__isnull=False)
    listed = page(request, archived, order=("-archived_at", "id"), to_dict=cleaning.archive_card)
    context = {
        **_frame(actor, dataset),
        "jobs": cleaning.jobs_of(actor, dataset),
        "images": listed["results"],
        "total": archived.count(),
        "previous": listed["previous"],
        "next": listed["next"],
        "sweeps": cleaning.sweeps_of(dataset, SHOWN_SWEEPS),
        "clean_url": reverse("dataset-clean", args=[dataset.id]),
    }
    return render(request, "web/datasets/archive.html", context)


def _taken_back(request: SignedInRequest, dataset: Dataset) -> HttpResponse:
    if "undo" in request.POST:
        request_undo(request.actor, sweep_for(request.actor, dataset, id_of(request.POST["undo"], "undo")))
        return redirect("dataset-archive", dataset.id)
    ids = [id_of(value, "image") for value in request.POST.getlist("image")]
    if not ids:
        raise BadRequest("No picture was chosen. Go back and tick at least one.")
    count = restore_images(request.actor, dataset, ids)
    messages.success(request, f"{count:,} {'picture is' if count == 1 else 'pictures are'} back.")
    return redirect("dataset-archive", dataset.id)


def _frame(actor: Actor, dataset: Dataset) -> dict[str, Any]:
    return {
        "dataset": dataset,
        "may": {need: can(actor, dataset.project, need) for need in NEEDS},
        "tabs": tabs_of(actor, dataset),
        "crumbs": crumbs_of(dataset.project),
    }

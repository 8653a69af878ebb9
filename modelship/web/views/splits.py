"""The page that deals a dataset's pictures out to train, val and test: counts of now, of a rule, and the rule applied."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from annotations.actions.split import preview_split, request_split
from annotations.split_queries import NONE, class_names, splits_now
from annotations.version_queries import need_images
from datasets.models import Dataset
from datasets.queries import dataset_for
from datasets.splitting import NAMES, BadRule, Rule
from modelship.api.pages import SignedInRequest, signed_in
from modelship.lib.errors import Conflict
from modelship.projects.gate import can
from modelship.web.views.datasets import tabs_of
from modelship.web.views.projects import crumbs_of

SIDES = (*NAMES, NONE)
FLAGS = ("balance", "near_duplicates", "keep")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def splits(request: SignedInRequest, dataset_id: UUID) -> HttpResponse:
    """GET shows the counts, with `preview` those that the rule of the form would give; POST starts the job."""
    actor, is_post = request.actor, request.method == "POST"
    dataset = dataset_for(actor, dataset_id, "manage" if is_post else "view")
    need_images(dataset)
    may_manage = can(actor, dataset.project, "manage")
    sent = request.POST if is_post else request.GET
    rule, problem = rule_in(sent, dataset)
    if is_post and not problem:
        try:
            job, _ = request_split(actor, dataset, rule)
            return redirect("job", job.id)
        except Conflict as conflict:
            messages.error(request, conflict.detail)
            return redirect("dataset-splits", dataset.id)
    is_preview = "preview" in sent and may_manage and not problem
    shown = preview_split(actor, dataset, rule) if is_preview else {"counts": splits_now(dataset)}
    context = {
        "dataset": dataset,
        "rule": rule,
        "parts": [{"name": name, "percent": round(100 * rule.ratios[name])} for name in NAMES],
        "problem": problem,
        "is_preview": is_preview,
        "moved": shown.get("moved"),
        "table": table_of(shown["counts"], class_names(dataset)),
        "sides": SIDES,
        "may_manage": may_manage,
        "tabs": tabs_of(request.actor, dataset),
        "crumbs": crumbs_of(dataset.project),
    }
    return render(request, "web/datasets/splits.html", context, status=422 if problem else 200)


def rule_in(sent: QueryDict, dataset: Dataset) -> tuple[Rule, str]:
    """The rule of the form, or the last one of the dataset, and what is wrong with it."""
    usual = Rule.parse(dataset.split_rule)
    if "train" not in sent:
        return usual, ""
    try:
        parts = {name: int(sent.get(name, "0") or "0") for name in NAMES}
    except ValueError:
        return usual, "Each part must be a whole number of percent."
    if sum(parts.values()) != 100:
        return usual, f"The parts add up to {sum(parts.values())} %. Make them 100 %."
    flags = {flag: flag in sent for flag in FLAGS}
    ratios = {name: part / 100 for name, part in parts.items()}
    try:
        return Rule.parse({"ratios": ratios, "group": sent.get("group", ""), "seed": usual.seed, **flags}), ""
    except BadRule as problem:
        return usual, str(problem)


def table_of(counts: dict[str, Any], names: dict[str, str]) -> list[dict[str, Any]]:
    """A row of pictures, then one of boxes for each class; each cell with its part of the row in percent."""
    rows = [("Pictures", [counts[side]["images"] for side in SIDES])]
    labels = sorted(
        {uid for side in SIDES for uid in counts[side]["boxes"]}, key=lambda uid: names.get(uid, uid)
    )
    rows += [
        (
            f"Boxes of {names.get(uid, 'a deleted class')}",
            [counts[side]["boxes"].get(uid, 0) for side in SIDES],
        )
        for uid in labels
    ]
    return [{"label": label, "cells": cells_of(numbers)} for label, numbers in rows]


def cells_of(numbers: list[int]) -> list[dict[str, Any]]:
    whole = sum(numbers) or 1
    return [
        {"side": side, "count": number, "percent": round(100 * number / whole)}
        for side, number in zip(SIDES, numbers, strict=True)
    ]

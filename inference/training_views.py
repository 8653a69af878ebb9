"""The page of a training: how far it is, its loss curve, what it was worth, and its model."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from inference.models import TrainingRun
from inference.training_queries import training_for
from modelship.api.pages import SignedInRequest, signed_in
from modelship.jobs.queries import job_dict

LOOKS = (("whole", "Whole picture"), ("sliced", "Sliced, 640 px"))


@require_safe
@signed_in
def training(request: SignedInRequest, training_id: UUID) -> HttpResponse:
    run = training_for(request.actor, training_id)
    context = {
        "run": run,
        "job": {**job_dict(run.job), "live": run.job.is_live} if run.job else None,
        "scores": scores_of(run),
        "facts": facts_of(run),
        "crumbs": [{"href": reverse("dataset", args=[run.dataset_id]), "label": run.dataset.name}],
    }
    return render(request, "inference/training.html", context)


def scores_of(run: TrainingRun) -> list[dict[str, Any]]:
    """AP before and after of each look: all classes first, then each class by itself."""
    if not run.metrics:
        return []
    return [
        {"title": title, "rows": [_means(run.metrics, look), *_by_class(run.metrics, look)]}
        for look, title in LOOKS
    ]


def _means(metrics: dict[str, Any], look: str) -> dict[str, Any]:
    before, after = metrics["before"][look], metrics["after"][look]
    count = sum(one["count"] for one in after["classes"].values())
    return _row("All classes", before, after, count=count)


def _by_class(metrics: dict[str, Any], look: str) -> list[dict[str, Any]]:
    before, after = metrics["before"][look]["classes"], metrics["after"][look]["classes"]
    unknown = metrics["before"]["unknown"]
    return [
        _row(name, before[name], score, count=score["count"], is_new=name in unknown)
        for name, score in after.items()
    ]


def _row(
    name: str, before: dict[str, Any], after: dict[str, Any], *, count: int, is_new: bool = False
) -> dict[str, Any]:
    """In per cent, as papers print it."""
    shares = {
        f"{measure}_{when}": f"{score[measure] * 100:.1f}"
        for when, score in (("before", before), ("after", after))
        for measure in ("ap", "ap50")
    }
    return {"name": name, "count": count, "is_new": is_new, **shares}


def facts_of(run: TrainingRun) -> list[tuple[str, str]]:
    """The card, in words."""
    options, counts = run.options, run.counts
    state = f"version {run.version}" if run.version else "as it was when the training read it"
    facts = [
        ("Goes on from", run.base_name),
        ("Data", f"{run.dataset.name}, {state}"),
        ("Pictures", f"{counts['train']:,} to learn from, {counts['val']:,} held out"),
        ("Without boxes", f"{counts['negatives']:,} reviewed pictures"),
        ("Boxes", f"{counts['boxes']:,} in {len(run.classes):,} classes"),
        ("Split", f"{options['val_share']:.0%} held out, chosen by a hash of each picture’s id"),
        ("Steps", f"{options['steps']:,}"),
        ("Seed", str(options["seed"])),
        ("Backbone", "frozen" if options["freeze_backbone"] else "trained too"),
        ("Licence", run.license or "not stated"),
    ]
    if run.metrics:
        facts.append(("Trained on", f"{run.metrics['device']}, {run.metrics['training_seconds']:,.0f} s"))
    return facts

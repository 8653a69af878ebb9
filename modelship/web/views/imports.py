"""The pages of imports: send a file with labels, read what would happen to it, correct what was guessed, take it over."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from annotations.actions.imports import apply_import, delete_import, look_again, request_import
from annotations.formats.reading import READERS
from annotations.import_queries import import_for, imports_of
from annotations.importing.wish import ImportWish
from annotations.models import Import, LabelClass
from annotations.version_queries import need_images
from datasets.queries import dataset_for
from modelship.api.pages import SignedInRequest, signed_in
from modelship.api.paging import page
from modelship.lib.errors import BadRequest, Problem
from modelship.projects.gate import can
from modelship.web.activity import shown_job
from modelship.web.views.datasets import tabs_of
from modelship.web.views.projects import crumbs_of

SHOWN_FINDINGS = 5
WORDS = {
    "checking": "Being looked through",
    "checked": "Looked through",
    "applying": "Being imported",
    "done": "Imported",
    "failed": "Not imported",
}
BADGES = {
    "checking": "running",
    "checked": "queued",
    "applying": "running",
    "done": "succeeded",
    "failed": "failed",
}
VERDICTS = {
    "taken": "All of it is taken",
    "partly": "Part of it is taken",
    "refused": "Nothing of it is taken",
    "unused": "Read, no labels in it",
}
SWITCHES = (
    ("pictures", "Take in the pictures that this dataset lacks", ""),
    ("splits", "Take over train, val and test", ""),
    ("review", "Take over how far pictures were reviewed", "Files of ModelShip tell it."),
    ("threads", "Take over comments", "Each tells who imported it."),
)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def dataset_imports(request: SignedInRequest, dataset_id: UUID) -> HttpResponse:
    """What was imported before; POST takes a file in and leads to what the doctor says of it."""
    dataset = dataset_for(request.actor, dataset_id, "manage" if request.method == "POST" else "view")
    need_images(dataset)
    if request.method == "POST":
        try:
            file = request.FILES.get("file")
            if file is None:
                raise BadRequest("Choose a file first.")
            row, _ = request_import(request.actor, dataset, file, ImportWish(), dry_run=True)
            return redirect("import", row.id)
        except Problem as problem:
            messages.error(request, problem.detail)
            return redirect("dataset-imports", dataset.id)
    rows = imports_of(request.actor, dataset)
    listed = page(request, rows, order=("-created_at", "id"), to_dict=_row)
    context = {
        "dataset": dataset,
        "rows": listed["results"],
        "next": listed["next"],
        "previous": listed["previous"],
        "readers": READERS,
        "may_manage": can(request.actor, dataset.project, "manage"),
        "tabs": tabs_of(request.actor, dataset),
        "crumbs": crumbs_of(dataset.project),
    }
    return render(request, "web/datasets/imports.html", context)


def _row(row: Import) -> dict[str, Any]:
    told = row.result or row.report or {}
    return {
        "row": row,
        "words": WORDS[row.state],
        "badge": BADGES[row.state],
        "format": told.get("format"),
        "counts": told.get("counts", {}),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def import_page(request: SignedInRequest, import_id: UUID) -> HttpResponse:
    """What the doctor says of one file. POST looks again, takes it over, or forgets it."""
    row = import_for(request.actor, import_id, "manage" if request.method == "POST" else "view")
    if request.method == "POST":
        return _act(request, row)
    wish, dataset = ImportWish.stored(row.options), row.dataset
    report = row.result or row.report
    context = {
        "row": row,
        "dataset": dataset,
        "words": WORDS[row.state],
        "badge": BADGES[row.state],
        "job": shown_job(row.job) if row.job else None,
        "report": _report(report) if report else None,
        "wish": wish,
        "readers": READERS,
        "switches": [(name, says, more, getattr(wish, name)) for name, says, more in SWITCHES],
        "classes": LabelClass.objects.filter(project=dataset.project),
        "may_manage": can(request.actor, dataset.project, "manage"),
        "is_open": row.state in ("checked", "failed") and report is not None,
        "crumbs": [
            *crumbs_of(dataset.project),
            {"href": f"/datasets/{dataset.id}/", "label": dataset.name},
            {"href": f"/datasets/{dataset.id}/imports/", "label": "Imports"},
        ],
    }
    return render(request, "web/datasets/import.html", context)


def _act(request: SignedInRequest, row: Import) -> HttpResponse:
    act = request.POST.get("act")
    try:
        match act:
            case "check":
                look_again(request.actor, row, _wish(request.POST))
            case "apply":
                apply_import(request.actor, row, _wish(request.POST))
            case "delete":
                delete_import(request.actor, row)
                messages.success(request, f"{row.filename} is forgotten. What was imported stays.")
                return redirect("dataset-imports", row.dataset_id)
            case _:
                raise BadRequest("There is no such thing to do. Go back and use one of the buttons.")
    except Problem as problem:
        messages.error(request, problem.detail)
    return redirect("import", row.id)


def _wish(form: QueryDict) -> ImportWish:
    """Each class of the file stands in two fields: its name, and what it becomes."""
    pairs = zip(form.getlist("class_name"), form.getlist("class_becomes"), strict=False)
    data: dict[str, Any] = {
        "format": form.get("format") or None,
        "mode": form.get("mode", ""),
        "box_states": form.get("box_states", ""),
        "classes": {name: becomes for name, becomes in pairs if becomes},
        **{name: name in form for name, _, _ in SWITCHES},
    }
    return ImportWish.read(data)


def _report(report: dict[str, Any]) -> dict[str, Any]:
    """The report with the findings in groups, and the words of each verdict."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for finding in report["findings"]:
        groups.setdefault((finding["severity"], finding["code"]), []).append(finding)
    findings = [
        {
            **entry,
            "fix": next((one["fix"] for one in group if one["fix"]), ""),
            "shown": group[:SHOWN_FINDINGS],
            "more": entry["count"] - min(len(group), SHOWN_FINDINGS),
        }
        for entry in report["finding_counts"]
        if (group := groups.get((entry["severity"], entry["code"]), []))
    ]
    files = [{**file, "words": VERDICTS[file["verdict"]]} for file in report["files"]]
    return {**report, "findings": findings, "files": files, "more_files": report["file_count"] - len(files)}

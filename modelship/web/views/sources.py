"""Pages of sources: those of a dataset, adding one, and one with its files, runs and scans."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from datasets import source_queries as queries
from datasets.actions import sources as actions
from datasets.actions.ingest_source import start_ingest
from datasets.actions.open_source import try_source
from datasets.actions.scan import start_scan
from datasets.models import Source, SourceFile
from datasets.queries import dataset_for
from datasets.sources import SOURCES, source_kind
from modelship.accounts.actors import Actor
from modelship.api.pages import SignedInRequest, signed_in
from modelship.api.paging import page
from modelship.jobs.models import Job
from modelship.jobs.queries import NEWEST_FIRST
from modelship.lib.errors import BadRequest, Problem
from modelship.projects.gate import can
from modelship.web.activity import shown_job
from modelship.web.source_form import SourceForm
from modelship.web.views.datasets import tabs_of
from modelship.web.views.projects import crumbs_of

Status = SourceFile.Status
SAMPLE = 3
WORDS = {
    "ingested": "in",
    "duplicate": "duplicate",
    "refused": "refused",
    "missing": "missing",
    "new": "waiting",
}


@require_safe
@signed_in
def dataset_sources(request: SignedInRequest, dataset_id: UUID) -> HttpResponse:
    """The sources of a dataset, each with its last run; who manages adds one."""
    dataset = dataset_for(request.actor, dataset_id, "view")
    listed = page(
        request, queries.sources_of(request.actor, dataset), order=("-created_at", "id"), to_dict=card_of
    )
    context = {
        "dataset": dataset,
        "sources": listed["results"],
        "next": listed["next"],
        "previous": listed["previous"],
        "kinds": SOURCES,
        "may_manage": can(request.actor, dataset.project, "manage"),
        "tabs": tabs_of(request.actor, dataset),
        "crumbs": crumbs_of(dataset.project),
    }
    return render(request, "web/sources/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def source_new(request: SignedInRequest, dataset_id: UUID, kind: str) -> HttpResponse:
    """The form of one kind. What is added is tried at once, and the answer told on its page."""
    dataset = dataset_for(request.actor, dataset_id, "manage")
    wanted = source_kind(kind)
    form = SourceForm(wanted, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        try:
            source = actions.create_source(request.actor, dataset, kind=kind, name=name, config=form.config)
        except Problem as problem:
            form.refuse(problem.extra.get("field", "name"), problem.detail)
        else:
            tell_trial(request, source)
            return redirect("source", source.id)
    context = {"dataset": dataset, "kind": wanted, "form": form, "crumbs": crumbs_in(dataset)}
    return render(request, "web/sources/form.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def source_edit(request: SignedInRequest, source_id: UUID) -> HttpResponse:
    """Change what a source is told; secrets stay where their fields are left empty."""
    source = queries.source_for(request.actor, source_id, "manage")
    kind = source_kind(source.kind)
    form = SourceForm(kind, request.POST if request.method == "POST" else None, source=source)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_source(request.actor, source, name=form.cleaned_data["name"], config=form.config)
        except Problem as problem:
            source.refresh_from_db()
            form.refuse(problem.extra.get("field", "name"), problem.detail)
        else:
            tell_trial(request, source)
            return redirect("source", source.id)
    context = {
        "dataset": source.dataset,
        "source": source,
        "kind": kind,
        "form": form,
        "crumbs": [*crumbs_in(source.dataset), crumb_of(source)],
    }
    return render(request, "web/sources/form.html", context, status=422 if request.method == "POST" else 200)


@require_safe
@signed_in
def source(request: SignedInRequest, source_id: UUID) -> HttpResponse:
    """One source: its runs, its files with what became of each, and what the last scan found."""
    found = queries.source_for(request.actor, source_id, "view")
    status = request.GET.get("status", "")
    status = status if status in Status.values else ""
    counts = queries.file_counts(found)
    files = queries.files_of(found, status).select_related("image")
    listed = page(request, files, order=("id",), to_dict=row_of)
    scan = last_scan(request.actor, found)
    context = {
        "dataset": found.dataset,
        "source": found,
        "kind": source_kind(found.kind),
        "may_manage": can(request.actor, found.dataset.project, "manage"),
        "jobs": [shown_job(job) for job in (queries.last_ingest(found), scan) if job],
        "rows": listed["results"],
        "next": listed["next"],
        "previous": listed["previous"],
        "status": status,
        "filters": filters(counts),
        "scan": scan,
        "crumbs": crumbs_in(found.dataset),
    }
    return render(request, "web/sources/detail.html", context)


@require_POST
@signed_in
def source_act(request: SignedInRequest, source_id: UUID) -> HttpResponse:
    """One of the buttons: import, test, scan, apply, delete."""
    found = queries.source_for(request.actor, source_id, "manage")
    match request.POST.get("act"):
        case "import":
            _, is_new = start_ingest(request.actor, found)
            messages.success(
                request, "The import has started." if is_new else "It is being imported already."
            )
        case "test":
            tell_trial(request, found)
        case "scan" | "apply" as act:
            start_scan(request.actor, found.dataset, source=found, applies=act == "apply")
            messages.success(request, "The scan has started.")
            if request.POST.get("back") == "scan":
                return redirect("source-scan", found.id)
        case "delete":
            actions.delete_source(request.actor, found)
            messages.success(request, f"{found.name} is deleted. Its pictures stay.")
            return redirect("dataset-sources", found.dataset_id)
        case _:
            raise BadRequest("There is no such thing to do. Go back and use one of the buttons.")
    return redirect("source", found.id)


def tell_trial(request: SignedInRequest, found: Source) -> None:
    try:
        entries = try_source(found)
    except Problem as problem:
        messages.error(request, f"The connection does not work yet. {problem.detail}")
        return
    if not entries:
        messages.warning(request, "The connection works, but no file passes. Check folder and pattern.")
        return
    names = ", ".join(entry.key.rsplit("/", 1)[-1][:60] for entry in entries[:SAMPLE])
    messages.success(request, f"The connection works. The first files: {names}.")


def card_of(found: Source) -> dict[str, Any]:
    job = queries.last_ingest(found)
    return {
        "source": found,
        "kind": source_kind(found.kind),
        "counts": said(queries.file_counts(found)),
        "job": shown_job(job) if job else None,
    }


def said(counts: dict[str, int]) -> str:
    """The numbers that are not zero: "1,200 in, 3 refused"."""
    return ", ".join(f"{counts[status]:,} {word}" for status, word in WORDS.items() if counts[status])


def row_of(row: SourceFile) -> dict[str, Any]:
    return {
        "key": row.key,
        "size": row.size,
        "status": row.status,
        "why": (row.problem or {}).get("detail", ""),
        "href": reverse("editor", args=[row.image_id]) if row.image_id else "",
        "seen_at": row.seen_at,
    }


def filters(counts: dict[str, int]) -> list[dict[str, Any]]:
    found = [("", "All", sum(counts.values()))]
    found += [(status, WORDS[status].capitalize(), counts[status]) for status in WORDS if counts[status]]
    return [
        {"status": status, "label": label, "count": number, "href": f"?status={status}" if status else "?"}
        for status, label, number in found
    ]


def last_scan(actor: Actor, found: Source) -> Job | None:
    rows = queries.scans_of(actor).filter(args__source=str(found.id))
    return rows.order_by(*NEWEST_FIRST).first()


def crumbs_in(dataset: Any) -> list[dict[str, str]]:
    place = {"href": reverse("dataset-sources", args=[dataset.id]), "label": f"Sources of {dataset.name}"}
    return [*crumbs_of(dataset.project), place]


def crumb_of(found: Source) -> dict[str, str]:
    return {"href": reverse("source", args=[found.id]), "label": found.name}

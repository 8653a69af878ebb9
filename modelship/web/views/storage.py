"""Pages of storage: what scans of a dataset or a source found, and how the parts of the server are."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from datasets import source_queries as queries
from datasets.actions.scan import start_scan
from datasets.health_queries import health_of
from datasets.models import Dataset, ScanFinding
from datasets.queries import dataset_for, datasets_of
from modelship.api.pages import SignedInRequest, signed_in
from modelship.api.paging import page
from modelship.api.values import choice_of
from modelship.jobs.models import Job
from modelship.jobs.queries import NEWEST_FIRST
from modelship.jobs.states import SUCCEEDED
from modelship.lib.clock import now
from modelship.projects.gate import can
from modelship.web.activity import shown_job
from modelship.web.views.datasets import tabs_of
from modelship.web.views.sources import crumb_of, crumbs_in

Finding = ScanFinding.Kind
OF_A_SOURCE = (Finding.NEW, Finding.CHANGED, Finding.MISSING)
OF_STORAGE = (Finding.MISSING, Finding.ORPHANED)
RUNS = 4
SCANS = 10


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def dataset_storage(request: SignedInRequest, dataset_id: UUID) -> HttpResponse:
    """Compare what is stored for a dataset with the database, and free what nothing refers to."""
    dataset = dataset_for(request.actor, dataset_id, "manage")
    if request.method == "POST":
        act = choice_of(request.POST.dict(), "act", ("scan", "free"))
        _, is_new = start_scan(request.actor, dataset, applies=act == "free")
        messages.success(request, "The scan has started." if is_new else "It is being scanned already.")
        return redirect("dataset-storage", dataset.id)
    scans = queries.scans_of(request.actor).filter(args__dataset=str(dataset.id), args__source__isnull=True)
    context = {
        "dataset": dataset,
        "jobs": [shown_job(job) for job in scans.order_by(*NEWEST_FIRST)[:RUNS]],
        "found": found_by(request, scans, OF_STORAGE),
        "tabs": tabs_of(request.actor, dataset),
        "crumbs": crumbs_in(dataset),
    }
    return render(request, "web/storage/dataset.html", context)


@require_safe
@signed_in
def source_scan(request: SignedInRequest, source_id: UUID) -> HttpResponse:
    """Everything that the last scan of a source found, by kind and name."""
    source = queries.source_for(request.actor, source_id, "view")
    scans = queries.scans_of(request.actor).filter(args__source=str(source.id))
    context = {
        "source": source,
        "jobs": [shown_job(job) for job in scans.order_by(*NEWEST_FIRST)[:RUNS]],
        "found": found_by(request, scans, OF_A_SOURCE),
        "may_manage": can(request.actor, source.dataset.project, "manage"),
        "crumbs": [*crumbs_in(source.dataset), crumb_of(source)],
    }
    return render(request, "web/storage/source.html", context)


@never_cache
@require_safe
@signed_in
def storage(request: SignedInRequest) -> HttpResponse:
    """How database and storage are, what the workspace holds, and its scans; for managers."""
    health = health_of(request.actor)
    scans = queries.scans_of(request.actor).order_by(*NEWEST_FIRST)[:SCANS]
    datasets = datasets_of(request.actor).filter(kind=Dataset.Kind.IMAGES).select_related("project")
    listed = page(request, datasets, order=("-created_at", "id"), to_dict=lambda dataset: dataset)
    context = {
        "health": health,
        "checked_at": now(),
        "jobs": [shown_job(job) for job in scans],
        "datasets": listed["results"],
        "next": listed["next"],
        "previous": listed["previous"],
    }
    return render(request, "web/storage/workspace.html", context)


def found_by(request: SignedInRequest, scans: QuerySet[Job], kinds: tuple[str, ...]) -> dict[str, Any] | None:
    """What the last scan that came to its end found: a page of it, of one kind or of all."""
    scan = scans.filter(state=SUCCEEDED).order_by(*NEWEST_FIRST).first()
    if scan is None:
        return None
    kind = request.GET.get("kind", "")
    kind = kind if kind in kinds else ""
    counts = {name: (scan.result or {}).get(name, 0) for name in kinds}
    listed = page(request, queries.findings_of(scan, kind), order=("id",), to_dict=queries.finding_dict)
    orphaned = queries.findings_of(scan, Finding.ORPHANED).aggregate(size=Sum("size"))
    return {
        "scan": scan,
        "kind": kind,
        "counts": counts,
        "total": sum(counts.values()),
        "filters": [("", "All", sum(counts.values())), *((name, name, counts[name]) for name in kinds)],
        "orphaned_bytes": orphaned["size"],
        "rows": listed["results"],
        "previous": listed["previous"],
        "next": listed["next"],
    }

"""The page of a dataset's versions: the list, making one, exporting one."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from annotations.actions.clone import request_clone
from annotations.actions.freeze import freeze_dataset
from annotations.actions.rollback import request_rollback
from annotations.formats import FORMATS
from annotations.queries import classes_of
from annotations.version_queries import versions_of
from datasets.models import Dataset, DatasetVersion
from datasets.queries import dataset_for, images_of
from modelship.api.pages import SignedInRequest, signed_in
from modelship.api.paging import page
from modelship.lib.errors import Conflict, NotFound
from modelship.projects.gate import can
from modelship.web.activity import exports_of
from modelship.web.forms import VersionForm
from modelship.web.queries import Tally, tallies_of
from modelship.web.views.datasets import NEEDS, tabs_of
from modelship.web.views.projects import crumbs_of


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def dataset_versions(request: SignedInRequest, dataset_id: UUID) -> HttpResponse:
    """The versions, newest first; who manages makes one here."""
    actor, is_post = request.actor, request.method == "POST"
    dataset = dataset_for(actor, dataset_id, "manage" if is_post else "view")
    if is_post and (number := request.POST.get("rollback", "")):
        return rolled_back(request, dataset, number)
    if is_post and "copy" in request.POST:
        return copied(request, dataset)
    form = VersionForm(request.POST if is_post else None, auto_id="version-%s")
    if is_post and form.is_valid():
        version = freeze_dataset(actor, dataset, form.cleaned_data["message"])
        messages.success(request, said(version))
        return redirect("dataset-versions", dataset.id)
    listed = page(request, versions_of(actor, dataset), order=("-number",), to_dict=row_of)
    rows = listed["results"]
    context = {
        "dataset": dataset,
        "form": form,
        "copy_name": f"{dataset.name} copy"[:200],
        "rows": rows,
        "next": listed["next"],
        "previous": listed["previous"],
        "versions": [row["version"] for row in rows],
        "exports": exports_of(actor, dataset),
        "formats": FORMATS,
        "classes": classes_of(dataset.project_id),
        "totals": tallies_of(images_of(actor, dataset), "dataset_id").get(dataset.id, Tally()),
        "may": {need: can(actor, dataset.project, need) for need in NEEDS},
        "tabs": tabs_of(request.actor, dataset),
        "crumbs": crumbs_of(dataset.project),
    }
    return render(request, "web/datasets/versions.html", context, status=422 if is_post else 200)


def rolled_back(request: SignedInRequest, dataset: Dataset, number: str) -> HttpResponse:
    """On to the job that goes back, or back to the list with the reason why it does not."""
    if not number.isdecimal() or len(number) > 9:
        raise NotFound()
    try:
        job, _ = request_rollback(request.actor, dataset, int(number))
    except Conflict as conflict:
        messages.error(request, conflict.detail)
        return redirect("dataset-versions", dataset.id)
    return redirect("job", job.id)


def copied(request: SignedInRequest, dataset: Dataset) -> HttpResponse:
    """On to the copy, which a job fills, or back to the list with the reason why there is none."""
    name, number = request.POST["copy"].strip()[:200], request.POST.get("version", "")
    if number and (not number.isdecimal() or len(number) > 9):
        raise NotFound()
    if not name or "\0" in name:
        messages.error(request, "The copy needs a name. Type one.")
        return redirect("dataset-versions", dataset.id)
    try:
        copy, _ = request_clone(
            request.actor, dataset, dataset.project, name, int(number) if number else None
        )
    except Conflict as conflict:
        messages.error(request, conflict.detail)
        return redirect("dataset-versions", dataset.id)
    messages.success(request, "The pictures are being copied. They appear here.")
    return redirect("dataset", copy.id)


def row_of(version: DatasetVersion) -> dict[str, object]:
    gone = version.image_count - version.present  # type: ignore[attr-defined]
    return {"version": version, "number": version.number, "gone": gone}


def said(version: DatasetVersion) -> str:
    if version.is_new:
        return f"Version {version.number} is made."
    return f"Nothing changed since version {version.number}, so it stands for the dataset as it is now."

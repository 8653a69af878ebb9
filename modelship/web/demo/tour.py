"""The tour of the sample project, as the start page shows it: how far the work is, and three steps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from annotations.actions.export import request_export
from annotations.export_order import ExportOrder
from annotations.export_queries import export_as_it_is
from annotations.models import Box, Export
from annotations.queries import has_accepted, is_reviewed
from datasets.models import Dataset, Image
from inference.actions.autolabel import KIND as LABEL_KIND
from inference.models import ImageRun
from modelship.accounts.actors import Actor
from modelship.jobs.models import Job
from modelship.jobs.queries import NEWEST_FIRST, progress_of
from modelship.jobs.states import FAILED, LIVE, QUEUED
from modelship.jobs.views import NO_WORKER, PATIENCE_SECONDS, span
from modelship.lib.clock import now
from modelship.projects.gate import can
from modelship.projects.models import Project
from modelship.web.demo.project import KIND, demo_of, sample_of, views_to_draw
from modelship.web.models import TourMark
from modelship.web.queries import OPEN

FORMAT = "coco"
PREVIEW_SIDE = 800
TILES = 12
# What a step looks different for.
LOOKS = ("is_done", "is_next", "is_off", "text", "href", "state", "done")
# Before that a forecast would be a guess.
FORECAST_SECONDS, FORECAST_SHARE = 3.0, 0.08


@dataclass(frozen=True)
class Standing:
    """What the steps are read from, fetched once."""

    actor: Actor
    project: Project
    dataset: Dataset
    mark: TourMark
    images: Sequence[Image]
    labelled: set[UUID]
    jobs: Sequence[Job]
    export: Export | None

    @property
    def drawing(self) -> Job | None:
        return next((job for job in self.jobs if job.kind == KIND), None)

    @property
    def is_working(self) -> bool:
        return any(job.is_live for job in self.jobs)

    @property
    def total(self) -> int:
        """How many pictures there will be, or are."""
        coming = len(self.drawing.args["seeds"]) if self.drawing and self.is_working else 0
        return max(coming, len(self.images))


def mark_of(actor: Actor) -> TourMark:
    """How the person stands with the tour; a mark that was never made is not stored."""
    found = TourMark.objects.filter(tenant=actor.tenant, user=actor.user).first()
    return found or TourMark(tenant=actor.tenant, user=actor.user)


def remember(actor: Actor, **fields: bool) -> None:
    TourMark.objects.update_or_create(tenant=actor.tenant, user=actor.user, defaults=fields)


def tour_of(actor: Actor) -> dict[str, Any] | None:
    """What the start page shows of the tour; None where the tenant has no sample, or the person hid the tour."""
    project = demo_of(actor.tenant)
    dataset = sample_of(project) if project else None
    mark = mark_of(actor)
    if project is None or dataset is None or mark.is_hidden or not can(actor, project, "view"):
        return None
    standing = _standing(actor, project, dataset, mark)
    steps = _steps(standing)
    return {
        "project": project,
        "dataset": dataset,
        "steps": steps,
        "is_over": all(step["is_done"] for step in steps) and not standing.is_working,
        "is_live": standing.is_working or bool(standing.export and _is_live(standing.export)),
        "work": _work(standing),
        "trouble": _trouble(standing),
        "tiles": _tiles(standing),
        "may_manage": can(actor, project, "manage"),
    }


def _standing(actor: Actor, project: Project, dataset: Dataset, mark: TourMark) -> Standing:
    jobs = Job.objects.filter(project=project, kind__in=(KIND, LABEL_KIND)).order_by(*NEWEST_FIRST)
    runs = ImageRun.objects.filter(image__dataset=dataset)
    return Standing(
        actor=actor,
        project=project,
        dataset=dataset,
        mark=mark,
        images=list(Image.objects.kept().filter(dataset=dataset).order_by("ordinal")[:TILES]),
        labelled=set(runs.values_list("image_id", flat=True)),
        jobs=list(jobs),
        export=export_as_it_is(dataset, FORMAT),
    )


# The work


def _work(standing: Standing) -> dict[str, Any] | None:
    """How far drawing and labelling are; None once they have ended."""
    if not standing.is_working:
        return None
    done, total = len(standing.labelled), standing.total
    drawn = len(standing.images)
    words = f"{done} of {total} pictures labelled"
    if drawn < total:
        words += f", {drawn} drawn"
    return {"done": done + drawn, "total": 2 * total, "words": words, "left": _left(standing)}


def _left(standing: Standing) -> str:
    """The time left, by the area that is drawn and labelled so far, or why nothing moves."""
    first = standing.drawing
    if first is None or first.started_at is None:
        is_late = first is not None and (now() - first.created_at).total_seconds() > PATIENCE_SECONDS
        return NO_WORKER if is_late and first and first.state == QUEUED else "Starting."
    whole = 2 * sum(view.width * view.height for view in views_to_draw())
    drawn = sum(image.width * image.height for image in standing.images)
    seen = sum(image.width * image.height for image in standing.images if image.id in standing.labelled)
    share = (drawn + seen) / whole if whole else 1.0
    seconds = (now() - first.started_at).total_seconds()
    if seconds < FORECAST_SECONDS or not FORECAST_SHARE < share < 1:
        return ""
    return f"About {span(seconds * (1 - share) / share)} left"


def _trouble(standing: Standing) -> str:
    """What went wrong, where nothing works on it any more."""
    if standing.is_working or not standing.jobs:
        return ""
    failed = next((job for job in standing.jobs if job.state == FAILED), None)
    is_whole = len(standing.images) and all(image.id in standing.labelled for image in standing.images)
    if failed is not None and not is_whole:
        return str((failed.error or {}).get("detail", ""))
    return "" if is_whole else "Not every sample picture is drawn and labelled."


def _tiles(standing: Standing) -> list[dict[str, Any]]:
    """A place for each picture, filled as they come: first the picture, then the picture with its boxes."""
    tiles = [_tile(number, image, standing) for number, image in enumerate(standing.images, start=1)]
    empty = range(len(tiles) + 1, standing.total + 1)
    return [*tiles, *({"key": f"tile-{number}", "look": "coming"} for number in empty)]


def _tile(number: int, image: Image, standing: Standing) -> dict[str, Any]:
    is_seen = image.id in standing.labelled
    door = "api-image-preview" if is_seen and image.box_count else "api-image-thumbnail"
    return {
        "key": f"tile-{number}",
        "look": f"{image.id} {door} {is_seen} {image.state} {image.box_count} {image.proposed_count}",
        "image": image,
        "is_seen": is_seen,
        "src": f"{reverse(door, args=[image.id])}?size={PREVIEW_SIDE if door.endswith('preview') else 512}",
        "href": reverse("editor", args=[image.id]),
    }


# The steps


def _steps(standing: Standing) -> list[dict[str, Any]]:
    """Those that the actor may take; the first that is not done is the next one."""
    makers = {"look": "view", "sweep": "annotate", "export": "annotate"}
    builders = {"look": _look, "sweep": _sweep, "export": _export}
    may = [key for key, need in makers.items() if can(standing.actor, standing.project, need)]
    steps = [{"key": key, **builders[key](standing)} for key in may]
    coming = next((step for step in steps if not step["is_done"]), None)
    for step in steps:
        step["is_next"] = step is coming
        step["kind"] = "primary" if step is coming else ""
        step["look"] = " ".join(
            str(step.get(name)) for name in ("is_done", "is_next", "text", "href", "state")
        )
    return steps


def _look(standing: Standing) -> dict[str, Any]:
    found = to_look_at(standing.dataset)
    waiting = sum(image.proposed_count for image in standing.images)
    text = f"{waiting:,} boxes wait, each with its score and the slice it was seen in."
    if not found:
        text = "The first proposals arrive in a few seconds." if standing.is_working else "No proposals wait."
    return {
        "title": "Look at proposals",
        "text": text,
        "is_done": standing.mark.has_looked,
        "is_off": found is None and not standing.mark.has_looked,
    }


def _sweep(standing: Standing) -> dict[str, Any]:
    found = to_sweep(standing.dataset)
    left = sum(1 for image in standing.images if image.proposed_count and image.state in OPEN)
    if found:
        text = f"Least certain first, one key each. {left} picture{'s wait' if left != 1 else ' waits'}."
    else:
        text = "Starts with the first proposals." if standing.is_working else "No proposals are left."
    return {
        "title": "Sweep them",
        "text": text,
        "is_done": is_reviewed(standing.dataset.id),
        "href": f"{reverse('editor', args=[found.id])}?sweep=1" if found else "",
    }


def _export(standing: Standing) -> dict[str, Any]:
    export = standing.export
    is_live = bool(export and _is_live(export))
    failed = "" if export else _failure(standing.dataset)
    step: dict[str, Any] = {
        "title": "Export",
        "text": failed or _what_goes_along(standing.dataset),
        "is_bad": bool(failed),
        "is_done": Export.objects.filter(dataset=standing.dataset, blob__isnull=False).exists(),
        "is_off": not standing.labelled,
        "state": "",
        "href": "",
    }
    if is_live and export and export.job:
        progress = progress_of(export.job)
        step |= {"state": "live", "done": progress["done"], "total": progress["total"]}
    elif export:
        href = reverse("api-export-download", args=[export.id])
        step |= {"state": "ready", "href": href, "text": f"{export.filename} is ready."}
    return step


def _what_goes_along(dataset: Dataset) -> str:
    if has_accepted(dataset.id):
        return "The boxes you accepted, as one COCO file."
    return "All proposals as one COCO file; once you accept some, those alone."


def _failure(dataset: Dataset) -> str:
    newest = Export.objects.filter(dataset=dataset, format=FORMAT).order_by("-created_at", "id").first()
    if newest is None or newest.job is None or newest.job.state != FAILED:
        return ""
    return str((newest.job.error or {}).get("detail", ""))


def _is_live(export: Export) -> bool:
    return export.job is not None and export.job.state in LIVE


# What a step opens


def _open_with_proposals(dataset: Dataset) -> QuerySet[Image]:
    return Image.objects.kept().filter(dataset=dataset, state__in=OPEN, proposed_count__gt=0)


def to_look_at(dataset: Dataset) -> Image | None:
    """The open picture with the most proposals."""
    return _open_with_proposals(dataset).order_by("-proposed_count", "ordinal").first()


def to_sweep(dataset: Dataset) -> Image | None:
    """The next picture with proposals, in gallery order."""
    return _open_with_proposals(dataset).order_by("ordinal").first()


def order_export(actor: Actor, dataset: Dataset) -> Export:
    """The export of the dataset as it is now: the one that there is, or a new one.

    Called in a transaction that holds the dataset's row, so that two clicks order one file.
    """
    known = export_as_it_is(dataset, FORMAT)
    if known is not None:
        return known
    states = [Box.State.ACCEPTED] if has_accepted(dataset.id) else [Box.State.ACCEPTED, Box.State.PROPOSED]
    order = ExportOrder(FORMAT, states=tuple(state.value for state in states))
    return request_export(actor, dataset, order)[0]


def without_sample(jobs: Iterable[Job], tour: dict[str, Any] | None) -> list[Job]:
    """Jobs that the tour does not show already."""
    return [job for job in jobs if tour is None or job.project_id != tour["project"].id]

"""Reads of the review: the way of a project, who made what is on a picture, and who has approved it."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, QuerySet

from annotations.models import Box, CanvasAuthor, CanvasEdit, ProjectWorkflow, ReviewStep
from annotations.workflow import DEFAULT, SUBMITTED, Workflow, preset_of, read_workflow
from modelship.jobs.models import Job
from modelship.lib.clock import wire

# The log tells a step of the review by its only edit.
A_STEP = {"edits__0__kind": "canvas"}


def workflow_of(project_id: UUID) -> Workflow:
    return _workflow(_rows(project_id).values_list("definition", flat=True).first())


def workflow_dict(project_id: UUID) -> dict[str, Any]:
    """The way as everybody in the project reads it; number 0 is the one that nobody has changed yet."""
    columns = ("number", "definition", "created_by_id", "created_at")
    row = _rows(project_id).values(*columns).first() or dict.fromkeys(columns)
    workflow = _workflow(row["definition"])
    return {
        "project": str(project_id),
        "number": row["number"] or 0,
        "preset": preset_of(workflow),
        **workflow.wire(),
        "changed_by": str(row["created_by_id"]) if row["created_by_id"] else None,
        "changed_at": wire(row["created_at"]) if row["created_at"] else None,
    }


def _rows(project_id: UUID) -> QuerySet[ProjectWorkflow]:
    return ProjectWorkflow.objects.filter(project=project_id).order_by("-number")


def projects_without_handing_in() -> list[UUID]:
    """The projects in which nothing is handed in, so that a picture is reviewed once it is labelled."""
    newer = ProjectWorkflow.objects.filter(project=OuterRef("project"), number__gt=OuterRef("number"))
    rows = ProjectWorkflow.objects.filter(~Exists(newer))
    # States are written in their order: where one is handed in, that is the second.
    return list(rows.exclude(definition__states__1=SUBMITTED).values_list("project", flat=True))


def _workflow(definition: Mapping[str, Any] | None) -> Workflow:
    return read_workflow(definition) if definition else DEFAULT


def authors_of(image_id: UUID) -> set[UUID]:
    """Whose work the picture is: who made or last changed what is on it, or edited it or handed it in since it was
    last reopened. Who has a file read in is the author of what it brings; what models propose is nobody's.
    """
    steps = ReviewStep.objects.filter(image=image_id)
    since = steps.filter(action="reopen").aggregate(seq=Max("seq"))["seq"] or 0
    log = CanvasEdit.objects.filter(canvas=image_id, seq__gt=since)
    people: set[Any] = set(log.exclude(**A_STEP).values_list("actor__user", flat=True).distinct())
    people |= set(steps.filter(action="submit", seq__gt=since).values_list("user_id", flat=True))
    for pair in (
        Box.objects.filter(canvas=image_id, deleted=False)
        .values_list("created_by_id", "updated_by_id")
        .distinct()
    ):
        people |= set(pair)
    people |= set(CanvasAuthor.objects.filter(image=image_id).values_list("user_id", flat=True))
    if Box.objects.filter(canvas=image_id, source=Box.Source.IMPORT).exists():
        people |= _importers(CanvasEdit.objects.filter(canvas=image_id, actor__kind="job"))
    return {UUID(str(person)) for person in people if person}


def _importers(rows: QuerySet[CanvasEdit]) -> set[UUID]:
    jobs = {
        actor["id"]
        for actor, edits in rows.values_list("actor", "edits").iterator()
        if any(edit["patch"].get("source") == Box.Source.IMPORT for edit in edits)
    }
    return set(Job.objects.filter(pk__in=jobs, created_by__isnull=False).values_list("created_by", flat=True))


def approvers_of(image_id: UUID) -> set[UUID]:
    """Who has approved the picture as it is now: what was edited since, or sent back, has to be looked at again."""
    steps = list(
        ReviewStep.objects.filter(image=image_id).order_by("-seq").values_list("seq", "action", "user_id")
    )
    log = CanvasEdit.objects.filter(canvas=image_id).exclude(**A_STEP)
    edited = log.order_by("-seq").values_list("seq", flat=True).first() or 0
    found: set[UUID] = set()
    for seq, action, user_id in steps:
        if action != "approve" or seq < edited:
            break
        if user_id:
            found.add(user_id)
    return found


def submitters_of(image_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Who handed each of the pictures in last."""
    rows = ReviewStep.objects.filter(image__in=image_ids, action="submit", user__isnull=False)
    return dict(rows.order_by("seq").values_list("image_id", "user_id"))

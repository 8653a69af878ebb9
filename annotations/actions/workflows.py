"""Changing the way that a project's pictures go through their review."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from annotations.actions.canvas_log import lock_canvas
from annotations.actions.review import note_move, write_step
from annotations.models import Canvas, ProjectWorkflow
from annotations.review_queries import workflow_dict, workflow_of
from annotations.workflow import BadWorkflow, Workflow, read_moves, read_workflow
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.lib.errors import Conflict, PreconditionFailed, Unprocessable
from modelship.projects.gate import check
from modelship.projects.models import Project

REASON = "The workflow has no such state any more."


@transaction.atomic
def change_workflow(
    actor: Actor, project: Project, given: Mapping[str, Any], *, number: int | None = None
) -> dict[str, Any]:
    """Give the project a way of its own, as a new version; the same one again changes nothing.

    `given` is a workflow with, under `moves`, where pictures go whose state is gone. Raises Forbidden below manager,
    Unprocessable for one that is not sound, Conflict where pictures are in a state that goes away and nobody says
    where they move, PreconditionFailed where `number` is not the present version.
    """
    check(actor, project, "manage")
    # Whole: everybody who takes a step shares this row until they are done.
    Project.objects.select_for_update().get(pk=project.pk)
    before, present = workflow_of(project.pk), workflow_dict(project.pk)
    if number is not None and number != present["number"]:
        raise PreconditionFailed(
            "The workflow was changed since you read it. Look again.", number=present["number"]
        )
    workflow, moves = _read(given, before)
    if workflow == before:
        return present
    moved = _move(actor, project, before, workflow, moves)
    made = ProjectWorkflow.objects.create(
        project=project, number=present["number"] + 1, definition=workflow.wire(), created_by=actor.user
    )
    hold = workflow.hold
    Project.objects.filter(pk=project.pk).update(hold_mode=hold.mode, hold_minutes=hold.minutes)
    facts = {"number": made.number, "workflow": workflow.wire(), "moved": moved}
    record(actor, "workflow.changed", f"project:{project.id}", **facts)
    return workflow_dict(project.pk)


def _read(given: Mapping[str, Any], before: Workflow) -> tuple[Workflow, dict[str, str]]:
    try:
        workflow = read_workflow({key: given[key] for key in given if key != "moves"}, before.hold)
        gone = set(before.states) - set(workflow.states)
        return workflow, read_moves(given.get("moves", {}), gone, workflow)
    except BadWorkflow as problem:
        raise Unprocessable(str(problem), code="bad_workflow", field=problem.field) from problem


def _move(
    actor: Actor, project: Project, before: Workflow, after: Workflow, moves: Mapping[str, str]
) -> dict[str, int]:
    """Take pictures out of the states that go away; returns how many out of each."""
    gone = [state for state in before.states if state not in after.states]
    waiting = {state: _in_state(project, state) for state in gone}
    homeless = {state: len(found) for state, found in waiting.items() if found and state not in moves}
    if homeless:
        told = ", ".join(f"{count:,} {state.replace('_', ' ')}" for state, count in homeless.items())
        raise Conflict(
            f"There are pictures in states that would be gone: {told}. Say under 'moves' where they go.",
            code="states_in_use",
            states=homeless,
        )
    for state, found in waiting.items():
        for image_id in found:
            canvas = lock_canvas(image_id)
            canvas.review_state = moves[state]
            write_step(canvas, actor, action="move", comment=REASON)
            note_move(canvas, state, "move")
    return {state: len(found) for state, found in waiting.items() if found}


def _in_state(project: Project, state: str) -> list[UUID]:
    """Archived ones, too: they may come back."""
    rows = Canvas.objects.filter(image__dataset__project=project, review_state=state)
    return list(rows.order_by("pk").values_list("pk", flat=True))

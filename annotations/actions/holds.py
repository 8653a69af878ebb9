"""Keeping a picture for whoever works on it, until some minutes after their last sign of life."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from annotations.actions.canvas_log import lock_canvas, room_of
from annotations.hold_queries import hold_dict
from annotations.models import Canvas
from datasets.queries import image_for
from modelship.accounts.actors import Actor
from modelship.accounts.models import User
from modelship.audit.actions import record
from modelship.lib.clock import now
from modelship.lib.errors import Conflict, Forbidden
from modelship.live.events import Event
from modelship.live.rooms import hub
from modelship.projects.gate import can
from modelship.projects.models import Project


def is_free(canvas: Canvas, actor: Actor) -> bool:
    """Whether nobody else holds the canvas by now."""
    return (
        canvas.holder_id in (None, actor.user_id) or canvas.held_until is None or canvas.held_until <= now()
    )


def why_held(canvas: Canvas, actor: Actor) -> str:
    """Why the actor may not edit the canvas just now; empty where they may. Jobs propose, they take nothing away."""
    if not canvas.is_held_hard or actor.job_id or is_free(canvas, actor):
        return ""
    holder = User.objects.filter(pk=canvas.holder_id).first()
    until = canvas.held_until.strftime("%H:%M") if canvas.held_until else ""
    name = holder.display_name if holder else "Somebody"
    return f"{name} works on this picture until {until} UTC. Wait, or ask a manager to take it over."


def hold_for(canvas: Canvas, actor: Actor, project: Project) -> None:
    """Note on a canvas that the caller holds that the person works on it. Who writes the canvas writes that, too."""
    if project.hold_mode == "off" or actor.job_id or actor.user_id is None or not is_free(canvas, actor):
        return
    canvas.holder_id = actor.user_id
    canvas.held_until = now() + timedelta(minutes=project.hold_minutes)
    canvas.is_held_hard = project.hold_mode == "hard"


def let_go(canvas: Canvas) -> None:
    """Note on a canvas that the caller holds that nobody works on it any more."""
    canvas.holder_id = canvas.held_until = None
    canvas.is_held_hard = False


def keep(canvas_id: UUID, actor: Actor, minutes: int) -> None:
    """A sign of life of whoever has the picture open: what is theirs stays theirs. Nothing happens for others."""
    rows = Canvas.objects.filter(pk=canvas_id, holder_id=actor.user_id, held_until__gt=now())
    rows.update(held_until=now() + timedelta(minutes=minutes))


@transaction.atomic
def take_hold(image_id: UUID, *, actor: Actor, takes_over: bool = False) -> dict[str, Any] | None:
    """Keep the picture for the actor. None where the project keeps none.

    Raises Conflict with the code `held` where it is somebody else's, unless a manager takes it over.
    """
    image = image_for(actor, image_id, "annotate")
    project = image.dataset.project
    if actor.user is None:
        raise Forbidden("Only a person works on a picture. Sign in.")
    if takes_over and not can(actor, project, "manage"):
        raise Forbidden("Only a manager takes a picture over. Wait until it is free.")
    canvas = lock_canvas(image_id)
    if not is_free(canvas, actor):
        if not takes_over:
            raise Conflict(
                "Somebody works on this picture. Wait, or ask a manager.",
                code="held",
                hold=hold_dict(image_id),
            )
        record(actor, "image.taken_over", f"image:{image_id}", holder=str(canvas.holder_id))
        canvas.held_until = None
    hold_for(canvas, actor, project)
    write_hold(canvas)
    return hold_dict(image_id)


@transaction.atomic
def drop_hold(image_id: UUID, *, actor: Actor) -> None:
    """Let go of the picture. Raises Conflict with the code `held` where it is somebody else's and the actor no manager."""
    image = image_for(actor, image_id, "annotate")
    canvas = lock_canvas(image_id)
    if not is_free(canvas, actor):
        if not can(actor, image.dataset.project, "manage"):
            raise Conflict("Somebody works on this picture. Wait, or ask a manager.", code="held")
        record(actor, "image.set_free", f"image:{image_id}", holder=str(canvas.holder_id))
    let_go(canvas)
    write_hold(canvas)


def write_hold(canvas: Canvas) -> None:
    """Write who holds a canvas that the caller has locked, and tell who has it open."""
    fields = {
        "holder_id": canvas.holder_id,
        "held_until": canvas.held_until,
        "is_held_hard": canvas.is_held_hard,
    }
    Canvas.objects.filter(pk=canvas.pk).update(**fields)

    def tell() -> None:
        body = orjson.dumps({"type": "hold", "hold": hold_dict(canvas.pk)}).decode()
        hub.publish(Event(room=room_of(canvas.pk), seq=None, body=body))

    transaction.on_commit(tell)

"""What a job saw in pictures, put on each exactly once."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import structlog
from django.db import DatabaseError

from annotations.actions.canvas_log import make_canvases
from datasets.models import Image
from inference.actions.propose import P, Proposed, Run, Sight, propose, propose_idle
from inference.detection import Seen
from inference.models import ImageRun
from modelship.jobs.context import JobContext
from modelship.lib.errors import Problem

log = structlog.get_logger(__name__)


def landed(ctx: JobContext, run: Run[P], image: Image, seen: Seen) -> Proposed:
    """Proposals and the mark that the image is done for the job, both or neither, and only under the lease."""
    with ctx.fenced():
        proposed = propose(run, image, seen)
        _note_done(run, [(seen, image.id, proposed)])
    return proposed


def landed_together(ctx: JobContext, run: Run[P], sights: Sequence[Sight]) -> list[Proposed | Problem]:
    """The same for several images of one project, in one transaction as far as nobody else is at them.

    The others, and all of them where one spoils the transaction, land alone; each has its own answer.
    """
    done: dict[UUID, Proposed | Problem] = {}
    if len(sights) > 1:
        try:
            done = _idle_ones(ctx, run, sights)
        except (DatabaseError, Problem) as error:
            log.warning("sights_landed_alone", images=len(sights), error=repr(error))
    return [done.get(image.id) or _alone(ctx, run, image, seen) for image, seen in sights]


def _idle_ones(ctx: JobContext, run: Run[P], sights: Sequence[Sight]) -> dict[UUID, Proposed | Problem]:
    make_canvases([image.id for image, _ in sights])
    with ctx.fenced():
        done = propose_idle(run, sights)
        _note_done(run, [(seen, image.id, done.get(image.id)) for image, seen in sights])
    return done


def _alone(ctx: JobContext, run: Run[P], image: Image, seen: Seen) -> Proposed | Problem:
    try:
        return landed(ctx, run, image, seen)
    except Problem as problem:
        return problem


def _note_done(run: Run[P], done: Iterable[tuple[Seen, UUID, Proposed | Problem | None]]) -> None:
    """An image that took no proposals is not done: a retry looks at it again."""
    ImageRun.objects.bulk_create(
        ImageRun(
            job_id=run.id,
            image_id=image_id,
            boxes=len(proposed.boxes),
            unmapped=proposed.unmapped,
            dropped=proposed.dropped,
            milliseconds=seen.milliseconds,
        )
        for seen, image_id, proposed in done
        if isinstance(proposed, Proposed) and not proposed.refusal
    )

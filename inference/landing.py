"""What a job saw in a picture, put on it exactly once."""

from datasets.models import Image
from inference.actions.propose import P, Proposed, Run, propose
from inference.detection import Seen
from inference.models import ImageRun
from modelship.jobs.context import JobContext


def landed(ctx: JobContext, run: Run[P], image: Image, seen: Seen) -> Proposed:
    """Proposals and the mark that the image is done for the job, both or neither, and only under the lease."""
    with ctx.fenced():
        proposed = propose(run, image, seen)
        if not proposed.refusal:
            ImageRun.objects.create(
                job_id=run.id,
                image=image,
                boxes=len(proposed.boxes),
                unmapped=proposed.unmapped,
                dropped=proposed.dropped,
                milliseconds=seen.milliseconds,
            )
    return proposed

"""Many pictures looked at side by side, a few ahead of the one that is written down."""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings

from datasets.models import Image
from datasets.storage import local_copy
from inference.detection import Detection, ModelFails, OutOfLimits, Seen
from inference.models import DetectorModel
from inference.options import DetectOptions
from modelship.jobs.context import JobContext
from modelship.lib.errors import Problem

POLL_SECONDS = 0.2
# Pictures whose rows are read at once.
READ_AHEAD = 20
SHOWN_FAILURES = 20
# A model that is this often too slow or too large in a row will be so for the rest.
HOPELESS = 5


@dataclass(frozen=True)
class Look:
    """A model, and how it is to look."""

    model: DetectorModel
    options: DetectOptions


# What each of the looks saw, in their order.
Sights = list[Seen]
Ahead = tuple[Image, Future[Sights] | None]


@dataclass
class Tally:
    """What this attempt saw go wrong; what went well is counted from the rows."""

    locked: int = 0
    failures: list[dict[str, str]] = field(default_factory=list)
    failed: int = 0
    in_a_row: int = 0

    def fail(self, image: Image, problem: Problem) -> None:
        self.failed += 1
        self.in_a_row = self.in_a_row + 1 if isinstance(problem, OutOfLimits) else 0
        if len(self.failures) < SHOWN_FAILURES:
            said = {"image": str(image.id), "filename": image.filename}
            self.failures.append({**said, "code": problem.code, "detail": problem.detail})

    def check_hope(self) -> None:
        if self.in_a_row >= HOPELESS:
            raise ModelFails(
                f"The model did not answer in time or memory on {HOPELESS} images in a row. "
                "Choose a smaller model or larger slices.",
                code="model_hopeless",
            )


def looking(
    looks: Sequence[Look], waiting: Sequence[UUID], *, is_left_out: Callable[[Image], bool]
) -> Generator[Ahead, None, None]:
    """Images in order with what is seen in them; None where an image is left out.

    Many images are looked at side by side, a single one tile by tile; either way all sessions work.
    Close it: whatever ends the loop, the children end before the job does.
    """
    sessions = settings.MODELSHIP_INFERENCE_SESSIONS
    lanes = max(1, min(sessions, len(waiting)))
    ahead: deque[Ahead] = deque()
    with ExitStack() as stack:
        threads = stack.enter_context(ThreadPoolExecutor(lanes, "looking"))
        # One for each model: its children serve no other.
        models = {look.model.id: look.model for look in looks}
        detections = {
            key: stack.enter_context(Detection(model, lanes=lanes, sessions=sessions // lanes))
            for key, model in models.items()
        }
        asked = [(detections[look.model.id], look.options) for look in looks]
        try:
            for image in _images(waiting):
                begun = None if is_left_out(image) else threads.submit(_sights, asked, image)
                ahead.append((image, begun))
                if len(ahead) > 2 * lanes:
                    yield ahead.popleft()
            while ahead:
                yield ahead.popleft()
        finally:
            # Cancelled, or the lease is lost: what is not begun is not begun, what runs is killed.
            for _, seeing in ahead:
                if seeing:
                    seeing.cancel()


def awaited(ctx: JobContext, seeing: Future[Sights]) -> Sights:
    """The result, giving a sign of life and hearing of a cancel meanwhile."""
    while True:
        ctx.check()
        if wait([seeing], POLL_SECONDS).done:
            return seeing.result()


def _images(image_ids: Sequence[UUID]) -> Iterator[Image]:
    """In order, each as it was a few images ago; deleted ones are left out. What is written looks again."""
    rows = Image.objects.select_related("blob", "dataset__project")
    for start in range(0, len(image_ids), READ_AHEAD):
        wanted = image_ids[start : start + READ_AHEAD]
        known = rows.in_bulk(wanted)
        yield from (known[image_id] for image_id in wanted if image_id in known)


def _sights(asked: Sequence[tuple[Detection, DetectOptions]], image: Image) -> Sights:
    """The work of one thread. It reads no rows: it has no database connection to give back."""
    with local_copy(image.blob) as path:
        return [detection.look(path, options) for detection, options in asked]

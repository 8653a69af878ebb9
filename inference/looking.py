"""Many pictures looked at side by side, a few ahead of the one that is written down."""

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings

from datasets.models import Image
from datasets.storage import local_copy
from inference.asking import ModelFails, OutOfLimits
from inference.detection import Detection, Ear, Seen, SliceSeen
from inference.models import DetectorModel
from inference.options import DetectOptions
from inference.patience import Patience
from inference.warm import job_detection
from modelship.jobs.context import JobContext
from modelship.lib.errors import Problem

POLL_SECONDS = 0.2
# Pictures that may wait for each lane, so that none idles while what was seen is written down.
AHEAD = 6
# So many pictures at most, and those of so many seconds, are written down together.
LOT, LOT_SECONDS = 20, 0.25
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


class Glance:
    """The looks at one image, under way in a thread; none of them where the image is left out.

    The thread tells how far it is; who waits reads it, and may want it to come to an end.
    """

    def __init__(self, image: Image) -> None:
        self.image = image
        self.seeing: Future[Sights] | None = None
        self.slices: SliceSeen | None = None
        self._stopping = threading.Event()
        self.ear = Ear(self._hear, self._stopping.is_set)

    @property
    def sights(self) -> Sights:
        """What the looks saw, once they are over; raises what went wrong."""
        assert self.seeing is not None
        return self.seeing.result()

    def is_over(self, *, by: float) -> bool:
        """Whether nothing is under way any more, now or at that moment of the monotonic clock."""
        left = max(0.0, by - time.monotonic())
        return self.seeing is None or bool(wait([self.seeing], left).done)

    @property
    def has_slices(self) -> bool:
        """Whether a part of the picture has been looked at, and the rest has not."""
        return self.slices is not None and self.slices.done < self.slices.total

    def stop(self) -> None:
        """What the finished slices gave is the result then."""
        self._stopping.set()

    def _hear(self, seen: SliceSeen) -> None:
        self.slices = seen


@dataclass
class Tally:
    """What this attempt has under way, waits for, and saw go wrong; what went well is counted from the rows."""

    patience: Patience = field(default_factory=Patience)
    ahead: deque[Glance] = field(default_factory=deque)
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
    looks: Sequence[Look],
    waiting: Sequence[UUID],
    tally: Tally,
    *,
    tenant: UUID,
    is_left_out: Callable[[Image], bool],
) -> Generator[Glance, None, None]:
    """Images in order with what is seen in them; the one in hand and those ahead of it are in `tally.ahead`.

    Many images are looked at side by side, a single one tile by tile; either way all sessions work.
    Close it: children that still look when the loop ends early end before the job does, others stay open for the next.
    """
    sessions = settings.MODELSHIP_INFERENCE_SESSIONS
    lanes = max(1, min(sessions, len(waiting)))
    ahead = tally.ahead
    with ExitStack() as stack:
        threads = stack.enter_context(ThreadPoolExecutor(lanes, "looking"))
        # One for each model: its children serve no other.
        models = {look.model.id: look.model for look in looks}
        shared = {"lanes": lanes, "sessions": sessions // lanes}
        detections = {
            key: stack.enter_context(job_detection(tenant, model, **shared)) for key, model in models.items()
        }
        asked = [(detections[look.model.id], look.options) for look in looks]
        try:
            for image in _images(waiting):
                glance = Glance(image)
                if not is_left_out(image):
                    glance.seeing = threads.submit(_sights, asked, glance, tally.patience)
                ahead.append(glance)
                if len(ahead) > AHEAD * lanes:
                    yield ahead[0]
                    ahead.popleft()
            while ahead:
                yield ahead[0]
                ahead.popleft()
        finally:
            # Cancelled, or the lease is lost: what is not begun is not begun, what runs is killed.
            tally.patience.leave()
            for glance in ahead:
                if glance.seeing:
                    glance.seeing.cancel()


def lots(ctx: JobContext, glances: Iterable[Glance], patience: Patience) -> Iterator[list[Glance]]:
    """Glances that are over, in order, and as many at once as come within a moment: to write down many together
    costs little more than one. Raises what `awaited` raises, and never while a lot is held back.
    """
    lot: list[Glance] = []
    due = 0.0
    for glance in glances:
        if not glance.is_over(by=due):
            if lot:
                yield lot
                lot = []
            awaited(ctx, glance, patience)
        if not lot:
            due = time.monotonic() + LOT_SECONDS
        lot.append(glance)
        if len(lot) == LOT or time.monotonic() >= due:
            yield lot
            lot, due = [], 0.0
    if lot:
        yield lot


def awaited(ctx: JobContext, glance: Glance, patience: Patience) -> None:
    """Wait until it is over, giving a sign of life and hearing of a cancel meanwhile, and telling of its slices."""
    while True:
        words = patience.reason or _progress_of(glance)
        if words:
            ctx.progress(0, message=words)
        ctx.check()
        if glance.is_over(by=time.monotonic() + POLL_SECONDS):
            return


def _progress_of(glance: Glance) -> str:
    slices = glance.slices
    if slices is None or slices.total == 1:
        return ""
    return f"{glance.image.filename}: {slices.done:,} of {slices.total:,} slices."


def _images(image_ids: Sequence[UUID]) -> Iterator[Image]:
    """In order, each as it was a few images ago; deleted ones are left out. What is written looks again."""
    rows = Image.objects.select_related("blob", "dataset__project")
    for start in range(0, len(image_ids), READ_AHEAD):
        wanted = image_ids[start : start + READ_AHEAD]
        known = rows.in_bulk(wanted)
        yield from (known[image_id] for image_id in wanted if image_id in known)


def _sights(asked: Sequence[tuple[Detection, DetectOptions]], glance: Glance, patience: Patience) -> Sights:
    """The work of one thread. It reads no rows: it has no database connection to give back."""
    with local_copy(glance.image.blob) as path:
        return [
            patience.look(detection, path, options, glance.ear if options.slicing else None)
            for detection, options in asked
        ]

"""The only way an image enters: judged by content, decoded in a limited child, stored once, audited."""

import contextlib
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, BinaryIO, Self

from django.conf import settings
from django.core.files.base import File

from datasets.actions.enter import Entrant, Verdict, enter, images_of, problem_of
from datasets.actions.examine import examined
from datasets.imaging.formats import HEAD_BYTES
from datasets.imaging.inspect import Inspected
from datasets.imaging.names import display_name
from datasets.imaging.sniff import check_type
from datasets.metadata import checked
from datasets.models import Dataset, Image
from datasets.storage import Staged, staged
from modelship.accounts.actors import Actor
from modelship.lib.errors import Problem, TooLarge, Unprocessable
from modelship.lib.stopping import check_stopping

# So many are let in together. While they are stored, as many behind them are decoded.
BATCH = 16
# What waits on the disk, whatever the number of files; one that is larger waits alone.
WAITING_BYTES = 256 << 20


@dataclass(frozen=True)
class Sent:
    """A file as it came: what its sender says of it, and its content.

    A content that is staged already stays its sender's, who keeps it until there is a verdict.
    """

    filename: str
    file: BinaryIO | File | bytes | Staged
    metadata: dict[str, Any] | None = None
    declared_type: str = ""


@dataclass
class Place:
    """A file's place in the queue: with a verdict, or being looked at. Its room is cleared after its turn."""

    filename: str
    room: contextlib.ExitStack
    mark: Any
    metadata: dict[str, Any] = field(default_factory=dict)
    verdict: Verdict | None = None
    stage: Staged | None = None
    renditions: str = ""
    facts: Future[Inspected] | None = None


def ingest_image(
    dataset: Dataset,
    filename: str,
    file: BinaryIO | File | bytes,
    *,
    actor: Actor,
    metadata: dict[str, Any] | None = None,
    declared_type: str = "",
) -> Verdict:
    """Judge one file and keep it if it is a picture that the dataset doesn't hold yet.

    Never raises for what is wrong with the file: that is a refused Verdict with a Problem. Raises
    NotFound when the dataset is deleted meanwhile. Safe to call twice, or at once from many threads:
    one call creates, the others answer duplicate.
    """
    [verdict] = ingest_images(dataset, [Sent(filename, file, metadata, declared_type)], actor=actor)
    return verdict


def ingest_images(dataset: Dataset, files: Iterable[Sent], *, actor: Actor) -> Iterator[Verdict]:
    """The verdict on each file as by `ingest_image`, in the order sent; few are taken ahead of their verdicts."""
    with Intake(dataset, actor) as intake:
        for sent in files:
            for _, verdict in intake.take(sent):
                yield verdict
        for _, verdict in intake.rest():
            yield verdict


class Intake:
    """A queue into one dataset: files are looked at while those before them are let in, a batch at a time.

    No more than two batches wait, on the disk and not in memory. What is not let in when the block ends is dropped.
    """

    def __init__(self, dataset: Dataset, actor: Actor) -> None:
        self._dataset, self._actor = dataset, actor
        self._lookers = ThreadPoolExecutor(settings.MODELSHIP_CHILDREN)
        self._waiting: deque[Place] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lookers.shutdown(cancel_futures=True)
        for place in self._waiting:
            place.room.close()

    def take(self, sent: Sent, mark: Any = None) -> list[tuple[Any, Verdict]]:
        """Queue a file, and give the verdicts that are ready, each with the mark of its file, in the order taken.

        The file has been read when this returns. What reading it raises is raised here, and it is not queued.
        Raises Unavailable behind others where the process is about to end: nobody waits for many files then.
        """
        if self._waiting:
            check_stopping()
        with contextlib.ExitStack() as room:
            place = Place(display_name(sent.filename), room, mark)
            self._look_at(sent, place)
            place.room = room.pop_all()
        self._waiting.append(place)
        return list(self._judged()) if self._is_full() else []

    def rest(self) -> Iterator[tuple[Any, Verdict]]:
        """The verdicts on all that still wait."""
        while self._waiting:
            yield from self._judged()

    def _is_full(self) -> bool:
        held = sum(place.stage.size for place in self._waiting if place.stage)
        return len(self._waiting) >= 2 * BATCH or held > WAITING_BYTES

    def _look_at(self, sent: Sent, place: Place) -> None:
        """Bring the file to the local disk and have it looked at, unless it can be told at once what becomes of it."""
        try:
            _check_bytes(_size_of(sent.file))
            stage = (
                sent.file if isinstance(sent.file, Staged) else place.room.enter_context(staged(sent.file))
            )
            _check_bytes(stage.size)
            kind = check_type(place.filename, _head_of(stage), declared=sent.declared_type)
            if held := _held(self._dataset, stage.sha256):
                place.verdict = Verdict(place.filename, "duplicate", held)
                return
            place.metadata = checked(sent.metadata or {})
        except Problem as problem:
            place.verdict = Verdict(place.filename, "refused", problem=problem)
            return
        folder = tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="renditions-")
        place.stage, place.renditions = stage, place.room.enter_context(folder)
        place.facts = self._lookers.submit(examined, stage, kind, place.renditions)

    def _judged(self) -> Iterator[tuple[Any, Verdict]]:
        """The next batch, let in, with its rooms cleared."""
        places = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        with contextlib.ExitStack() as rooms:
            for place in places:
                rooms.push(place.room)
            entrants = {at: entrant for at, place in enumerate(places) if (entrant := _entrant(place))}
            if entrants:
                verdicts = enter(self._dataset, list(entrants.values()), self._actor)
                for at, verdict in zip(entrants, verdicts, strict=True):
                    places[at].verdict = verdict
        for place in places:
            if place.verdict is not None:
                yield place.mark, place.verdict


def _entrant(place: Place) -> Entrant | None:
    """The picture of the place once it has been looked at; None where the place has a verdict, maybe since now."""
    if place.facts is None or place.stage is None:
        return None
    try:
        facts = place.facts.result()
    except Exception as error:  # noqa: BLE001 - one file that makes us stumble is refused, the others go on
        place.verdict = Verdict(place.filename, "refused", problem=problem_of(error))
        return None
    return Entrant(place.filename, place.metadata, place.stage, facts, place.renditions)


def _size_of(file: BinaryIO | File | bytes | Staged) -> int | None:
    """The size where it is known before reading."""
    return len(file) if isinstance(file, bytes) else getattr(file, "size", None)


def _check_bytes(size: int | None) -> None:
    limit = settings.MODELSHIP_MAX_FILE_BYTES
    if size == 0:
        raise Unprocessable("The file is empty. Choose another one.", code="empty_file")
    if size is not None and size > limit:
        raise TooLarge(
            f"The file has {size / 2**20:,.1f} MiB; the limit is {limit / 2**20:,.1f} MiB. Make it smaller.",
            code="file_too_large",
            limit=limit,
        )


def _head_of(stage: Staged) -> bytes:
    with open(stage.path, "rb") as file:
        return file.read(HEAD_BYTES)


def _held(dataset: Dataset, sha256: str) -> Image | None:
    """The image of these bytes; most are new, and asking for no more than a number is quick then."""
    if not Image.objects.filter(dataset=dataset, blob__sha256=sha256).exists():
        return None
    return images_of(dataset, [sha256]).get(sha256)

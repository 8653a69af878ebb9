"""The only way an image enters: judged by content, decoded in a limited child, stored once, audited."""

import contextlib
import dataclasses
import os
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

from django.conf import settings
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.db.models import F

from datasets.actions.render import (
    decode_limits,
    decode_problem,
    image_limits,
    is_streamed,
    limits_for,
    measures_of,
    stream_limits,
    thumbnail_of,
)
from datasets.actions.tile import tile_later
from datasets.imaging.formats import HEAD_BYTES, STREAMED, Format, format_named
from datasets.imaging.inspect import Inspected, check_size
from datasets.imaging.names import display_name
from datasets.imaging.renditions import (
    DISPLAY_QUALITY,
    INGEST_SIZES,
    LARGE_DISPLAY_NAME,
    LARGE_DISPLAY_SIDE,
    thumbnail_name,
)
from datasets.imaging.sniff import check_type
from datasets.metadata import checked
from datasets.models import Blob, Dataset, Image
from datasets.storage import Staged, put_derived, put_staged, staged
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.lib.errors import NotFound, Problem, TooLarge, Unprocessable
from modelship.lib.limited import LimitExceeded, Limits, run_limited

STORE_TRIES = 3


@dataclass(frozen=True)
class Verdict:
    """What became of one file. A duplicate names the image that was there first."""

    filename: str
    status: Literal["created", "duplicate", "refused"]
    image: Image | None = None
    problem: Problem | None = None


@dataclass(frozen=True)
class Sent:
    """A file as it came: what its sender says of it, and its content."""

    filename: str
    file: BinaryIO | File | bytes
    metadata: dict[str, Any] | None = None
    declared_type: str = ""


@dataclass(frozen=True)
class Entrant:
    """A file on the local disk that may become an image of `dataset` if it is a picture.

    `facts` are what a child finds out, with the renditions that it leaves in the folder.
    """

    dataset: Dataset
    filename: str
    metadata: dict[str, Any]
    stage: Staged
    renditions: str
    facts: Future[Inspected]


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
    """The verdict on each file as by `ingest_image`, in the order sent.

    While one file is stored the next few are decoded, so that every child is at work. No more than those
    are taken from `files` ahead of their verdicts.
    """
    ahead = settings.MODELSHIP_CHILDREN
    waiting: deque[tuple[contextlib.ExitStack, Entrant | Verdict]] = deque()
    try:
        with ThreadPoolExecutor(ahead) as lookers:
            for sent in files:
                with contextlib.ExitStack() as room:
                    arrived = _let_in(dataset, sent, lookers, room)
                    waiting.append((room.pop_all(), arrived))
                if len(waiting) > ahead:
                    yield _judged(*waiting.popleft(), actor)
            while waiting:
                yield _judged(*waiting.popleft(), actor)
    finally:
        for room, _ in waiting:
            room.close()


def _let_in(
    dataset: Dataset, sent: Sent, lookers: ThreadPoolExecutor, room: contextlib.ExitStack
) -> Entrant | Verdict:
    """Bring the file to the local disk and have it looked at, unless it can be told at once what becomes of it."""
    name = display_name(sent.filename)
    try:
        _check_bytes(_size_of(sent.file))
        stage = room.enter_context(staged(sent.file))
        _check_bytes(stage.size)
        kind = check_type(name, _head_of(stage), declared=sent.declared_type)
        if held := _held(dataset, stage.sha256):
            return Verdict(name, "duplicate", held)
        metadata = checked(sent.metadata or {})
    except Problem as problem:
        return Verdict(name, "refused", problem=problem)
    folder = room.enter_context(
        tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="renditions-")
    )
    return Entrant(dataset, name, metadata, stage, folder, lookers.submit(examined, stage, kind, folder))


def _judged(room: contextlib.ExitStack, entrant: Entrant | Verdict, actor: Actor) -> Verdict:
    """Keep the picture if it is one, and clear its room."""
    with room:
        if isinstance(entrant, Verdict):
            return entrant
        try:
            return _enter(entrant, entrant.facts.result(), actor)
        except NotFound:
            raise
        except Problem as problem:
            return Verdict(entrant.filename, "refused", problem=problem)


def _size_of(file: BinaryIO | File | bytes) -> int | None:
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


def examined(stage: Staged, kind: Format, folder: str) -> Inspected:
    """The facts, with thumbnails in `folder`. What is too large to decode whole is streamed if its format allows."""
    try:
        return _examined_whole(stage, kind, folder)
    except Unprocessable as problem:
        size = problem.extra.get("width", 0), problem.extra.get("height", 0)
        if kind.name not in STREAMED or not (all(size) and is_streamed(*size)):
            raise
    check_size(*size, stream_limits())
    return _examined_streamed(stage, kind, folder, limits_for(*size))


def _examined_streamed(stage: Staged, kind: Format, folder: str, limits: Limits) -> Inspected:
    display = (LARGE_DISPLAY_NAME, LARGE_DISPLAY_SIDE, DISPLAY_QUALITY)
    try:
        facts: Inspected = run_limited(
            "datasets.imaging.streamed:examine_streamed",
            stage.path,
            kind.name,
            stream_limits(),
            folder,
            display,
            limits=limits,
        )
    except LimitExceeded as error:
        raise decode_problem(error) from error
    for size in INGEST_SIZES:
        thumbnail_of(
            os.path.join(folder, LARGE_DISPLAY_NAME), os.path.join(folder, thumbnail_name(size)), size
        )
    return dataclasses.replace(
        facts, measures=measures_of(os.path.join(folder, thumbnail_name(INGEST_SIZES[0])))
    )


def _examined_whole(stage: Staged, kind: Format, folder: str) -> Inspected:
    try:
        facts: Inspected = run_limited(
            "datasets.imaging.renditions:examine",
            stage.path,
            kind.name,
            image_limits(),
            folder,
            INGEST_SIZES,
            limits=decode_limits(),
        )
    except LimitExceeded as error:
        raise decode_problem(error) from error
    return facts


def _enter(entrant: Entrant, facts: Inspected, actor: Actor) -> Verdict:
    """Store the bytes, then the row. Bytes freed in between, by the last image that held them, are stored again."""
    for _ in range(STORE_TRIES):
        blob = _stored(entrant, facts)
        try:
            return Verdict(entrant.filename, "created", _created(entrant, facts, blob, actor))
        except IntegrityError:
            if held := _held(entrant.dataset, entrant.stage.sha256):
                return Verdict(entrant.filename, "duplicate", held)
    raise NotFound()


def _stored(entrant: Entrant, facts: Inspected) -> Blob:
    kind = format_named(facts.format)
    blob = put_staged(entrant.dataset.tenant, entrant.stage, kind.content_type)
    for name in os.listdir(entrant.renditions):
        put_derived(blob, name, os.path.join(entrant.renditions, name))
    return blob


@transaction.atomic
def _created(entrant: Entrant, facts: Inspected, blob: Blob, actor: Actor) -> Image:
    """One row, one ordinal, one audit entry; raises IntegrityError where the dataset holds the blob already."""
    mine = Dataset.objects.filter(pk=entrant.dataset.pk)
    # The update locks the row: two images never read the same number.
    if not mine.update(next_ordinal=F("next_ordinal") + 1):
        raise NotFound()
    image = Image.objects.create(
        tenant_id=entrant.dataset.tenant_id,
        dataset=entrant.dataset,
        blob=blob,
        filename=entrant.filename,
        width=facts.width,
        height=facts.height,
        orientation=facts.orientation,
        format=facts.format,
        metadata=entrant.metadata,
        intrinsic=intrinsic_of(facts),
        **dataclasses.asdict(facts.measures) if facts.measures else {},
        ordinal=mine.values_list("next_ordinal", flat=True).get() - 1,
        created_by=actor.user,
    )
    record(
        actor,
        "image.created",
        f"image:{image.id}",
        dataset=str(entrant.dataset.id),
        filename=image.filename,
        sha256=blob.sha256,
        bytes=blob.size,
        has_gps=facts.has_gps,
    )
    tile_later(actor, image)
    return image


def intrinsic_of(facts: Inspected) -> dict[str, Any]:
    """What the file tells of itself, besides what has a column."""
    plain = {"mode": facts.mode, "bits": facts.bits, "frames": facts.frames, "has_gps": facts.has_gps}
    return plain | facts.told


def _held(dataset: Dataset, sha256: str) -> Image | None:
    rows = Image.objects.select_related("blob", "dataset")
    return rows.filter(dataset=dataset, blob__sha256=sha256).first()

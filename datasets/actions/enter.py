"""Letting pictures that were looked at into their dataset: bytes, rows, quota and trail, many in one go.

A batch costs three transactions' worth of statements whatever its size, and its files are made durable side
by side. Where anything is in the way of one picture, each is let in by itself, so that it alone is refused.
"""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from django.db import IntegrityError, transaction

from datasets.actions.examine import intrinsic_of
from datasets.actions.tile import tile_later
from datasets.arrivals import welcome_all
from datasets.imaging.formats import format_named
from datasets.imaging.inspect import Inspected
from datasets.models import Blob, Dataset, Image
from datasets.storage import Staged, claimed, derived_path, missing_key, put_files
from modelship.accounts.actors import Actor
from modelship.audit.actions import Fact, record_all
from modelship.lib.errors import InternalError, NotFound, Problem

TRIES = 3
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Verdict:
    """What became of one file. A duplicate names the image that was there first."""

    filename: str
    status: Literal["created", "duplicate", "refused"]
    image: Image | None = None
    problem: Problem | None = None


@dataclass(frozen=True)
class Entrant:
    """A picture on the local disk: what a child found out, and the renditions that it left in a folder."""

    filename: str
    metadata: dict[str, Any]
    stage: Staged
    facts: Inspected
    renditions: str


def enter(dataset: Dataset, entrants: Sequence[Entrant], actor: Actor) -> list[Verdict]:
    """The verdict on each, in order: created once for each content. Raises NotFound when the dataset is gone.

    Safe to call twice, or at once from many threads: one call creates, the others answer duplicate.
    """
    try:
        return _together(dataset, entrants, actor)
    except NotFound:
        raise
    except Exception as error:  # noqa: BLE001 - told of the one file that it comes of, below
        if len(entrants) == 1:
            return [_alone(dataset, entrants[0], actor, error)]
    return [verdict for entrant in entrants for verdict in enter(dataset, [entrant], actor)]


def _alone(dataset: Dataset, entrant: Entrant, actor: Actor, error: Exception) -> Verdict:
    """After one try. Bytes freed in between, by the last image that held them, are stored again."""
    for _ in range(TRIES):
        if not isinstance(error, IntegrityError):
            return Verdict(entrant.filename, "refused", problem=problem_of(error))
        try:
            return _together(dataset, [entrant], actor)[0]
        except NotFound:
            raise
        except Exception as another:  # noqa: BLE001 - judged by the next turn
            error = another
    raise NotFound()


def problem_of(error: Exception) -> Problem:
    """What to tell of an error in the work on one file, which must not end the work on the others."""
    if isinstance(error, Problem):
        return error
    log.error("ingest.file_crashed", exc_info=error)
    return InternalError("ModelShip made a mistake with this file, not you. Send it again.")


def _together(dataset: Dataset, entrants: Sequence[Entrant], actor: Actor) -> list[Verdict]:
    """Store the bytes, then the rows, of all or none."""
    firsts: dict[str, Entrant] = {}
    for entrant in entrants:
        firsts.setdefault(entrant.stage.sha256, entrant)
    blobs = claimed(
        dataset.tenant,
        [
            (first.stage.sha256, first.stage.size, format_named(first.facts.format).content_type)
            for first in firsts.values()
        ],
    )
    put_files(_files_of(firsts, blobs))
    created, held = _rows(dataset, firsts, blobs, actor)
    return [
        Verdict(entrant.filename, "created", created[sha256])
        if firsts[sha256 := entrant.stage.sha256] is entrant and sha256 in created
        else Verdict(entrant.filename, "duplicate", created.get(sha256) or held[sha256])
        for entrant in entrants
    ]


def _files_of(firsts: Mapping[str, Entrant], blobs: Mapping[str, Blob]) -> list[tuple[str, str]]:
    """Keys in the storage, and the local files to keep there."""
    files = []
    for sha256, entrant in firsts.items():
        blob = blobs[sha256]
        if key := missing_key(blob):
            files.append((key, entrant.stage.path))
        for name in os.listdir(entrant.renditions):
            files.append((derived_path(blob, name), os.path.join(entrant.renditions, name)))
    return files


@transaction.atomic
def _rows(
    dataset: Dataset, firsts: Mapping[str, Entrant], blobs: Mapping[str, Blob], actor: Actor
) -> tuple[dict[str, Image], dict[str, Image]]:
    """The images made now, and those that were there before; raises IntegrityError where bytes were freed."""
    mine = Dataset.objects.filter(pk=dataset.pk)
    # Who enters pictures of this dataset waits here: two never read the same number or make one twice.
    ordinal = mine.select_for_update(no_key=True).values_list("next_ordinal", flat=True).first()
    if ordinal is None:
        raise NotFound()
    held = images_of(dataset, list(blobs))
    fresh = [sha256 for sha256 in firsts if sha256 not in held]
    images = [
        _image(dataset, firsts[sha256], blobs[sha256], ordinal + at, actor) for at, sha256 in enumerate(fresh)
    ]
    if images:
        mine.update(next_ordinal=ordinal + len(images))
        Image.objects.bulk_create(images)
        # Before the audit, as everybody else who orders jobs: then nobody waits in a ring.
        welcome_all(dataset, images)
        record_all(actor, [_fact(dataset, image, firsts[image.blob.sha256].facts) for image in images])
        for image in images:
            tile_later(actor, image)
    return dict(zip(fresh, images, strict=True)), held


def images_of(dataset: Dataset, digests: Sequence[str]) -> dict[str, Image]:
    """The images that the dataset holds already, by the SHA-256 of their bytes."""
    rows = Image.objects.filter(dataset=dataset, blob__sha256__in=digests)
    return {image.blob.sha256: image for image in rows.select_related("blob", "dataset")}


def _image(dataset: Dataset, entrant: Entrant, blob: Blob, ordinal: int, actor: Actor) -> Image:
    facts = entrant.facts
    return Image(
        tenant_id=dataset.tenant_id,
        dataset=dataset,
        blob=blob,
        filename=entrant.filename,
        width=facts.width,
        height=facts.height,
        orientation=facts.orientation,
        format=facts.format,
        metadata=entrant.metadata,
        intrinsic=intrinsic_of(facts),
        **dataclasses.asdict(facts.measures) if facts.measures else {},
        ordinal=ordinal,
        created_by=actor.user,
    )


def _fact(dataset: Dataset, image: Image, facts: Inspected) -> Fact:
    told = {
        "dataset": str(dataset.id),
        "filename": image.filename,
        "sha256": image.blob.sha256,
        "bytes": image.blob.size,
        "has_gps": facts.has_gps,
    }
    return Fact("image.created", f"image:{image.id}", told)

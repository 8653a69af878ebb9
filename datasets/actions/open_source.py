"""Opening a source with what the operator allows and what only the server can read."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import orjson
from django.conf import settings

from datasets.archives import Limits
from datasets.models import Source
from datasets.sources import source_kind
from datasets.sources.base import Entry, Outside, Reader, Values, wanted
from modelship.lib.errors import Conflict
from modelship.lib.outbound import Policy
from modelship.lib.sealing import Unreadable, seal, unseal

PURPOSE = "modelship.sources.v1"
SAMPLE = 5
REDIRECTS = 3


def sealed(secrets: Values) -> str:
    return seal(orjson.dumps(secrets).decode(), _keys(), PURPOSE) if secrets else ""


def secrets_of(source: Source) -> Values:
    """Raises Conflict where the server's key is not the one that they were sealed with."""
    if not source.secret:
        return {}
    try:
        found: Values = orjson.loads(unseal(source.secret, _keys(), PURPOSE))
    except Unreadable as error:
        raise Conflict(
            "The credentials of this source can't be read: the server has another secret key by now. "
            "Enter them again.",
            code="secrets_unreadable",
        ) from error
    return found


def _keys() -> list[str]:
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


@contextmanager
def opened(source: Source) -> Iterator[Reader]:
    """The source, open. Raises a Problem where it can't be."""
    kind = source_kind(source.kind)
    with kind.open({**source.config, **secrets_of(source)}, outside()) as reader:
        yield reader


@contextmanager
def beside(source: Source, reader: Reader) -> Iterator[Reader]:
    """What one more thread reads from: the same where its kind lets threads share it, else one of its own."""
    if source_kind(source.kind).is_shared:
        yield reader
        return
    with opened(source) as own:
        yield own


def outside() -> Outside:
    """What the operator allows."""
    return Outside(
        policy=Policy.allowing(settings.MODELSHIP_OUTBOUND_ALLOW, redirects=REDIRECTS),
        folders=tuple(settings.MODELSHIP_SOURCE_FOLDERS),
        max_bytes=settings.MODELSHIP_MAX_FILE_BYTES,
        max_archive_bytes=settings.MODELSHIP_MAX_ARCHIVE_BYTES,
        limits=Limits(
            entries=settings.MODELSHIP_MAX_ARCHIVE_ENTRIES,
            ratio=settings.MODELSHIP_MAX_ARCHIVE_RATIO,
            total_bytes=settings.MODELSHIP_MAX_UNPACKED_BYTES,
            member_bytes=settings.MODELSHIP_MAX_FILE_BYTES,
        ),
        temporary=str(settings.FILE_UPLOAD_TEMP_DIR),
    )


def listed(source: Source, reader: Reader) -> Iterator[Entry]:
    """What the source holds and its filters let through."""
    return wanted(reader.entries(), source_kind(source.kind), source.config)


def try_source(source: Source) -> list[Entry]:
    """The first few files: proof that the place answers and may be read. Raises a Problem otherwise."""
    with opened(source) as reader:
        if whole := source_kind(source.kind).whole(reader):
            return [whole]
        return list(islice(listed(source, reader), SAMPLE))

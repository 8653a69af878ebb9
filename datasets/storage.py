"""Bytes, named by their SHA-256 under a prefix per tenant, through whichever storage is configured.

Originals lie at `t/<tenant>/blobs/<ab>/<sha256>` and never change; what is made from them (thumbnails,
previews) lies at `t/<tenant>/derived/<ab>/<sha256>/<name>` and can be made again at any time.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import IntegrityError, transaction
from django.db.models import Sum

from datasets.models import Blob, UploadSession
from datasets.ranged import RangedObject
from modelship.accounts.models import Tenant
from modelship.lib.errors import Conflict, Unavailable
from modelship.usage.actions import take
from modelship.usage.resources import STORAGE

CHUNK_BYTES = 1 << 20
CLAIM_TRIES = 3
# They stay for good: a store's client keeps a connection for each thread.
WRITERS = ThreadPoolExecutor(8, thread_name_prefix="writer")
Content = bytes | BinaryIO | File | Iterable[bytes]


class LocalStorage(FileSystemStorage):
    """A folder in which a file is either whole or absent, also after a crash in the middle of writing.

    Writing a name again replaces the file at once, as object stores do. Files are private to the server.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: File) -> str:
        target, nursery = Path(self.path(name)), Path(self.path(".incoming"))
        target.parent.mkdir(parents=True, exist_ok=True)
        nursery.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=nursery, delete=False) as file:
            try:
                for chunk in content.chunks(CHUNK_BYTES):
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
                os.replace(file.name, target)
            except BaseException:
                os.unlink(file.name)
                raise
        return name


@dataclass(frozen=True)
class Staged:
    """Bytes on the local disk that are not kept yet."""

    path: str
    sha256: str
    size: int


@contextlib.contextmanager
def staged(content: Content) -> Iterator[Staged]:
    """The content as a private local file for the length of the block, read once and hashed on the way."""
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="staged-") as file:
        for chunk in _chunks(content):
            digest.update(chunk)
            size += len(chunk)
            file.write(chunk)
        file.flush()
        yield Staged(file.name, digest.hexdigest(), size)


def put_bytes(tenant: Tenant, content: Content, content_type: str) -> Blob:
    """Keep the bytes and return their row. The same bytes again give the same row and are not written twice."""
    with staged(content) as stage:
        return put_staged(tenant, stage, content_type)


def put_staged(tenant: Tenant, stage: Staged, content_type: str) -> Blob:
    """Keep bytes that are staged already."""
    blob = claimed(tenant, [(stage.sha256, stage.size, content_type)])[stage.sha256]
    if key := missing_key(blob):
        put_files([(key, stage.path)])
    return blob


@transaction.atomic
def claimed(tenant: Tenant, contents: Sequence[tuple[str, int, str]]) -> dict[str, Blob]:
    """The rows of different contents, each `(sha256, size, content_type)`, by SHA-256; whoever makes one pays for it.

    Raises Conflict where the quota does not suffice for all that is new, and then no row was made. The rows
    come before the bytes: freeing bytes locks them, so a look at the storage afterwards can't be outdated.
    """
    for _ in range(CLAIM_TRIES):
        found = Blob.objects.filter(tenant=tenant, sha256__in=[sha256 for sha256, _, _ in contents])
        blobs = {blob.sha256: blob for blob in found}
        # In order, so that two who make the same rows never wait for each other in a circle.
        fresh = [
            Blob(tenant=tenant, sha256=sha256, size=size, content_type=content_type)
            for sha256, size, content_type in sorted(contents)
            if sha256 not in blobs
        ]
        # Somebody may make one of them at this moment; the next look finds it.
        with contextlib.suppress(IntegrityError), transaction.atomic():
            Blob.objects.bulk_create(fresh)
            if fresh:
                # After the rows, as freeing does it: the two never wait for each other.
                take(tenant, STORAGE, sum(blob.size for blob in fresh))
            return blobs | {blob.sha256: blob for blob in fresh}
    raise Conflict("The same bytes come and go all the time. Try again.", code="bytes_in_motion")


def missing_key(blob: Blob) -> str:
    """The key where the bytes of the blob have to be put; empty where they lie there already."""
    key = blob_path(blob)
    is_there = default_storage.exists(key) and default_storage.size(key) == blob.size
    return "" if is_there else key


def put_files(files: Iterable[tuple[str, str]]) -> None:
    """Keep local files, each `(key, path)`, side by side: what takes long is the wait for the disk or the store."""
    under_way = [WRITERS.submit(_write, key, path) for key, path in files]
    wait(under_way)
    for written in under_way:
        written.result()


def stored_bytes(tenant: Tenant) -> int:
    """What the tenant's originals and exports have in all, and the room held for uploads on their way.

    What is derived from originals is not charged.
    """
    kept = Blob.objects.filter(tenant=tenant).aggregate(bytes=Sum("size"))["bytes"] or 0
    on_the_way = UploadSession.objects.filter(tenant=tenant, holds_room=True)
    return int(kept) + int(on_the_way.aggregate(bytes=Sum("size"))["bytes"] or 0)


def open_blob(blob: Blob) -> File:
    """The original bytes as a seekable file that knows its size. Raises Unavailable where they are lost."""
    try:
        return open_key(blob_path(blob))
    except FileNotFoundError as error:
        detail = "The file is missing from the storage. Ask the operator to restore it from a backup."
        raise Unavailable(detail, code="bytes_lost", sha256=blob.sha256) from error


def open_key(key: str) -> File:
    """A stored file, seekable and knowing its size. Raises FileNotFoundError."""
    bucket = getattr(default_storage, "bucket", None)
    if bucket is None:
        return default_storage.open(key, "rb")
    # The storage's own `open` would fetch the whole object before the first byte is read.
    return File(cast(IO[bytes], RangedObject(bucket.Object(key))), name=key)


@contextlib.contextmanager
def local_copy(blob: Blob) -> Iterator[str]:
    """The path of a private local copy, for code in a limited child; gone after the block."""
    with (
        open_blob(blob) as source,
        tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="copy-") as copy,
    ):
        shutil.copyfileobj(source, copy, CHUNK_BYTES)
        copy.flush()
        yield copy.name


def derived(blob: Blob, name: str, make: Callable[[str], None]) -> File:
    """What was made from the blob under `name`; `make(path)` writes it to a local file when it is missing."""
    key = derived_path(blob, name)
    with contextlib.suppress(FileNotFoundError):
        return open_key(key)
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="derived-") as folder:
        path = os.path.join(folder, "made")
        make(path)
        put_derived(blob, name, path)
    return open_key(key)


def put_derived(blob: Blob, name: str, path: str) -> None:
    """Keep the local file at `path` as what is made from the blob under `name`."""
    _write(derived_path(blob, name), path)


def has_derived(blob: Blob, name: str) -> bool:
    return default_storage.exists(derived_path(blob, name))


def delete_derived(blob: Blob, name: str) -> None:
    default_storage.delete(derived_path(blob, name))


def read_derived(blob: Blob, name: str, start: int, length: int) -> bytes:
    """A part of what was made from the blob, and no more than it travels. Raises FileNotFoundError."""
    key = derived_path(blob, name)
    bucket = getattr(default_storage, "bucket", None)
    if bucket is None:
        with default_storage.open(key, "rb") as file:
            file.seek(start)
            return bytes(file.read(length))
    # Its `open` would fetch the whole object.
    try:
        part = bucket.Object(key).get(Range=f"bytes={start}-{start + length - 1}")
    except bucket.meta.client.exceptions.NoSuchKey as error:
        raise FileNotFoundError(key) from error
    return bytes(part["Body"].read())


def delete_bytes(blob: Blob) -> None:
    """Delete the original and everything derived from it; what is gone already stays gone."""
    folder = derived_path(blob, "")
    with contextlib.suppress(FileNotFoundError):
        for name in default_storage.listdir(folder)[1]:
            default_storage.delete(folder + name)
    default_storage.delete(blob_path(blob))


def blob_path(blob: Blob) -> str:
    return f"t/{blob.tenant_id}/blobs/{blob.sha256[:2]}/{blob.sha256}"


def derived_path(blob: Blob, name: str) -> str:
    return f"t/{blob.tenant_id}/derived/{blob.sha256[:2]}/{blob.sha256}/{name}"


def _write(key: str, path: str) -> None:
    with open(path, "rb") as file:
        saved = default_storage.save(key, File(file))
    if saved != key:
        # A storage that never overwrites: somebody else was writing the same bytes at the same time.
        default_storage.delete(saved)


def _chunks(content: Content) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
    elif isinstance(content, File):
        yield from content.chunks(CHUNK_BYTES)
    elif hasattr(content, "read"):
        while chunk := content.read(CHUNK_BYTES):
            yield chunk
    else:
        yield from content

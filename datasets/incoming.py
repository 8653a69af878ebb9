"""The bytes of uploads on their way, at `t/<tenant>/incoming/<session id>` in the storage, until they are judged.

A local storage takes them in pieces, an object store from the client itself under presigned URLs.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import IO, BinaryIO

from django.core.files.base import File
from django.core.files.storage import default_storage

from datasets import parts
from datasets.models import UploadSession
from datasets.object_store import PUT_SECONDS, Put, is_object_store, public_store
from datasets.storage import open_key
from modelship.accounts.models import Tenant
from modelship.lib.clock import now
from modelship.lib.errors import Conflict


def takes_pieces() -> bool:
    """Whether the storage has files of this machine, which can grow, or is an object store."""
    return not is_object_store()


def key_of(session: UploadSession) -> str:
    return f"t/{session.tenant_id}/incoming/{session.id}"


def presigned_put(session: UploadSession) -> Put:
    """Leave to PUT this file: the signature covers its length and its type, so it fits no other."""
    known, content_type = public_store(), session.content_type or "application/octet-stream"
    signed = {
        "Bucket": known.bucket,
        "Key": key_of(session),
        "ContentType": content_type,
        "ContentLength": session.size,
    }
    url = known.client.generate_presigned_url("put_object", Params=signed, ExpiresIn=PUT_SECONDS)
    headers = {"Content-Type": content_type, "Content-Length": str(session.size)}
    return Put(url, headers, now() + timedelta(seconds=PUT_SECONDS))


@contextmanager
def sole_writer(session: UploadSession) -> Iterator[BinaryIO]:
    """The file of a session, open for this caller alone; raises Conflict while another one has it.

    The lock is the system's, so it ends with its process however that ends.
    """
    path = default_storage.path(key_of(session))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            detail = (
                "Another request is writing to this upload. Ask for its offset in a moment and go on there."
            )
            raise Conflict(detail, code="upload_busy") from error
        yield file


def held_size(session: UploadSession) -> int:
    """How many bytes are safe. After a crash the row and the file may disagree: the smaller one is true."""
    key = key_of(session)
    size = default_storage.size(key) if default_storage.exists(key) else 0
    return min(session.offset, size) if session.kind == UploadSession.Kind.TUS else size


def open_arrived(session: UploadSession) -> File:
    """What has arrived, read from where it is: no whole object comes into memory."""
    return open_key(key_of(session))


def put_arrived(session: UploadSession, file: IO[bytes]) -> None:
    """Keep a file that came whole."""
    default_storage.save(key_of(session), File(file))


def delete_arrived(session: UploadSession) -> None:
    if session.part_size:
        parts.abandon(key_of(session))
    default_storage.delete(key_of(session))


def delete_orphans(tenant: Tenant) -> None:
    """Delete what arrived for uploads that are not there any more: a row is made before its bytes."""
    folder = f"t/{tenant.id}/incoming"
    names = default_storage.listdir(folder)[1] if _exists(folder) else []
    known = {str(pk) for pk in UploadSession.objects.filter(tenant=tenant).values_list("pk", flat=True)}
    for name in names:
        if name not in known:
            default_storage.delete(f"{folder}/{name}")
    if not takes_pieces():
        parts.abandon(f"{folder}/", but=(f"{folder}/{name}" for name in known))


def _exists(folder: str) -> bool:
    """Stores have no folders, so they always list one."""
    return not takes_pieces() or default_storage.exists(folder)

"""Uploads in parts, from the client straight into an object store: what S3 calls a multipart upload.

The store keeps the books of what has arrived, so that a cut, a reload or another client loses nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from datasets.models import UploadSession
from datasets.object_store import PUT_SECONDS, Put, answering, public_store, store
from modelship.lib.clock import now

# The store's own rules.
MOST_PARTS = 10_000
MOST_LISTED = 1_000
MIB = 1 << 20


class Lost(Exception):
    """The store knows nothing of this upload any more: it was ended there, or has become an object."""


class Changed(Exception):
    """A part is not any more what it was when the parts were listed."""


@dataclass(frozen=True)
class Part:
    """A part that has arrived."""

    number: int
    size: int
    etag: str


def part_size_for(size: int) -> int:
    """How large the parts of a file are; 0 for a file that goes in one piece."""
    if size <= settings.MODELSHIP_PART_BYTES:
        return 0
    needed = -(-size // MOST_PARTS)
    return max(settings.MODELSHIP_PART_BYTES, -(-needed // MIB) * MIB)


def count_of(session: UploadSession) -> int:
    return -(-session.size // session.part_size)


def size_of_part(session: UploadSession, number: int) -> int:
    """All are equal but for the last one."""
    return min(session.part_size, session.size - (number - 1) * session.part_size)


def begin(key: str, content_type: str) -> str:
    """Begin an upload in the store and return the store's name for it."""
    known = store()
    with answering():
        begun = known.client.create_multipart_upload(
            Bucket=known.bucket, Key=key, ContentType=content_type or "application/octet-stream"
        )
    return str(begun["UploadId"])


def signed(session: UploadSession, key: str, number: int) -> Put:
    """Leave to send one part: the signature covers its number and its length."""
    known, size = public_store(), size_of_part(session, number)
    params = {
        "Bucket": known.bucket,
        "Key": key,
        "UploadId": session.store_upload,
        "PartNumber": number,
        "ContentLength": size,
    }
    url = known.client.generate_presigned_url("upload_part", Params=params, ExpiresIn=PUT_SECONDS)
    return Put(url, {"Content-Length": str(size)}, now() + timedelta(seconds=PUT_SECONDS))


def arrived(session: UploadSession, key: str, *, after: int = 0, most: int = MOST_LISTED) -> list[Part]:
    """Up to `most` parts behind that number, in their order. Raises Lost."""
    known = store()
    with answering():
        try:
            answer = known.client.list_parts(
                Bucket=known.bucket,
                Key=key,
                UploadId=session.store_upload,
                PartNumberMarker=after,
                MaxParts=most,
            )
        except known.client.exceptions.NoSuchUpload as error:
            raise Lost from error
    return [Part(one["PartNumber"], one["Size"], one["ETag"].strip('"')) for one in answer.get("Parts", [])]


def all_arrived(session: UploadSession, key: str) -> Iterator[Part]:
    """Every part that has arrived. Raises Lost."""
    after = 0
    while found := arrived(session, key, after=after):
        yield from found
        after = found[-1].number
        if len(found) < MOST_LISTED:
            return


def join(session: UploadSession, key: str, found: Iterable[Part]) -> None:
    """Make one object of the parts. Raises Lost, or Changed where one was sent again meanwhile."""
    known = store()
    parts = [{"PartNumber": part.number, "ETag": f'"{part.etag}"'} for part in found]
    with answering():
        try:
            known.client.complete_multipart_upload(
                Bucket=known.bucket,
                Key=key,
                UploadId=session.store_upload,
                MultipartUpload={"Parts": parts},
            )
        except known.client.exceptions.NoSuchUpload as error:
            raise Lost from error
        except known.client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "InvalidPart":
                raise
            raise Changed from error


def abandon(prefix: str, *, but: Iterable[str] = ()) -> None:
    """End the unfinished uploads to keys that begin so, and free what arrived of them.

    The store's list counts: a process that died may have begun one without having written that down.
    """
    known, kept = store(), set(but)
    with answering():
        pages = known.client.get_paginator("list_multipart_uploads")
        for page in pages.paginate(Bucket=known.bucket, Prefix=prefix):
            for one in page.get("Uploads", []):
                if one["Key"] not in kept:
                    drop(one["Key"], one["UploadId"])


def drop(key: str, store_upload: str) -> None:
    """End one unfinished upload; one that is gone stays gone."""
    known = store()
    with answering():
        try:
            known.client.abort_multipart_upload(Bucket=known.bucket, Key=key, UploadId=store_upload)
        except known.client.exceptions.NoSuchUpload:
            return

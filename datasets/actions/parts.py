"""Uploads in parts: leave to send them, what of them has arrived, and one object of them all."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.files.storage import default_storage

from datasets import parts
from datasets.incoming import key_of
from datasets.models import UploadSession
from datasets.object_store import Put
from datasets.upload_queries import check_open, expiry
from modelship.lib.errors import BadRequest, Conflict, Gone, Unavailable

MOST_SIGNED = 100
MOST_NAMED = 100
Open = UploadSession.State.OPEN


@dataclass(frozen=True)
class PartPut:
    """A part's number, its bytes, and what it is sent with."""

    number: int
    size: int
    put: Put


def check_in_parts(session: UploadSession) -> None:
    if not session.part_size:
        raise Conflict("This upload goes in one piece. Ask for it to see how.", code="not_in_parts")


def sign_parts(session: UploadSession, numbers: Sequence[int]) -> list[PartPut]:
    """Leave to send these parts, which also puts off the end of the upload.

    Raises BadRequest for a number that is none of it, and what `check_open` raises.
    """
    check_in_parts(session)
    check_open(session)
    count = parts.count_of(session)
    if not 1 <= len(numbers) <= MOST_SIGNED or any(not 1 <= number <= count for number in numbers):
        detail = f"'numbers' must be up to {MOST_SIGNED} numbers from 1 to {count:,}."
        raise BadRequest(detail, field="numbers")
    session = _begun(session)
    key = key_of(session)
    return [
        PartPut(number, parts.size_of_part(session, number), parts.signed(session, key, number))
        for number in numbers
    ]


def _begun(session: UploadSession) -> UploadSession:
    """The session, known to the store. Of two who begin it at once one wins, and the other's is dropped."""
    rows = UploadSession.objects.filter(pk=session.pk, state=Open)
    if not session.store_upload:
        begun = parts.begin(key_of(session), session.content_type)
        if not rows.filter(store_upload="").update(store_upload=begun):
            parts.drop(key_of(session), begun)
    rows.update(expires_at=expiry())
    now_there = rows.exclude(store_upload="").first()
    if now_there is None:
        raise Gone("This upload has ended. Start another one for another file.", code="upload_ended")
    return now_there


def arrived_parts(session: UploadSession, *, after: int = 0, most: int = 0) -> list[parts.Part]:
    """The parts in the store behind that number, in their order: all of them unless `most` says less.

    What the store has lost is to be sent again, under a new name there.
    """
    if not session.store_upload:
        return []
    key = key_of(session)
    try:
        if most:
            return parts.arrived(session, key, after=after, most=most)
        return list(parts.all_arrived(session, key))
    except parts.Lost:
        rows = UploadSession.objects.filter(pk=session.pk, store_upload=session.store_upload)
        rows.update(store_upload="")
        return []


def note_arrived(session: UploadSession) -> None:
    """Bring the offset of an open upload up to what the store has."""
    held = min(session.size, sum(part.size for part in arrived_parts(session)))
    if held != session.offset:
        session.offset = held
        UploadSession.objects.filter(pk=session.pk, state=Open).update(offset=held)


def join_parts(session: UploadSession, etags: dict[int, str]) -> None:
    """Make one object of the parts; nothing is left to do where that has been done.

    Raises Conflict, and loses nothing, where parts are missing or have other etags than the client says.
    """
    key = key_of(session)
    if default_storage.exists(key):
        return
    found = {part.number: part for part in arrived_parts(session)}
    _check_whole(session, found)
    wrong = [number for number, etag in etags.items() if number not in found or found[number].etag != etag]
    if wrong:
        raise _mismatch(wrong)
    try:
        parts.join(session, key, found.values())
    except parts.Changed as error:
        raise _mismatch([]) from error
    except parts.Lost as error:
        if not default_storage.exists(key):
            detail = "The store has lost what arrived of this upload. Send its parts again."
            raise Unavailable(detail, code="store_away") from error


def _check_whole(session: UploadSession, found: dict[int, parts.Part]) -> None:
    count = parts.count_of(session)
    missing = [
        number
        for number in range(1, count + 1)
        if number not in found or found[number].size != parts.size_of_part(session, number)
    ]
    if missing:
        detail = f"{len(missing):,} of {count:,} parts are missing or cut. Send them, then complete it."
        offset = min(session.size, sum(part.size for part in found.values()))
        raise Conflict(detail, code="incomplete", offset=offset, missing=missing[:MOST_NAMED])


def _mismatch(numbers: list[int]) -> Conflict:
    detail = "The store holds other parts than those named. Send these parts again, then complete it."
    return Conflict(detail, code="part_mismatch", parts=numbers[:MOST_NAMED])

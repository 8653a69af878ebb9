"""Uploads of one file each: announced, sent in pieces or straight to the store, judged once."""

import contextlib
import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.db.models import QuerySet

from datasets import incoming
from datasets.actions import unpack
from datasets.actions.enter import Verdict
from datasets.actions.ingest import ingest_image
from datasets.actions.parts import join_parts
from datasets.archives import kind_of_name, sniffed
from datasets.imaging.names import display_name
from datasets.imaging.sniff import check_name
from datasets.metadata import checked
from datasets.models import Dataset, UploadSession
from datasets.parts import part_size_for
from datasets.storage import CHUNK_BYTES
from datasets.upload_queries import RELATED, check_open, expiry
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.jobs.actions import enqueue
from modelship.jobs.states import LIVE
from modelship.lib.clock import now
from modelship.lib.errors import Conflict, Problem, TooLarge, Unavailable, Unprocessable, UnsupportedType
from modelship.usage.actions import give_back, take
from modelship.usage.resources import STORAGE

State = UploadSession.State
SWEEP, COMPLETE = "datasets.sweep_uploads", "datasets.complete_upload"
# Whoever judges an upload and says nothing for so long is gone, and the next one may judge it.
JUDGING = timedelta(minutes=2)
ALIVE_SECONDS = 20
REMEMBERED = timedelta(days=30)


@dataclass(frozen=True)
class Announced:
    """What a client says about the file that it will send; the server believes nothing of it."""

    filename: str
    size: int
    sha256: str = ""
    content_type: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    completes_itself: bool = False


def create_upload(actor: Actor, dataset: Dataset, announced: Announced, *, kind: str = "") -> UploadSession:
    """Make room for one file, also in the tenant's quota.

    Raises TooLarge, Unprocessable, UnsupportedType or Conflict for one that could never be taken.
    """
    check_takes_images(dataset)
    name = display_name(announced.filename)
    is_archive = kind_of_name(name) is not None
    if not is_archive:
        check_name(name)
    kind = kind or (UploadSession.Kind.TUS if incoming.takes_pieces() else UploadSession.Kind.PRESIGNED)
    _check_size(announced.size, is_archive=is_archive)
    with transaction.atomic():
        session = UploadSession.objects.create(
            tenant=actor.tenant,
            dataset=dataset,
            filename=name,
            size=announced.size,
            sha256=announced.sha256,
            content_type=announced.content_type,
            metadata=checked(announced.metadata),
            fingerprint=announced.fingerprint,
            is_archive=is_archive,
            completes_itself=announced.completes_itself,
            kind=kind,
            part_size=part_size_for(announced.size) if kind == UploadSession.Kind.PRESIGNED else 0,
            holds_room=True,
            created_by=actor.user,
            expires_at=expiry(),
        )
        take(actor.tenant, STORAGE, announced.size)
        record(actor, "upload.created", f"upload:{session.id}", dataset=str(dataset.id), filename=name)
        if late_uploads().exists():
            enqueue(SWEEP, tenant=actor.tenant, args={}, actor=actor, dedupe_key=SWEEP)
    return session


def check_takes_images(dataset: Dataset) -> None:
    if dataset.kind != Dataset.Kind.IMAGES:
        raise Conflict("This dataset holds a table. Choose a dataset of images.", code="wrong_kind")


def _check_size(size: int, *, is_archive: bool) -> None:
    limit = settings.MODELSHIP_MAX_ARCHIVE_BYTES if is_archive else settings.MODELSHIP_MAX_FILE_BYTES
    if size == 0:
        raise Unprocessable("The file is empty. Choose another one.", code="empty_file")
    if size > limit:
        detail = (
            f"The file has {size / 2**20:,.1f} MiB; the limit is {limit / 2**20:,.1f} MiB. Make it smaller."
        )
        raise TooLarge(detail, code="file_too_large", limit=limit)


def abort_upload(actor: Actor, session: UploadSession) -> None:
    """Forget an upload and delete what arrived of it; pictures that it brought stay.

    Raises Conflict while it is written to, judged or unpacked.
    """
    if session.job and session.job.is_live:
        raise Conflict("The archive is being unpacked. Cancel its job first.", code="upload_busy")
    with _held(session):
        # First the bytes: were the row gone and they not, nobody would know of them.
        incoming.delete_arrived(session)
        with transaction.atomic():
            name, state = session.filename, session.state
            record(actor, "upload.aborted", f"upload:{session.id}", filename=name, state=state)
            _give_room_back(session)
            session.delete()


def _give_room_back(session: UploadSession) -> None:
    """Give back what the upload holds of the quota, once however often it is called; in a transaction."""
    if UploadSession.objects.filter(pk=session.pk, holds_room=True).update(holds_room=False):
        give_back(session.tenant, STORAGE, session.size)


@contextlib.contextmanager
def _held(session: UploadSession) -> Iterator[None]:
    """Nobody else appends to, judges or deletes the upload inside the block; raises Conflict where somebody does.

    A file of this machine is locked. In a store there is nothing to lock: whoever judges says so in the
    row, and is gone when that is long ago.
    """
    if session.kind == UploadSession.Kind.TUS and incoming.takes_pieces():
        with incoming.sole_writer(session):
            yield
        return
    if session.state == State.COMPLETING and not session.job and session.updated_at > now() - JUDGING:
        check_open(session)
    yield


def complete_upload(
    actor: Actor, session: UploadSession, etags: dict[int, str] | None = None
) -> UploadSession:
    """Judge a file that has arrived, once: every later call gets the same verdict.

    `etags` are those of its parts, where the client wants them compared. Raises Conflict while bytes are
    missing, where there is no room for it, or while somebody else judges it, Gone when it has expired.
    """
    if session.verdict is not None:
        return session
    with _held(session):
        if _claimed(session):
            _judge(actor, session, etags or {})
    session = UploadSession.objects.select_related(*RELATED).get(pk=session.pk)
    if session.verdict is None:
        check_open(session)
        raise Conflict("Somebody else judges this upload. Ask again in a moment.", code="upload_busy")
    return session


def _claimed(session: UploadSession) -> bool:
    """Say in the row that it is judged from now on; False where it has expired, ended, or changed meanwhile."""
    rows = UploadSession.objects.filter(pk=session.pk, verdict__isnull=True, updated_at=session.updated_at)
    mine = rows.filter(state=State.OPEN, expires_at__gt=now()) | rows.filter(state=State.COMPLETING)
    return bool(mine.update(state=State.COMPLETING, updated_at=now()))


def _judge(actor: Actor, session: UploadSession, etags: dict[int, str]) -> None:
    try:
        if session.part_size:
            join_parts(session, etags)
        verdict = _judged(actor, session)
    except BaseException:
        rows = UploadSession.objects.filter(pk=session.pk, state=State.COMPLETING, verdict__isnull=True)
        rows.update(state=State.OPEN, updated_at=now())
        raise
    if verdict is not None:
        _settle(session, _known_again(session, verdict))


def _known_again(session: UploadSession, verdict: Verdict) -> Verdict:
    """Where an earlier judge created the image and died before saying so, the verdict is his."""
    image = verdict.image
    if verdict.status != "duplicate" or image is None or session.state != State.COMPLETING:
        return verdict
    is_ours = image.created_at >= session.created_at and image.filename == verdict.filename
    return replace(verdict, status="created") if is_ours else verdict


def _settle(session: UploadSession, verdict: Verdict) -> None:
    said = {
        "filename": verdict.filename,
        "status": verdict.status,
        "image": str(verdict.image.id) if verdict.image else None,
        "problem": verdict.problem.as_dict() if verdict.problem else None,
    }
    state = State.FAILED if verdict.problem else State.DONE
    with transaction.atomic():
        UploadSession.objects.filter(pk=session.pk).update(
            state=state, verdict=said, offset=session.size, updated_at=now()
        )
        _give_room_back(session)
    incoming.delete_arrived(session)


def _judged(actor: Actor, session: UploadSession) -> Verdict | None:
    """The verdict on the file; None for an archive, which has been handed to a job."""
    _check_arrived(session)
    with incoming.open_arrived(session) as file:
        try:
            _check_content(session, file)
        except Problem as problem:
            return Verdict(session.filename, "refused", problem=problem)
        # From here on it is charged for what of it is kept.
        with transaction.atomic():
            _give_room_back(session)
        if not session.is_archive:
            return _ingested(actor, session, file)
    unpack.unpack_later(actor, session)
    return None


def _ingested(actor: Actor, session: UploadSession, file: File) -> Verdict:
    verdict = ingest_image(
        session.dataset,
        session.filename,
        file,
        actor=actor,
        metadata=session.metadata,
        declared_type=session.content_type,
    )
    if verdict.problem and verdict.problem.code == "quota_exceeded":
        # Others have used the room up meanwhile. The bytes stay: it is completed once there is room again.
        raise verdict.problem
    return verdict


def _check_arrived(session: UploadSession) -> None:
    arrived = incoming.held_size(session)
    if arrived < session.size:
        detail = f"{arrived:,} of {session.size:,} bytes have arrived. Send the rest, then complete it."
        raise Conflict(detail, code="incomplete", offset=arrived)


def _check_content(session: UploadSession, file: File) -> None:
    """What the store holds is what was announced; the store itself promises nothing."""
    if file.size > session.size:
        detail = f"{file.size:,} bytes came where {session.size:,} were announced. Start again."
        raise Unprocessable(detail, code="size_mismatch")
    if session.sha256 and _digest_of(session, file) != session.sha256:
        detail = "The bytes are not those of the SHA-256 that was announced. Send the file again."
        raise Unprocessable(detail, code="sha256_mismatch")
    if session.is_archive and sniffed(file.read(512)) != kind_of_name(session.filename):
        detail = (
            f"The file is not the archive that its name says. Check {session.filename} and send it again."
        )
        raise UnsupportedType(detail, code="type_mismatch")
    file.seek(0)


def _digest_of(session: UploadSession, file: File) -> str:
    """Read all of it, and say meanwhile that the judge lives: this may take longer than his silence may."""
    digest, told = hashlib.sha256(), time.monotonic()
    for chunk in file.chunks(CHUNK_BYTES):
        digest.update(chunk)
        if time.monotonic() - told > ALIVE_SECONDS:
            told = time.monotonic()
            UploadSession.objects.filter(pk=session.pk, state=State.COMPLETING).update(updated_at=now())
    file.seek(0)
    return digest.hexdigest()


def complete_later(actor: Actor, session: UploadSession) -> None:
    """Queue the judging of a file whose client will not ask for it."""
    args = {"upload": str(session.id), "dataset": str(session.dataset_id)}
    enqueue(
        COMPLETE,
        tenant=actor.tenant,
        args=args,
        actor=actor,
        dedupe_key=str(session.id),
        project=session.dataset.project,
    )


def receive_archive(actor: Actor, dataset: Dataset, file: Any) -> UploadSession:
    """Take in an archive that came whole, in one request, and queue its unpacking."""
    announced = Announced(file.name or "", file.size, content_type=(file.content_type or "")[:100])
    session = create_upload(actor, dataset, announced, kind=UploadSession.Kind.MULTIPART)
    incoming.put_arrived(session, file)
    return complete_upload(actor, session)


def late_uploads() -> QuerySet[UploadSession]:
    """Those whose time has run out: no byte came, nobody completed them, or nobody took up a cancelled job."""
    late = UploadSession.objects.filter(expires_at__lte=now(), state__in=(State.OPEN, State.COMPLETING))
    return late.exclude(job__state__in=LIVE)


def _given_up(session: UploadSession) -> bool:
    """First the bytes: what could not be deleted now is found late again."""
    late = late_uploads().filter(pk=session.pk)
    if not late.exists():
        return False
    incoming.delete_arrived(session)
    with transaction.atomic():
        _give_room_back(session)
        return bool(late.update(state=State.EXPIRED, updated_at=now()))


def sweep_uploads() -> int:
    """Give up every upload whose time has run out, whoever's it is; returns how many.

    Those that ended long ago are forgotten.
    """
    swept = 0
    for session in late_uploads().select_related("tenant"):
        with contextlib.suppress(Conflict, Unavailable), _held(session):
            swept += _given_up(session)
    ended = UploadSession.objects.filter(state__in=(State.DONE, State.FAILED, State.EXPIRED))
    ended.filter(updated_at__lt=now() - REMEMBERED).delete()
    return swept

"""Unpacking an uploaded archive into pictures: a job, with a verdict kept for every member.

A second run finds the verdicts of the first and goes on behind them; what was created and not yet
written down is known again by its path.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count

from datasets import incoming
from datasets.actions.enter import Verdict
from datasets.actions.ingest import Intake, Sent
from datasets.archives import ArchiveRefused, Limits, Member, kind_of_name, members
from datasets.archives.entries import MemberBroken
from datasets.imaging.formats import EXTENSIONS
from datasets.imaging.names import display_path
from datasets.models import DatasetVersion, UploadSession, UploadVerdict
from datasets.snapshots import freeze_around
from datasets.storage import CHUNK_BYTES
from modelship.accounts.actors import Actor
from modelship.jobs.actions import enqueue
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.lib.clock import now
from modelship.lib.errors import Gone, Problem, Unprocessable

KIND = "datasets.unpack"
FLUSH_ROWS = 50
Status = UploadVerdict.Status


@transaction.atomic
def unpack_later(actor: Actor, session: UploadSession) -> Job:
    """Queue the unpacking of an archive that has arrived, and say so in its session."""
    job, _ = enqueue(
        KIND,
        tenant=actor.tenant,
        args={"upload": str(session.id), "dataset": str(session.dataset_id)},
        actor=actor,
        project=session.dataset.project,
        dedupe_key=str(session.id),
        title=f"Unpack {session.filename}"[:200],
    )
    accepted = {"filename": session.filename, "status": "accepted", "image": None, "problem": None}
    UploadSession.objects.filter(pk=session.pk).update(
        job=job, verdict=accepted, offset=session.size, updated_at=now()
    )
    return job


def run_unpack(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Ingest every picture of the archive; raises Unprocessable for an archive that must not be read on."""
    rows = UploadSession.objects.select_related("dataset__tenant")
    session = rows.filter(pk=job.args["upload"]).first()
    if session is None or session.state == UploadSession.State.EXPIRED:
        raise Gone("The archive has been deleted meanwhile. Upload it again.")
    try:
        if session.state == UploadSession.State.COMPLETING:
            with _local(session) as path:
                _Unpacking(session, job, ctx).run(path)
        incoming.delete_arrived(session)
        if counts_of(session)[Status.CREATED]:
            actor = Actor.machine(job.tenant, job.id, job.title, job.created_by)
            said = f"After unpacking {session.filename}."
            freeze_around(actor, session.dataset, DatasetVersion.Source.UPLOAD, said)
    except ArchiveRefused as refusal:
        problem = Unprocessable(refusal.detail, code=refusal.code)
        _end(session, ctx, UploadSession.State.FAILED, problem)
        incoming.delete_arrived(session)
        raise problem from refusal
    return {"dataset": job.args["dataset"], "upload": str(session.id), **counts_of(session)}


def counts_of(session: UploadSession) -> dict[str, int]:
    """How many members came to what, every status named."""
    found = dict(session.verdicts.values_list("status").annotate(Count("id")))
    return {status: found.get(status, 0) for status in Status.values}


def _end(session: UploadSession, ctx: JobContext, state: str, problem: Problem | None = None) -> None:
    verdict = session.verdict or {}
    if problem is not None:
        verdict = {**verdict, "status": "refused", "problem": problem.as_dict()}
    with ctx.fenced():
        UploadSession.objects.filter(pk=session.pk).update(state=state, verdict=verdict, updated_at=now())


class _Unpacking:
    """One run over one archive: what is known already, and the verdicts that are not written yet."""

    def __init__(self, session: UploadSession, job: Job, ctx: JobContext) -> None:
        self.session, self.job, self.ctx = session, job, ctx
        self.actor = Actor.machine(job.tenant, job.id, job.title, job.created_by)
        self.known = set(session.verdicts.values_list("number", flat=True))
        self.rows: list[UploadVerdict] = []
        self.done = 0
        self.limits = Limits(
            entries=settings.MODELSHIP_MAX_ARCHIVE_ENTRIES,
            ratio=settings.MODELSHIP_MAX_ARCHIVE_RATIO,
            total_bytes=settings.MODELSHIP_MAX_UNPACKED_BYTES,
            member_bytes=settings.MODELSHIP_MAX_FILE_BYTES,
        )

    def run(self, path: str) -> None:
        # Once without opening anything: too many entries are refused before the first picture is in.
        total = 0
        for _ in members(path, self.limits):
            self.ctx.check()
            total += 1
        with Intake(self.session.dataset, self.actor) as intake:
            for member in members(path, self.limits):
                if member.number in self.known:
                    self.done += 1
                else:
                    self.judge(member, intake)
                self.keep(total)
            for row, verdict in intake.rest():
                self.add(self.settled(row, verdict))
                self.keep(total)
        self.flush()
        _end(self.session, self.ctx, UploadSession.State.DONE)

    def keep(self, total: int) -> None:
        if len(self.rows) >= FLUSH_ROWS:
            self.flush()
        self.ctx.progress(self.done, total)

    def flush(self) -> None:
        with self.ctx.fenced():
            UploadVerdict.objects.bulk_create(self.rows, ignore_conflicts=True)
        self.rows = []

    def judge(self, member: Member, intake: Intake) -> None:
        """Settle the member, or queue it behind others, which may be settled by that."""
        row = UploadVerdict(session=self.session, number=member.number, path=_shown(member.name))
        if member.problem:
            self.add(_refused(row, *member.problem))
        elif reason := _reason_to_skip(member.name):
            row.status, (row.code, row.detail) = Status.SKIPPED, reason
            self.add(row)
        else:
            self.queue(member, row, intake)

    def queue(self, member: Member, row: UploadVerdict, intake: Intake) -> None:
        metadata = {**self.session.metadata, "path": row.path}
        try:
            with member.open() as file:
                settled = intake.take(Sent(member.name, file, metadata), row)
        except MemberBroken as error:
            self.add(_refused(row, "corrupt", str(error)))
            return
        for earlier, verdict in settled:
            self.add(self.settled(earlier, verdict))

    def add(self, row: UploadVerdict) -> None:
        self.rows.append(row)
        self.done += 1

    def settled(self, row: UploadVerdict, verdict: Verdict) -> UploadVerdict:
        row.status, row.image = verdict.status, verdict.image
        if verdict.problem:
            return _refused(row, verdict.problem.code, verdict.problem.detail)
        if verdict.status == "duplicate" and verdict.image and self.made_before(verdict.image, row.path):
            row.status = Status.CREATED
        return row

    def made_before(self, image: Any, path: str) -> bool:
        """Whether an earlier run of this job created the image and ended before it wrote that down."""
        return image.created_at >= self.job.created_at and image.metadata.get("path") == path


def _refused(row: UploadVerdict, code: str, detail: str) -> UploadVerdict:
    row.status, row.code, row.detail = Status.REFUSED, code[:60], detail[:500]
    return row


def _shown(name: str) -> str:
    return display_path(name) or "?"


def _reason_to_skip(name: str) -> tuple[str, str] | None:
    """Why a file is left out without a look into it."""
    parts = name.replace("\\", "/").split("/")
    if any(part.startswith(".") or part == "__MACOSX" for part in parts):
        return "hidden", "It is a hidden file."
    if kind_of_name(name) is not None:
        return "nested_archive", "It is an archive in an archive. Upload it by itself."
    if not name.lower().endswith(EXTENSIONS):
        return "not_an_image", "It is not a picture."
    return None


@contextmanager
def _local(session: UploadSession) -> Iterator[str]:
    """The archive as a file of this machine, copied only where the storage is elsewhere."""
    if incoming.takes_pieces():
        with incoming.open_arrived(session) as file:
            yield file.name
        return
    with (
        tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="archive-") as copy,
        incoming.open_arrived(session) as source,
    ):
        while chunk := source.read(CHUNK_BYTES):
            copy.write(chunk)
        copy.flush()
        yield copy.name

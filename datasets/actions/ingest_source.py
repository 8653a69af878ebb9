"""Filling a dataset from a source: list, notice, read, settle. Run again, it does what is left, or nothing."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction

from datasets.actions.crew import Crew
from datasets.actions.enter import Verdict
from datasets.actions.free_bytes import free_later
from datasets.actions.ingest import Intake
from datasets.actions.notice import notice
from datasets.actions.open_source import beside, listed, opened
from datasets.actions.read_file import Fetched, Outcome, read_file
from datasets.models import DatasetVersion, Source, SourceFile
from datasets.snapshots import freeze_around
from datasets.source_queries import counts_of_run
from datasets.sources.base import Reader
from modelship.accounts.actors import Actor
from modelship.jobs.actions import enqueue
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.lib.errors import NotFound

KIND = "datasets.ingest"
# So many files without an answer in a row mean that the source is away, not the files.
AWAY_AFTER = 8
SETTLE = 32
SETTLED = ("size", "modified", "etag", "sha256", "image", "status", "problem", "run", "is_change")


@transaction.atomic
def start_ingest(actor: Actor, source: Source) -> tuple[Job, bool]:
    """Queue the ingest of a source that the gate let the actor manage; returns the job and whether it is new."""
    return enqueue(
        KIND,
        tenant=actor.tenant,
        args={"source": str(source.id), "dataset": str(source.dataset_id)},
        actor=actor,
        project=source.dataset.project,
        dedupe_key=key_of(source),
        title=f"Import from {source.name}"[:200],
    )


def key_of(source: Source) -> str:
    return f"source:{source.id}"


def run_ingest(job: Job, ctx: JobContext) -> dict[str, Any]:
    """The handler. Raises NotFound when source or dataset are gone, Unavailable while the source is away."""
    return bring_in(source_of(job), job, ctx)


def bring_in(source: Source, job: Job, ctx: JobContext) -> dict[str, int]:
    """Everything that is new or changed, once, and a version of the dataset with it. Returns the counts."""
    _read_all(source, job, ctx)
    counts = counts_of_run(source, job.id)
    if entered := counts["created"] + counts["changed"]:
        freeze_around(
            _reader(source, job), source.dataset, DatasetVersion.Source.INGEST, _said(entered, source)
        )
    return counts


def _reader(source: Source, job: Job) -> Actor:
    return Actor.machine(job.tenant, job.id, f"Source {source.name}", job.created_by)


def _said(entered: int, source: Source) -> str:
    return f"After importing {entered:,} {'picture' if entered == 1 else 'pictures'} from {source.name}."


def source_of(job: Job) -> Source:
    rows = Source.objects.select_related("dataset__tenant", "dataset__project")
    source = rows.filter(tenant=job.tenant, id=job.args["source"]).first()
    if source is None:
        raise NotFound("The source was removed. Add it again to import from it.", code="source_gone")
    return source


def _read_all(source: Source, job: Job, ctx: JobContext) -> None:
    """What an earlier attempt settled is not read again."""
    with opened(source) as reader:
        notice(source, listed(source, reader), job.id, ctx)
        _read_waiting(source, reader, job, ctx)


def _read_waiting(source: Source, reader: Reader, job: Job, ctx: JobContext) -> None:
    waiting = SourceFile.objects.filter(source=source, status=SourceFile.Status.NEW)
    done = SourceFile.objects.filter(source=source, run=job.id).count()
    total = done + waiting.count()
    ctx.progress(done, total, "Reading the files.")
    if total == done:
        return
    actor = _reader(source, job)
    outcomes = _outcomes(source, reader, actor)
    try:
        for batch in _batches(outcomes, ctx, done, total):
            _settle(source, job, ctx, batch)
    except NotFound:
        # Removed while files were on their way: their bytes came after those that were freed.
        free_later(actor)
        raise
    finally:
        outcomes.close()


def _outcomes(source: Source, reader: Reader, actor: Actor) -> Generator[Outcome, None, None]:
    """What becomes of each file: fetched by a few threads, then let in a batch at a time."""
    crew = Crew(settings.MODELSHIP_CHILDREN, partial(_desk, source, reader))
    with closing(crew.results(_in_order(source))) as arrivals, Intake(source.dataset, actor) as intake:
        for arrival in arrivals:
            if isinstance(arrival, Outcome):
                yield arrival
            else:
                yield from _told(intake.take(arrival.sent(), arrival))
        yield from _told(intake.rest())


def _told(verdicts: Iterable[tuple[Fetched, Verdict]]) -> Iterator[Outcome]:
    for fetched, verdict in verdicts:
        fetched.file.close()
        yield fetched.outcome(verdict)


@contextmanager
def _desk(source: Source, reader: Reader) -> Iterator[Callable[[SourceFile], Fetched | Outcome]]:
    """What a thread works with: a connection to the source, of its own where threads can't share one."""
    with beside(source, reader) as found:
        yield lambda row: read_file(row, found)


def _in_order(source: Source) -> Iterator[SourceFile]:
    """The rows to read, a page at a time: settling them meanwhile skips none."""
    last = 0
    while True:
        rows = SourceFile.objects.filter(source=source, status=SourceFile.Status.NEW, id__gt=last)
        page = list(rows.select_related("image").order_by("id")[:SETTLE])
        if not page:
            return
        for row in page:
            row.source = source
            yield row
        last = page[-1].pk


def _batches(results: Iterator[Outcome], ctx: JobContext, done: int, total: int) -> Iterator[list[Outcome]]:
    """Outcomes to settle together. Raises what keeps the source away, once it is clear that it is."""
    batch: list[Outcome] = []
    away = 0
    for outcome in results:
        done += 1
        batch.append(outcome)
        away = away + 1 if outcome.is_away else 0
        if len(batch) >= SETTLE:
            yield batch
            batch = []
        if away >= AWAY_AFTER and outcome.problem:
            raise outcome.problem
        ctx.progress(done, total)
    if batch:
        yield batch


def _settle(source: Source, job: Job, ctx: JobContext, batch: list[Outcome]) -> None:
    rows = [outcome.onto(outcome.row, job.id) for outcome in batch]
    with ctx.fenced():
        if not Source.objects.filter(pk=source.pk).exists():
            raise NotFound(
                "The source was removed while it was read. What came in stays.", code="source_gone"
            )
        SourceFile.objects.bulk_update(rows, SETTLED)

"""Comparing what a source lists with what is known of it, a lot at a time."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from uuid import UUID

from datasets.models import Source, SourceFile
from datasets.sources.base import Entry, key_problem
from modelship.jobs.context import JobContext
from modelship.lib.clock import now
from modelship.lib.errors import Problem

LOT = 500
Status = SourceFile.Status
NOTED = ("size", "modified", "etag", "status", "problem", "run", "seen_at")


@dataclass(frozen=True)
class Lot:
    """Some entries of a listing, beside the rows that are known under their keys."""

    entries: list[Entry]
    known: dict[str, SourceFile]
    problems: dict[str, Problem]

    @property
    def new(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.key not in self.known]

    @property
    def changed(self) -> list[Entry]:
        """Those whose size, time or etag is another one, and those that were gone and are back."""
        return [
            entry for entry in self.entries if (row := self.known.get(entry.key)) and _differs(row, entry)
        ]


def lots(source: Source, entries: Iterable[Entry]) -> Iterator[Lot]:
    """Each key is in at most one place of a lot, in a form that the database can keep."""
    waiting = iter(entries)
    while taken := list(islice(waiting, LOT)):
        judged = {kept.key: (kept, key_problem(entry.key)) for entry in taken for kept in [_kept(entry)]}
        rows = SourceFile.objects.filter(source=source, key__in=list(judged))
        yield Lot(
            [entry for entry, _ in judged.values()],
            {row.key: row for row in rows},
            {key: problem for key, (_, problem) in judged.items() if problem},
        )


def notice(source: Source, entries: Iterable[Entry], run: UUID, ctx: JobContext) -> int:
    """Write down what is new or changed, to be read; returns how many files were listed.

    Nothing is written for what is as it was.
    """
    count = 0
    for lot in lots(source, entries):
        count += len(lot.entries)
        ctx.progress(0, message=f"Listing: {count:,} files.")
        if fresh := [
            _judged(SourceFile(source=source, key=entry.key), entry, lot.problems, run) for entry in lot.new
        ]:
            with ctx.fenced():
                SourceFile.objects.bulk_create(fresh, ignore_conflicts=True)
        if changed := lot.changed:
            rows = [_again(lot.known[entry.key], entry, lot.problems, run) for entry in changed]
            with ctx.fenced():
                SourceFile.objects.bulk_update(rows, NOTED)
    return count


def _differs(row: SourceFile, entry: Entry) -> bool:
    return row.entry != entry or row.status == Status.MISSING


Problems = dict[str, Problem]


def _again(row: SourceFile, entry: Entry, problems: Problems, run: UUID) -> SourceFile:
    row.seen_at = now()
    return _judged(row, entry, problems, run)


def _judged(row: SourceFile, entry: Entry, problems: Problems, run: UUID) -> SourceFile:
    """To be read, unless its name is enough to refuse it."""
    row.note(entry)
    problem = problems.get(entry.key)
    row.status = Status.REFUSED if problem else Status.NEW
    row.run = run if problem else None
    row.problem = problem.as_dict() if problem else None
    return row


def _kept(entry: Entry) -> Entry:
    """The entry in a form that fits the row; a key that may not be kept is told in letters that may."""
    entry = replace(entry, modified=entry.modified[:40], etag=entry.etag[:255])
    if not key_problem(entry.key):
        return entry
    mark = hashlib.sha256(entry.key.encode(errors="surrogatepass")).hexdigest()[:16]
    told = entry.key.encode("unicode_escape", errors="replace").decode("ascii")[:200]
    return replace(entry, key=f"/{told}/{mark}")

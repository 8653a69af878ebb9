"""Taking a file with labels over: its pictures first, then what it tells of each, through the one write path."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from annotations.actions.freeze import freeze_for
from annotations.actions.import_check import Walk, import_of, name_of, opened
from annotations.actions.import_landing import Landing, remember
from annotations.actions.labels import create_class
from annotations.formats.reading import ReadClass, ReadImage, ReadThread, Tree
from annotations.import_queries import Known, choose_classes, find, schemas_of
from annotations.importing import report as reports
from annotations.importing.planning import Classes, Plan
from annotations.importing.wish import CREATE
from annotations.models import Import
from datasets.actions.ingest import Sent, ingest_images
from datasets.models import DatasetVersion, Image
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.lib.clock import now
from modelship.lib.errors import BadRequest, Conflict, Problem, Unprocessable

SOURCE = DatasetVersion.Source.IMPORT


def run_apply(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Take the file over, each picture once however often the job is begun.

    Raises Unprocessable where nothing of it could be taken, so that no import succeeds without effect.
    """
    row = import_of(job)
    actor = Actor.importer(job.tenant, job.id, row.filename, job.created_by)
    with opened(row) as tree:
        if not row.counted:
            # An attempt that got further has frozen what was before it.
            with ctx.fenced():
                freeze_for(actor, row.dataset, SOURCE, f"Before the import of {row.filename}.")
        refused = _take_pictures(row, tree, ctx, actor)
        walk = _Taking(row, tree, ctx, actor, refused)
        walk.look()
        report = walk.told()
    counts = report["counts"]
    if not report["changes"] and not counts["known"] and not counts["threads_known"]:
        with ctx.fenced():
            Import.objects.filter(pk=row.pk).update(report=report)
        raise Unprocessable(_why(report), code="nothing_imported")
    with ctx.fenced():
        version = freeze_for(actor, row.dataset, SOURCE, f"After the import of {row.filename}.")
        facts = {name: counts[name] for name in ("added", "removed", "pictures", "comments")}
        record(actor, "import.finished", f"import:{row.id}", version=version.number, **facts)
        result = {**report, "version": version.number}
        Import.objects.filter(pk=row.pk).update(result=result, applied_at=now())
    told = {"import": str(row.id), "version": version.number, "changes": report["changes"]}
    return {**told, **counts}


def _why(report: dict[str, Any]) -> str:
    said = [finding["what"] for finding in report["findings"] if finding["severity"] != "note"][:3]
    return f"Nothing of the file could be taken over. {' '.join(said)}"[:1_000].strip()


def _take_pictures(row: Import, tree: Tree, ctx: JobContext, actor: Actor) -> dict[str, Problem]:
    """Take in the pictures that the dataset lacks; returns why some did not get in, by SHA-256.

    A second run finds those of the first by their bytes.
    """
    walk, sent = Walk(row, tree, ctx), list[str]()
    refused: dict[str, Problem] = {}
    if not walk.wish.pictures or not walk.reading.holds_pictures:
        return refused

    def lacking() -> Iterator[Sent]:
        for image in walk.reading.images():
            sha256 = walk.sum_of(image)
            if image.path is None or sha256 is None or sha256 in sent:
                continue
            if find(walk.index, image, sha256).known is None:
                sent.append(sha256)
                name = name_of(image, image.path)
                with tree.open(image.path) as file:
                    yield Sent(name, file, _described(image))

    for at, verdict in enumerate(ingest_images(row.dataset, lacking(), actor=actor)):
        ctx.progress(at, message=f"Taking in {verdict.filename}"[:200])
        if verdict.problem:
            refused[sent[at]] = verdict.problem
        elif verdict.status == "created":
            with ctx.fenced():
                remember(row, Counter(pictures=1))
    return refused


def _described(image: ReadImage) -> dict[str, Any]:
    """What is known of a new picture: what our own archives tell of it and no more, elsewhere where it lay."""
    return {**image.metadata} if image.id else {**image.metadata, "path": image.path}


class _Taking(Walk):
    """Writes the labels, with the note how far this is."""

    def __init__(
        self, row: Import, tree: Tree, ctx: JobContext, actor: Actor, refused: dict[str, Problem]
    ) -> None:
        super().__init__(row, tree, ctx)
        self._actor, self._refused = actor, refused
        self._reached = Import.objects.values_list("reached", flat=True).get(pk=row.pk)
        # The class of the project for each of the file; empty where it is left out.
        self._ids: dict[str, str] = {}
        self._schemas = schemas_of(row.dataset.project_id)
        self._landing = Landing(self, actor, self._made)

    def look_at_images(self) -> int:
        count = super().look_at_images()
        self._landing.finish()
        return count

    def see(self, number: int, image: ReadImage) -> None:
        sha256 = self.sum_of(image)
        if problem := self._refused.get(sha256 or ""):
            self.refuse(image, problem)
            return
        found = find(self.index, image, sha256)
        self.place(image, found)
        known = self.taken(image, found)
        if known is None:
            return
        if number < self._reached:
            # An earlier attempt took it over, and remembered what that changed.
            self.count(image, reports.MATCHED, Plan(known=len(image.shapes)), known)
            return
        for shape in image.shapes:
            self._need_class(shape.class_name)
        self._landing.take(number, image, known)

    def hear(self, number: int, lot: Sequence[ReadThread], known: Known) -> None:
        after = number + len(lot)
        if after <= self._reached:
            return
        image = Image.objects.filter(pk=known.id).first()
        if image is None:
            self.tell_strange(lot)
            return
        with self.ctx.fenced():
            arrivals = self.conversations.arrivals(lot, known.id, known.size)
            remember(self.row, self.conversations.write(self._actor, image, arrivals), after)

    def _made(self) -> Classes:
        return Classes({name: uid for name, uid in self._ids.items() if uid}, self._schemas)

    def _need_class(self, name: str) -> None:
        if not name or name in self._ids:
            return
        project = self.row.dataset.project
        [choice] = choose_classes(project.id, [name], self.wish)
        if choice.verdict == CREATE:
            self._make(next(known for known in self.reading.classes if known.name == name))
            [choice] = choose_classes(project.id, [name], self.wish)
        self._ids[name] = choice.id or ""

    def _make(self, told: ReadClass) -> None:
        """The class as the file describes it, or as much of that as the project takes."""
        looks = {"color": told.color} if told.color else {}
        more = {"attributes": told.attributes, "skeleton": told.skeleton, "use": told.use}
        problem: Problem | None = None
        for values in ({**looks, **more, "hotkey": told.hotkey}, {**looks, **more}, looks):
            try:
                with self.ctx.fenced():
                    label = create_class(self._actor, self.row.dataset.project, name=told.name, **values)
                self._schemas[str(label.id)] = label.attributes
                return
            except (BadRequest, Conflict, Unprocessable) as error:
                problem = error
        what = f"The class {told.name} can't be made: {problem.detail if problem else ''}"
        self.findings.error("class_refused", "", what, "Map it to a class of the project.")

    def told(self) -> dict[str, Any]:
        """With what every attempt changed, not this one alone."""
        counted = Counter(Import.objects.values_list("counted", flat=True).get(pk=self.row.pk))
        counted["boxes"], counted["dropped"] = (
            self.report.counts["boxes"],
            self.report.counts["dropped"] + counted["dropped"],
        )
        self.report.counts = counted
        return super().told()

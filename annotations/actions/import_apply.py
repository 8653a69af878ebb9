"""Taking a file with labels over: its pictures first, then what it tells of each, through the one write path."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from annotations.actions.apply_edits import apply_edits
from annotations.actions.canvas_log import lock_canvas
from annotations.actions.freeze import freeze_for
from annotations.actions.import_check import Walk, import_of, opened
from annotations.actions.labels import create_class
from annotations.actions.review import write_step
from annotations.edits import MAX_EDITS
from annotations.formats.reading import ReadClass, ReadImage, Tree
from annotations.import_queries import Known, choose_classes, find, schemas_of
from annotations.importing import report as reports
from annotations.importing.planning import Classes, Plan, plan_image
from annotations.importing.wish import CREATE
from annotations.models import Import
from annotations.queries import all_boxes
from datasets.actions.ingest import Sent, ingest_images
from datasets.models import DatasetVersion, Image
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.lib.clock import now
from modelship.lib.errors import BadRequest, Conflict, Problem, Unprocessable

SOURCE = DatasetVersion.Source.IMPORT
# What leads to each state that can be taken over.
STEPS = {"submitted": "submit", "approved": "approve", "changes_requested": "reject"}
Done = Counter[str]


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
    if not report["changes"] and not report["counts"]["known"]:
        with ctx.fenced():
            Import.objects.filter(pk=row.pk).update(report=report)
        raise Unprocessable(_why(report), code="nothing_imported")
    with ctx.fenced():
        version = freeze_for(actor, row.dataset, SOURCE, f"After the import of {row.filename}.")
        facts = {name: report["counts"][name] for name in ("added", "removed", "pictures")}
        record(actor, "import.finished", f"import:{row.id}", version=version.number, **facts)
        result = {**report, "version": version.number}
        Import.objects.filter(pk=row.pk).update(result=result, applied_at=now())
    told = {"import": str(row.id), "version": version.number, "changes": report["changes"]}
    return {**told, **report["counts"]}


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
                name = image.name.replace("\\", "/").rpartition("/")[2]
                with tree.open(image.path) as file:
                    yield Sent(name, file, {**image.metadata, "path": image.path})

    for at, verdict in enumerate(ingest_images(row.dataset, lacking(), actor=actor)):
        ctx.progress(at, message=f"Taking in {verdict.filename}"[:200])
        if verdict.problem:
            refused[sent[at]] = verdict.problem
        elif verdict.status == "created":
            with ctx.fenced():
                _remember(row, Counter(pictures=1))
    return refused


def _remember(row: Import, done: Done, reached: int | None = None) -> None:
    """Note what was done, in the transaction that did it."""
    rows = Import.objects.filter(pk=row.pk)
    counted = Counter(rows.values_list("counted", flat=True).get()) + done
    fields: dict[str, Any] = {"counted": dict(counted)}
    rows.update(**fields, **({} if reached is None else {"reached": reached}))


class _Taking(Walk):
    """Writes the labels, picture by picture, each in one transaction with the note how far this is."""

    def __init__(
        self, row: Import, tree: Tree, ctx: JobContext, actor: Actor, refused: dict[str, Problem]
    ) -> None:
        super().__init__(row, tree, ctx)
        self._actor, self._refused = actor, refused
        self._reached = Import.objects.values_list("reached", flat=True).get(pk=row.pk)
        # The class of the project for each of the file; empty where it is left out.
        self._ids: dict[str, str] = {}
        self._schemas = schemas_of(row.dataset.project_id)

    def see(self, number: int, image: ReadImage) -> None:
        sha256 = self.sum_of(image)
        if problem := self._refused.get(sha256 or ""):
            what = f"{image.name} is no picture that can be taken in: {problem.detail}"
            self.findings.error(
                "picture_refused", image.path or image.file, what, "Repair it, and send it again."
            )
            self.count(image, reports.REFUSED, None)
            return
        known = self.taken(image, find(self.index, image, sha256))
        if known is None:
            return
        if number < self._reached:
            # An earlier attempt took it over, and remembered what that changed.
            self.count(image, reports.MATCHED, Plan(known=len(image.shapes)), known)
            return
        for shape in image.shapes:
            self._need_class(shape.class_name)
        with self.ctx.fenced():
            plan, done = self._take(known, image)
            _remember(self.row, done, number + 1)
        self.count(image, reports.MATCHED, plan, known)

    def _take(self, known: Known, image: ReadImage) -> tuple[Plan, Done]:
        plan, done = Plan(), Counter[str]()
        if image.labelled:
            canvas = lock_canvas(known.id)
            classes = Classes({name: uid for name, uid in self._ids.items() if uid}, self._schemas)
            present = all_boxes(canvas.pk).values()
            plan = plan_image(self.row.id, known.id, image, present, classes, self.wish, self.findings)
            done = self._write(known, image, plan) + Counter(known=plan.known, skipped=plan.skipped)
        if self.moves(known, image):
            Image.objects.filter(pk=known.id).update(split=image.split, updated_at=now())
            done["splits"] += 1
        if self.reviews(known, image):
            self._review(known, image)
            done["reviews"] += 1
        return plan, done

    def _write(self, known: Known, image: ReadImage, plan: Plan) -> Done:
        done = Counter[str]()
        for start in range(0, len(plan.edits), MAX_EDITS):
            part = plan.edits[start : start + MAX_EDITS]
            outcome = apply_edits(known.id, part, actor=self._actor)
            lost = {drop.op_id for drop in outcome.dropped}
            for drop in outcome.dropped:
                what = f"On {image.name}: {drop.detail}"
                self.findings.error(
                    f"edit_{drop.code}", image.file, what, "Look at the picture, and label it by hand."
                )
            done.update(edit["kind"] for edit in part if edit["op_id"] not in lost)
            done["dropped"] += len(lost)
        return Counter(added=done["add"], removed=done["delete"], dropped=done["dropped"])

    def _review(self, known: Known, image: ReadImage) -> None:
        canvas = lock_canvas(known.id)
        canvas.review_state = self.review_state(image)
        write_step(canvas, self._actor, action=STEPS[canvas.review_state], comment="Imported.")

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

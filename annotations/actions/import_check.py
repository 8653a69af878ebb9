"""Looking through a file with labels: every picture in it with what would become of it. Nothing is written but the report."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

from django.conf import settings

from annotations.actions.bring_back import REVIEWED
from annotations.actions.import_threads import Arrival, Conversations, lots_of
from annotations.formats.reading import (
    LoneFile,
    MemberTree,
    ReadImage,
    Reading,
    ReadThread,
    Size,
    Tree,
    read,
)
from annotations.formats.reading.strange import HEAD_BYTES, WORKBOOKS
from annotations.import_queries import Found, ImageIndex, Known, choose_classes, find, planned_classes
from annotations.importing import report as reports
from annotations.importing.planning import Classes, Plan, plan_image
from annotations.importing.report import Report
from annotations.importing.wish import REPLACE, SKIP, ImportWish
from annotations.models import Import
from annotations.queries import all_boxes
from annotations.review_queries import workflow_of
from annotations.workflow import OPEN
from datasets.archives import ArchiveRefused, Limits, Member, kind_of_name, sniffed
from datasets.archives.entries import MemberBroken, unopenable
from datasets.archives.shelf import shelf
from datasets.imaging.formats import EXTENSIONS
from datasets.imaging.formats import HEAD_BYTES as PICTURE_HEAD
from datasets.imaging.sniff import check_type
from datasets.models import Image
from datasets.storage import local_copy
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.lib.errors import NotFound, Problem, Unprocessable

CHUNK_BYTES = 1 << 20


def run_check(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Look through the file and keep the report."""
    row = import_of(job)
    with opened(row) as tree:
        walk = Walk(row, tree, ctx)
        walk.look()
        report = walk.told()
    with ctx.fenced():
        Import.objects.filter(pk=row.pk).update(report=report)
    return {"import": str(row.id), "changes": report["changes"], **report["counts"]}


def import_of(job: Job) -> Import:
    rows = Import.objects.select_related("dataset__project", "dataset__tenant", "blob", "tenant")
    row = rows.filter(tenant=job.tenant, id=job.args["import"]).first()
    if row is None:
        raise NotFound("The import was deleted. Send the file again.", code="import_gone")
    return row


@contextmanager
def opened(row: Import) -> Iterator[Tree]:
    """The files of the import; an archive that can't or must not be read is one file that is refused, with the reason."""
    with ExitStack() as stack:
        path = stack.enter_context(local_copy(row.blob))
        if not _is_archive(path, row.filename):
            yield LoneFile(Path(path), row.filename)
            return
        limits = Limits(
            entries=settings.MODELSHIP_MAX_ARCHIVE_ENTRIES,
            ratio=settings.MODELSHIP_MAX_ARCHIVE_RATIO,
            total_bytes=settings.MODELSHIP_MAX_UNPACKED_BYTES,
            member_bytes=settings.MODELSHIP_MAX_FILE_BYTES,
        )
        try:
            tree = MemberTree(stack.enter_context(shelf(path, limits, str(settings.FILE_UPLOAD_TEMP_DIR))))
        except ArchiveRefused as refusal:
            tree = MemberTree([Member(0, row.filename, 0, (refusal.code, refusal.detail), unopenable)])
        yield tree


def _is_archive(path: str, name: str) -> bool:
    """By its content, whatever its name is; of what is packed alone only the name tells that a TAR is in it."""
    with open(path, "rb") as file:
        kind = sniffed(file.read(HEAD_BYTES))
    if kind is None or name.lower().endswith(WORKBOOKS):
        return False
    return kind in ("zip", "tar") or kind_of_name(name) is not None


class Walk:
    """One pass over the file: every picture in it with what becomes of it. This one writes nothing."""

    def __init__(self, row: Import, tree: Tree, ctx: JobContext) -> None:
        self.row, self.tree, self.ctx = row, tree, ctx
        self.wish = ImportWish.stored(row.options)
        self.index = ImageIndex(row.dataset)
        self.report = Report()
        self.reading: Reading = read(tree, self.wish.format, size_of=self.index.size_of)
        self.findings = self.reading.findings
        self._sums: dict[str, str] = {}
        self._met: set[UUID] = set()
        self.places: dict[str, Known | Size] = {}
        self.conversations = Conversations(row.dataset.project, self.findings)
        self._classes = (-1, Classes({}))
        self._workflow = workflow_of(row.dataset.project_id)

    def look(self) -> None:
        count = self.look_at_images()
        if self.wish.threads:
            self.look_at_threads(count)

    def look_at_images(self) -> int:
        """See every picture; returns how many there are."""
        count = 0
        for image in self.reading.images():
            self.ctx.progress(count, message=f"Reading {image.name}"[:200])
            self.see(count, image)
            count += 1
        return count

    def look_at_threads(self, first: int) -> None:
        """See what was said; threads are numbered on behind the pictures."""
        for lot in lots_of(self.reading.threads()):
            self.ctx.progress(first, message=f"Reading comments on {lot[0].filename}"[:200])
            place = self.places.get(lot[0].sha256) or self.index.of_bytes(lot[0].sha256)
            if isinstance(place, Known):
                self.hear(first, lot, place)
            elif place:
                self.count_threads(self.conversations.arrivals(lot, None, place))
            else:
                self.tell_strange(lot)
            first += len(lot)

    def tell_strange(self, lot: Sequence[ReadThread]) -> None:
        for thread in lot:
            what = f"A thread is about {thread.filename}, which is not taken in and not in the dataset."
            fix = "Take the pictures in too, or upload it first."
            self.findings.error("thread_without_picture", thread.file, what, fix, thread.place)

    def hear(self, number: int, lot: Sequence[ReadThread], known: Known) -> None:
        """What is to be done with threads of a picture that the dataset has."""
        self.count_threads(self.conversations.arrivals(lot, known.id, known.size))

    def count_threads(self, arrivals: Sequence[Arrival]) -> None:
        for arrival in arrivals:
            self.report.counts += arrival.counts

    def see(self, number: int, image: ReadImage) -> None:
        found = find(self.index, image, self.sum_of(image))
        self.place(image, found)
        if found.known is None and image.path and self.wish.pictures:
            if problem := self._unfit(image, image.path):
                self.refuse(image, problem)
                return
            self.count(image, reports.NEW, self.plan(None, image))
            self.report.counts["pictures"] += 1
        elif known := self.taken(image, found):
            plan = self.plan(known, image)
            self.count(image, reports.MATCHED, plan, known)
            self.report.counts["splits"] += self.moves(known, image)
            self.report.counts["reviews"] += self.reviews(known, image)

    def _unfit(self, image: ReadImage, path: str) -> Problem | None:
        """Why a file is no picture that can be taken in, as far as its beginning tells."""
        try:
            with self.tree.open(path) as file:
                head = file.read(PICTURE_HEAD)
            check_type(name_of(image, path), head)
        except (ArchiveRefused, MemberBroken, OSError) as error:
            return Unprocessable(f"It can't be read ({str(error)[:100]}).")
        except Problem as problem:
            return Unprocessable("The file is empty.") if not head else problem
        return None

    def refuse(self, image: ReadImage, problem: Problem) -> None:
        """Count a picture that does not come in, and tell why."""
        what = f"{image.name} is no picture that can be taken in: {problem.detail}"
        fix = "Repair it, and send it again."
        self.findings.error("picture_refused", image.path or image.file, what, fix)
        self.count(image, reports.REFUSED, None)

    def place(self, image: ReadImage, found: Found) -> None:
        """Remember which picture is meant, or how large the one is that would be taken in: threads name it by its SHA-256."""
        if not image.sha256:
            return
        if found.known:
            self.places[image.sha256.lower()] = found.known
        elif image.path and self.wish.pictures and image.width and image.height:
            self.places[image.sha256.lower()] = image.width, image.height

    def taken(self, image: ReadImage, found: Found) -> Known | None:
        """The picture, where its labels can be taken over; otherwise it is counted with the reason."""
        if found.known is None:
            if found.code:
                self.findings.error(found.code, image.file, found.what, found.fix)
            elif image.labelled:
                what = f"{image.name} lies beside the labels, but is not in the dataset."
                self.findings.error("picture_left_out", image.file, what, "Take the pictures in too.")
            self.count(image, reports.MISSING, None)
            return None
        if found.known.state == Image.State.APPROVED:
            what = f"{image.name} is approved, so its labels stay as they are."
            self.findings.error("approved", image.file, what, "Reopen it, and import the file again.")
            self.count(image, reports.LOCKED, None, found.known)
            return None
        if found.known.id in self._met and self.wish.mode == REPLACE:
            what = f"{image.name} comes more than once. Only its first labels are taken where others are replaced."
            self.findings.error(
                "comes_twice", image.file, what, "Import by merging, or leave one of the files out."
            )
            self.count(image, reports.REFUSED, None, found.known)
            return None
        self._met.add(found.known.id)
        return found.known

    def plan(self, known: Known | None, image: ReadImage) -> Plan:
        """What the picture would get; a class that is to be made stands for itself."""
        if not image.labelled:
            return Plan()
        present = all_boxes(known.id).values() if known else ()
        uid = known.id if known else self.row.id
        return plan_image(self.row.id, uid, image, present, self._classes_met(), self.wish, self.findings)

    def _classes_met(self) -> Classes:
        """The classes that the file told of so far, as the project has them or would."""
        met = len(self.reading.classes)
        if self._classes[0] != met:
            project = self.row.dataset.project_id
            self._classes = met, planned_classes(project, self.reading.classes, self.wish)
        return self._classes[1]

    def count(self, image: ReadImage, verdict: str, plan: Plan | None, known: Known | None = None) -> None:
        shapes = list(image.shapes)
        self.report.add(image.file, image.name, verdict, shapes, plan, str(known.id) if known else None)

    def moves(self, known: Known, image: ReadImage) -> bool:
        return self.wish.splits and bool(image.split) and image.split != known.split

    def reviews(self, known: Known, image: ReadImage) -> bool:
        state = self.review_state(image)
        return self.wish.review and state not in (OPEN, known.state)

    def review_state(self, image: ReadImage) -> str:
        """How far the picture's review is here, by what the file says and what this project lets managers do."""
        return self._workflow.brought_in(image.state, "manager") if image.state in REVIEWED else OPEN

    def sum_of(self, image: ReadImage) -> str | None:
        """The SHA-256 of the picture in the tree; None where there is none that can be read."""
        if image.path is None:
            return None
        if image.path not in self._sums:
            self._sums[image.path] = _sum(self.tree, image.path)
        return self._sums[image.path] or None

    def told(self) -> dict[str, Any]:
        names = [known.name for known in self.reading.classes]
        choices = choose_classes(self.row.dataset.project_id, names, self.wish)
        for choice in choices:
            if choice.verdict == SKIP:
                what = f"Shapes of the class {choice.name} are left out."
                self.findings.warning("class_skipped", "", what, "Map it to a class, or create it.")
        classes = [{**choice._asdict(), "boxes": self.report.classes[choice.name]} for choice in choices]
        return self.report.as_dict(self.reading, classes)


def name_of(image: ReadImage, path: str) -> str:
    """What a picture of the tree is called in the dataset: as its label file says, with the ending that its bytes have there."""
    name = image.name.replace("\\", "/").rpartition("/")[2]
    stem, dot, ending = name.rpartition(".")
    found = PurePosixPath(path).suffix
    if f".{ending}".casefold() == found.casefold():
        return name
    is_ending = bool(stem and dot) and f".{ending.lower()}" in EXTENSIONS
    return f"{stem if is_ending else name}{found}"


def _sum(tree: Tree, path: str) -> str:
    digest = hashlib.sha256()
    try:
        with tree.open(path) as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
    except (ArchiveRefused, MemberBroken, OSError):
        return ""
    return digest.hexdigest()

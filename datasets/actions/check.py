"""Checking a dataset under rules: the order for it, and the work."""

import hashlib
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction

from datasets.actions.render import image_limits, is_streamed, limits_for, stream_limits
from datasets.clean_queries import UNTOUCHED, checkable, found_by, hashes_best_first
from datasets.cleaning.rules import BY_NAME, Chosen, in_order
from datasets.models import CleanFinding, CleanReport, Dataset, Image
from datasets.near_duplicates import groups_of
from datasets.storage import local_copy
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.jobs.actions import enqueue
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.jobs.states import LIVE
from modelship.lib.clock import now
from modelship.lib.errors import Conflict, Unavailable, Unprocessable
from modelship.lib.limited import LimitExceeded, run_limited

KIND = "datasets.clean"
BATCH = 500
KEPT_REPORTS = 5
ID_BYTES = 16
ALONE = 255

# A small rendition, thrown away: to make it every byte is read. Side, and for streamed pictures the quality.
SEEN: dict[bool, tuple[int, ...]] = {True: (256,), False: (256, 50)}

Row = tuple[UUID, float]


@transaction.atomic
def request_check(
    actor: Actor, dataset: Dataset, rules: Chosen, *, parent: Job | None = None
) -> tuple[CleanReport, Job]:
    """Order a report that the door has allowed; while the same check is under way that one is returned.

    As a step of another job, `parent`, it is that one's own.
    """
    if dataset.kind != Dataset.Kind.IMAGES:
        raise Conflict("This dataset holds a table. Choose a dataset of images.", code="wrong_kind")
    report = CleanReport(tenant=actor.tenant, dataset=dataset, rules=rules, created_by=actor.user)
    digest = hashlib.sha256(orjson.dumps(rules, option=orjson.OPT_SORT_KEYS)).hexdigest()
    job, is_new = enqueue(
        KIND,
        tenant=actor.tenant,
        args={"dataset": str(dataset.id), "report": str(report.id)},
        actor=actor,
        project=dataset.project,
        title=f"Check {dataset.name}"[:200],
        dedupe_key=f"{parent.id if parent else dataset.id}:{digest}",
        parent=parent,
        total=checkable(dataset).count(),
    )
    if not is_new:
        return CleanReport.objects.get(job=job), job
    report.job = job
    report.save(force_insert=True)
    record(actor, "clean.requested", f"dataset:{dataset.id}", report=str(report.id), rules=rules)
    return report, job


def run_check(report: CleanReport, ctx: JobContext) -> dict[str, Any]:
    """Write down what each rule finds. A second run after a kill begins anew and ends in the same rows."""
    _forget(CleanFinding.objects.filter(report=report), ctx)
    images = checkable(report.dataset).count()
    counts: dict[str, dict[str, int]] = {}
    for name, chosen in in_order(report.rules):
        check = Check(report, name, ctx, (len(counts), images))
        if name == "near":
            counts[name] = _near(check, chosen)
        elif name == "broken":
            counts[name] = {"images": check.note(_broken(check, images))}
        else:
            counts[name] = {"images": check.note(_measured(report.dataset, name, chosen))}
    with ctx.fenced():
        report.counts, report.images, report.finished_at = counts, images, now()
        report.save(update_fields=["counts", "images", "finished_at"])
    _forget_older(report, ctx)
    ctx.progress(images, images)
    return {
        "report": str(report.id),
        "images": images,
        **{name: found["images"] for name, found in counts.items()},
    }


class Check:
    """One rule of a report under way: where its findings and its progress go."""

    def __init__(self, report: CleanReport, rule: str, ctx: JobContext, progress: tuple[int, int]) -> None:
        self.report, self.rule, self.ctx = report, rule, ctx
        self._rules_before, self._images = progress
        self.tell(0)

    def tell(self, share: float) -> None:
        """How much of this rule is done, shown as pictures: each rule looks at all of them."""
        part = (self._rules_before + share) / len(self.report.rules)
        self.ctx.progress(int(part * self._images), self._images, f"{BY_NAME[self.rule].title}.")

    def note(self, rows: Iterable[Row]) -> int:
        """Write findings without groups down; returns how many there were."""
        return sum(self._land([(image, value, None) for image, value in part]) for part in _parts(rows))

    def note_groups(self, rows: Iterable[tuple[UUID, float, int]]) -> int:
        """The same for members of groups; a distance below 0 says that this one is kept."""
        return sum(self._land(part) for part in _parts(rows))

    def _land(self, part: list[tuple[UUID, float, int | None]]) -> int:
        with self.ctx.fenced():
            ids = [image for image, _, _ in part]
            rows = checkable(self.report.dataset).filter(pk__in=ids).only("state", "box_count")
            images = {image.pk: image for image in rows}
            findings = [
                self._finding(images[image], value, group) for image, value, group in part if image in images
            ]
            CleanFinding.objects.bulk_create(findings)
        return len(findings)

    def _finding(self, image: Image, value: float, group: int | None) -> CleanFinding:
        is_kept = group is not None and value < 0
        return CleanFinding(
            report=self.report,
            image=image,
            rule=self.rule,
            value=max(value, 0),
            group=group,
            is_kept=is_kept,
            marked=not is_kept and image.state in UNTOUCHED,
            state=image.state,
            boxes=image.box_count,
        )


def _measured(dataset: Dataset, name: str, chosen: dict[str, Any]) -> Iterator[Row]:
    """What a rule over columns finds, in gallery order; a batch at a time, so nothing stays open meanwhile."""
    rows, last = found_by(dataset, name, chosen).order_by("ordinal"), 0
    while part := list(rows.filter(ordinal__gt=last).values_list("pk", "measure", "ordinal")[:BATCH]):
        yield from ((pk, measure) for pk, measure, _ in part)
        last = part[-1][2]


def _near(check: Check, chosen: dict[str, Any]) -> dict[str, int]:
    hashes, ids = array("q"), bytearray()
    for image, phash in hashes_best_first(check.report.dataset):
        hashes.append(phash)
        ids += image.bytes
    owner, distance = groups_of(hashes.tobytes(), int(chosen["distance"]), chosen["turned"])
    check.tell(0.5)
    groups, members = _members(owner, distance)

    def rows() -> Iterator[tuple[UUID, float, int]]:
        for at, (group, far, place) in enumerate(members):
            if at % BATCH == 0:
                check.tell(0.5 + 0.5 * at / len(members))
            start = place * ID_BYTES
            yield UUID(bytes=bytes(ids[start : start + ID_BYTES])), far, group

    return {"images": check.note_groups(rows()), "groups": groups}


def _members(owner: array, distance: bytes) -> tuple[int, list[tuple[int, int, int]]]:
    """How many groups there are, and (group, distance, place) of each member, the kept one first at -1."""
    numbers: dict[int, int] = {}
    members = []
    for place, (kept, far) in enumerate(zip(owner, distance, strict=True)):
        if far == ALONE:
            continue
        # The kept one comes before its group: the best are first.
        number = numbers.setdefault(kept, len(numbers) + 1)
        members.append((number, -1 if kept == place else far, place))
    members.sort()
    return len(numbers), members


def _broken(check: Check, total: int) -> Iterator[Row]:
    """The pictures whose stored bytes are not what was stored, or no longer decode."""
    rows, last, done = checkable(check.report.dataset).select_related("blob").order_by("ordinal"), 0, 0
    while part := list(rows.filter(ordinal__gt=last)[:BATCH]):
        for image in part:
            if not _is_sound(image):
                yield image.pk, 1.0
            done += 1
            check.tell(done / max(total, done))
        last = part[-1].ordinal


def _is_sound(image: Image) -> bool:
    """Whether the bytes are there, are those that came in, and decode. Raises what another try can heal."""
    is_whole = not is_streamed(image.width, image.height)
    function = "renditions:render_thumbnail" if is_whole else "streamed:display_streamed"
    with tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="check-") as seen:
        try:
            with local_copy(image.blob) as path:
                if _sha256(path) != image.blob.sha256:
                    return False
                run_limited(
                    f"datasets.imaging.{function}",
                    path,
                    image.format,
                    image_limits() if is_whole else stream_limits(),
                    seen.name,
                    *SEEN[is_whole],
                    limits=limits_for(image.width, image.height),
                )
        except LimitExceeded as error:
            if error.reason == "busy":
                raise Unavailable("The server is busy with other pictures. The job tries again.") from error
            return False
        except (Unprocessable, FileNotFoundError):
            return False
    return True


def _sha256(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _forget_older(report: CleanReport, ctx: JobContext) -> None:
    """Reports that nobody looks at any more go, with their findings; what was archived for them stays known."""
    rows = CleanReport.objects.filter(dataset=report.dataset)
    ready = rows.filter(finished_at__isnull=False).order_by("-created_at", "-id")
    given_up = rows.filter(finished_at__isnull=True, created_at__lt=report.created_at)
    for old in [*ready[KEPT_REPORTS:], *given_up.exclude(job__state__in=LIVE)]:
        _forget(CleanFinding.objects.filter(report=old), ctx)
        with ctx.fenced():
            old.delete()


def _forget(findings: Any, ctx: JobContext) -> None:
    """Delete findings in short transactions."""
    while ids := list(findings.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with ctx.fenced():
            CleanFinding.objects.filter(pk__in=ids).delete()


def _parts(rows: Iterable[Any]) -> Iterator[list[Any]]:
    part: list[Any] = []
    for row in rows:
        part.append(row)
        if len(part) == BATCH:
            yield part
            part = []
    if part:
        yield part

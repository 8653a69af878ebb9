"""A copy of a dataset as it was at a version: its pictures share their bytes, its boxes their values and origin."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from annotations.actions import box_rows
from annotations.actions.bring_back import REVIEWED
from annotations.actions.canvas_log import Growth, append, lock_canvas, settle_images
from annotations.actions.freeze import freeze_for
from annotations.actions.labels import create_class
from annotations.contents import Contents, contents_of
from annotations.edits import MAX_EDITS, BoxState, fold
from annotations.export_queries import Choice
from annotations.formats.records import ExportBox
from annotations.models import Box, LabelClass
from annotations.version_queries import need_images, version_for
from datasets.actions.datasets import create_dataset
from datasets.models import Dataset, DatasetVersion, Image
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.jobs.actions import enqueue
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.lib.errors import NotFound
from modelship.lib.ids import derived_id
from modelship.projects.gate import check
from modelship.projects.models import Project

KIND = "dataset.clone"
EVERY = Choice(tuple(Box.State.values))
# What is the copy's own; every other column is taken over.
OWN = (
    "id",
    "tenant",
    "dataset",
    "ordinal",
    "box_count",
    "proposed_count",
    "state",
    "created_at",
    "updated_at",
)
PATCHED = (
    *(
        "class_id",
        "shape",
        "x",
        "y",
        "w",
        "h",
        "rotation",
        "points",
        "attributes",
        "source",
        "score",
        "model",
    ),
    *("provenance", "state", "z", "locked"),
)


@transaction.atomic
def request_clone(
    actor: Actor, dataset: Dataset, project: Project, name: str, number: int | None
) -> tuple[Dataset, Job]:
    """Make the copy, empty, in a project that the gate let the actor manage; a job fills it.

    Of the version `number`, or of the dataset as it is at this moment. Raises NotFound for an absent
    version, Unprocessable for a table, Conflict for a taken name.
    """
    check(actor, dataset.project, "view")
    need_images(dataset)
    if number is None:
        version = freeze_for(actor, dataset, DatasetVersion.Source.CLONE, f"Copied as {name}.")
    else:
        version = version_for(actor, dataset, number)
    copy = create_dataset(actor, project, name=name, description=dataset.description)
    job, _ = enqueue(
        KIND,
        tenant=dataset.tenant,
        args={"dataset": str(copy.id), "source": str(dataset.id), "version": version.number},
        actor=actor,
        project=project,
        title=f"Copy {dataset.name} as {name}"[:200],
        total=version.image_count,
    )
    record(actor, "dataset.cloned", f"dataset:{copy.id}", source=str(dataset.id), version=version.number)
    return copy, job


def run_clone(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Copy image by image, each in one transaction under an id that follows from its original's.

    A later attempt leaves out those that are there.
    """
    copy, source = _dataset(job.args["dataset"]), _dataset(job.args["source"])
    actor = Actor.machine(job.tenant, job.id, f"Copy of {source.name}", job.created_by)
    contents = contents_of(source, job.args["version"])
    with ctx.fenced():
        classes = _classes(actor, copy.project, contents)
    total, done = contents.image_count(), 0
    for batch in contents.batches():
        boxes = contents.boxes([image.id for image in batch], EVERY)
        there = set(Image.objects.filter(dataset=copy).values_list("id", flat=True))
        for image in batch:
            if derived_id(copy.id, image.id) not in there:
                with ctx.fenced():
                    _copy(copy, image, _states(boxes.get(image.id, ()), classes), actor)
            done += 1
            ctx.progress(done, max(total, done), f"{image.filename}: copied.")
    return {"dataset": str(copy.id), "images": Image.objects.filter(dataset=copy).count()}


def _dataset(uid: str) -> Dataset:
    found = Dataset.objects.select_related("project").filter(pk=uid).first()
    if found is None:
        raise NotFound("The dataset or its copy was deleted.", code="dataset_gone")
    return found


def _classes(actor: Actor, project: Project, contents: Contents) -> dict[UUID, str]:
    """The class in the copy's project for each of the version: the same one, one of that name, or a new one."""
    found: dict[UUID, str] = {}
    for label in contents.classes():
        rows = LabelClass.objects.filter(project=project)
        known = rows.filter(id=label.id).first() or rows.filter(name__iexact=label.name).first()
        if known is None:
            looks = {"color": label.color, "attributes": list(label.attributes), "use": label.use}
            skeleton = {"skeleton": dict(label.skeleton)} if label.skeleton else {}
            known = create_class(actor, project, name=label.name, **looks, **skeleton)
        found[label.id] = str(known.id)
    return found


def _states(boxes: Sequence[ExportBox], classes: Mapping[UUID, str]) -> list[dict[str, Any]]:
    """The edits that add the boxes: values that were judged once, under the ids that they have."""
    edits = []
    for box in boxes:
        values = {name: getattr(box, name) for name in PATCHED}
        values["class_id"] = classes.get(box.class_id) if box.class_id else None
        values["model"] = str(box.model) if box.model else None
        uid = str(box.id)
        edits.append({"op_id": str(derived_id(uid, "copy")), "kind": "add", "box_id": uid, "patch": values})
    return edits


def _copy(copy: Dataset, original: Image, edits: Sequence[dict[str, Any]], actor: Actor) -> None:
    """The picture with its boxes and its review; nothing where the original was deleted meanwhile."""
    try:
        with transaction.atomic():
            image = _image(copy, original)
    except IntegrityError:
        return
    canvas = lock_canvas(image.id)
    boxes: dict[str, BoxState] = {}
    for start in range(0, len(edits), MAX_EDITS):
        part = edits[start : start + MAX_EDITS]
        made: dict[str, BoxState] = {edit["box_id"]: fold(None, edit, canvas.seq + 1, None) for edit in part}
        box_rows.save([(canvas.pk, {}, made)])
        append(canvas, part, actor=actor, ref=None)
        boxes |= made
    if original.state in REVIEWED:
        canvas.review_state = original.state
        patch = {
            "state": original.state,
            "review_state": original.state,
            "is_locked": original.state == "approved",
            "comment": "",
        }
        step = {
            "op_id": str(derived_id(image.id, "review")),
            "kind": "canvas",
            "box_id": None,
            "patch": patch,
        }
        append(canvas, [step], actor=actor, ref=None)
    shown = [box for box in boxes.values() if box.is_shown]
    settle_images([Growth(canvas, len(shown), sum(box.state == "proposed" for box in shown))])


def _image(copy: Dataset, original: Image) -> Image:
    """A row of the copy with an ordinal of its own and every other column of the original."""
    mine = Dataset.objects.filter(pk=copy.pk)
    if not mine.update(next_ordinal=F("next_ordinal") + 1):
        raise NotFound("The copy was deleted.", code="dataset_gone")
    taken = {
        field.attname: getattr(original, field.attname)
        for field in Image._meta.concrete_fields
        if field.name not in OWN and not field.name.startswith("archived")
    }
    ordinal = mine.values_list("next_ordinal", flat=True).get() - 1
    uid = derived_id(copy.id, original.id)
    return Image.objects.create(id=uid, tenant_id=copy.tenant_id, dataset=copy, ordinal=ordinal, **taken)

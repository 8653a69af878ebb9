"""Labelling by a model: a whole dataset as a job, or one image at once."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import orjson

from annotations.queries import canvas_state
from datasets.models import Dataset, Image
from datasets.storage import local_copy
from inference.actions.propose import Proposed, Run, propose
from inference.detection import Seen
from inference.models import DetectorModel
from inference.options import LABELLING, DetectOptions, LabelOptions, Region, Selection
from inference.queries import image_ids
from inference.warm import warm_detection
from modelship.accounts.actors import Actor
from modelship.jobs.actions import enqueue
from modelship.jobs.models import Job
from modelship.lib.errors import Conflict, Forbidden, NotFound, Unprocessable
from modelship.lib.ids import new_id
from modelship.projects.gate import can
from modelship.projects.models import Project

KIND = LABELLING


@dataclass(frozen=True)
class Labelled:
    """What labelling one image gave."""

    seq: int
    proposed: Proposed
    seen: Seen


def label_dataset(
    actor: Actor,
    dataset: Dataset,
    model: DetectorModel,
    options: LabelOptions,
    selection: Selection,
    *,
    parent: Job | None = None,
) -> tuple[Job, bool]:
    """Queue the labelling of a dataset; the same wish while it is queued or running is the same job.

    As a step of another job, `parent`, it is that one's own.

    Missing classes are only made for those who manage the project. Raises Conflict for a dataset without
    images, NotFound for an image that is not in it, Unprocessable where nothing is selected.
    """
    if dataset.kind != Dataset.Kind.IMAGES:
        raise Conflict("This dataset holds a table. Choose a dataset of images.", code="wrong_kind")
    chosen = image_ids(dataset, selection)
    if selection.images is not None and len(chosen) != len(selection.images):
        raise NotFound("An image is not in this dataset. Choose among its images.", code="unknown_image")
    if not chosen:
        raise Unprocessable("No image is selected. Add images, or choose others.", code="nothing_selected")
    args = {
        "dataset": str(dataset.id),
        "model": str(model.id),
        "options": allowed_options(actor, dataset.project, options).as_args(),
        "selection": selection.as_args(),
    }
    return enqueue(
        KIND,
        tenant=dataset.tenant,
        args=args,
        actor=actor,
        project=dataset.project,
        title=f"Label {dataset.name} with {model.name}"[:200],
        total=len(chosen),
        dedupe_key=_digest({**args, "parent": str(parent.id)} if parent else args),
        parent=parent,
    )


def label_image(
    actor: Actor, image: Image, model: DetectorModel, options: LabelOptions, region: Region | None = None
) -> Labelled:
    """Label one image, or a region of it, now. Raises what the detection raises, and Forbidden where it is approved."""
    check_labelling(image, model, region)
    return land(actor, image, model, options, look_at(actor, image, model, options.detect, region), region)


def check_labelling(image: Image, model: DetectorModel, region: Region | None) -> None:
    """Raises Forbidden for an approved image, Unprocessable for a part of one where the model names whole ones."""
    if image.state == Image.State.APPROVED:
        raise Forbidden("The image is approved. Reopen it to edit.", code="locked")
    if region and model.task == DetectorModel.Task.CLASSIFY:
        raise Unprocessable(f"{model.name} names whole pictures. Leave 'region' out.", code="whole_only")


def land(
    actor: Actor,
    image: Image,
    model: DetectorModel,
    options: LabelOptions,
    seen: Seen,
    region: Region | None,
) -> Labelled:
    """Put on the image what a model saw in it for somebody; raises the refusal where it takes no edit."""
    run_id = new_id()
    run = Run(
        id=run_id,
        actor=Actor.machine(actor.tenant, run_id, model.name, actor.user),
        model=model,
        options=allowed_options(actor, image.dataset.project, options),
    )
    proposed = propose(run, image, seen, region)
    if proposed.refusal:
        raise proposed.refusal
    seq = canvas_state(image.id).seq if proposed.seq is None else proposed.seq
    return Labelled(seq, proposed, seen)


def look_at(
    actor: Actor, image: Image, model: DetectorModel, options: DetectOptions, region: Region | None = None
) -> Seen:
    """What a model sees in a stored image, without keeping it."""
    with local_copy(image.blob) as path, warm_detection(actor.tenant.id, model) as detection:
        seen = detection.look(path, options, region)
    check_size(seen, image)
    return seen


def check_size(seen: Seen, image: Image) -> None:
    """Raises Unprocessable where the engine read another picture than the one that was let in."""
    if (seen.width, seen.height) != (image.width, image.height):
        raise Unprocessable(
            "The picture's size is not the one on record. Upload the picture again.", code="size_differs"
        )


def allowed_options(actor: Actor, project: Project, options: LabelOptions) -> LabelOptions:
    """Only who may make classes by hand makes them by a model."""
    creates = options.creates_classes and can(actor, project, "manage")
    return replace(options, creates_classes=creates)


def _digest(args: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(args, option=orjson.OPT_SORT_KEYS)).hexdigest()

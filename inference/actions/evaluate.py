"""Evaluations: queue one, write down what it sees picture by picture, delete it."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from annotations.models import LabelClass
from annotations.truth_queries import images_with_true_boxes, true_boxes
from datasets.models import Dataset, Image
from inference.detection import Seen
from inference.evaluation_order import DEFAULT_COMPARED, DEFAULT_IMAGES, MOST_IMAGES, EvaluationOrder, Way
from inference.evaluation_pictures import Reader
from inference.models import DetectorModel, EvaluatedImage, Evaluation
from inference.options import Selection
from inference.queries import image_ids
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.jobs.actions import cancel, enqueue
from modelship.jobs.models import Job
from modelship.lib.errors import Conflict, NotFound, Unprocessable

KIND = "evaluate_models"
# Images that people have reviewed, by what is taken for the truth.
REVIEWED = {
    Evaluation.Truth.APPROVED: (Image.State.APPROVED,),
    Evaluation.Truth.SUBMITTED: (Image.State.APPROVED, Image.State.SUBMITTED),
}


def queue_evaluation(
    actor: Actor, dataset: Dataset, ways: Sequence[Way], order: EvaluationOrder, selection: Selection
) -> tuple[Evaluation, Job]:
    """Queue an evaluation that the door has allowed; the same wish while it is queued or running is the same job.

    Raises Conflict for a table and for a model that finds no boxes, NotFound for an image that is not in the
    dataset, Unprocessable where nothing is selected.
    """
    if dataset.kind != Dataset.Kind.IMAGES:
        raise Conflict("This dataset holds a table. Choose a dataset of images.", code="wrong_kind")
    for way in ways:
        check_finds_boxes(way.model)
    chosen = image_ids(dataset, selection)
    if selection.images is not None and len(chosen) != len(selection.images):
        raise NotFound("An image is not in this dataset. Choose among its images.", code="unknown_image")
    if not chosen:
        raise Unprocessable("No image is selected. Add images, or choose others.", code="nothing_selected")
    return _queued(actor, dataset, ways, order, sampled(dataset, chosen, order, len(ways), selection))


def check_finds_boxes(model: DetectorModel) -> None:
    if model.task != DetectorModel.Task.DETECT:
        raise Conflict(
            f"{model.name} finds no boxes, so they can't be counted. Choose a detector.",
            code="wrong_task",
            task=model.task,
        )


def reviewed_images(dataset: Dataset, truth: str) -> set[UUID]:
    """The images whose boxes are taken for the truth."""
    if truth == Evaluation.Truth.ANY:
        return set(images_with_true_boxes(dataset).values_list("id", flat=True))
    states = REVIEWED[Evaluation.Truth(truth)]
    rows = Image.objects.kept().filter(dataset=dataset, state__in=states)
    return set(rows.values_list("id", flat=True))


def sampled(
    dataset: Dataset, chosen: Sequence[UUID], order: EvaluationOrder, ways: int, selection: Selection
) -> list[UUID]:
    """As many as are asked for, evenly spread over the gallery and always the same; reviewed ones go first.

    Where one way is measured and anything was reviewed, other images would say nothing: they are left out.
    Those that were named by their ids are all looked at, up to the limit.
    """
    usual = len(chosen) if selection.images else DEFAULT_IMAGES if ways == 1 else DEFAULT_COMPARED
    most = min(order.sample or usual, MOST_IMAGES)
    reviewed = reviewed_images(dataset, order.truth)
    first = [image_id for image_id in chosen if image_id in reviewed]
    others = [image_id for image_id in chosen if image_id not in reviewed]
    if ways == 1 and first and not selection.images:
        others = []
    taken = set(spread(first, most))
    taken |= set(spread(others, most - len(taken)))
    return [image_id for image_id in chosen if image_id in taken]


def spread(chosen: Sequence[UUID], most: int) -> list[UUID]:
    """At most so many, evenly over the whole."""
    if len(chosen) <= most:
        return list(chosen)
    return [chosen[at * len(chosen) // most] for at in range(most)]


@transaction.atomic
def _queued(
    actor: Actor, dataset: Dataset, ways: Sequence[Way], order: EvaluationOrder, images: Sequence[UUID]
) -> tuple[Evaluation, Job]:
    rows = [way.as_row() for way in ways]
    asked = {"ways": rows, "truth": order.truth, "images": [str(image_id) for image_id in images]}
    names = [way.model.name for way in ways]
    verb = f"Compare {names[0]} with {names[1]}" if len(names) > 1 else f"Measure {names[0]}"
    job, is_new = enqueue(
        KIND,
        tenant=dataset.tenant,
        args={"dataset": str(dataset.id)},
        actor=actor,
        project=dataset.project,
        title=f"{verb} on {dataset.name}"[:200],
        total=len(images),
        dedupe_key=_digest({**asked, "dataset": str(dataset.id)}),
    )
    if not is_new:
        return Evaluation.objects.get(job=job), job
    classes = LabelClass.objects.filter(project=dataset.project_id).values_list("id", "name", "color")
    evaluation = Evaluation.objects.create(
        tenant=dataset.tenant,
        project=dataset.project,
        dataset=dataset,
        job=job,
        model=ways[0].model,
        rival=ways[1].model if len(ways) > 1 else None,
        classes=[{"id": str(pk), "name": name, "color": color} for pk, name, color in classes],
        created_by=actor.user,
        **asked,
    )
    facts = {"dataset": str(dataset.id), "models": names, "images": len(images)}
    record(actor, "evaluation.requested", f"evaluation:{evaluation.id}", **facts)
    return evaluation, job


def note_image(
    evaluation: Evaluation, reader: Reader, image: Image, sights: Sequence[Seen]
) -> EvaluatedImage:
    """Write down what was seen in an image beside what is true of it at this moment.

    The caller holds the lease. Raises NotFound where the image has gone meanwhile.
    """
    state = Image.objects.kept().filter(pk=image.pk).values_list("state", flat=True).first()
    if state is None:
        raise NotFound()
    boxes = true_boxes(image.id)
    is_reviewed = (
        bool(boxes)
        if evaluation.truth == Evaluation.Truth.ANY
        else (state in REVIEWED[Evaluation.Truth(evaluation.truth)])
    )
    row = EvaluatedImage(
        evaluation=evaluation,
        image=image,
        truth=reader.truth_rows(boxes) if is_reviewed else None,
        looks=[reader.look_row(look, seen) for look, seen in enumerate(sights)],
    )
    row.counts, row.differs = reader.counts(row)
    row.save(force_insert=True)
    return row


@transaction.atomic
def delete_evaluation(actor: Actor, evaluation: Evaluation) -> None:
    """Its job ends with it."""
    if evaluation.job and evaluation.job.is_live:
        cancel(evaluation.job, actor)
    record(actor, "evaluation.deleted", f"evaluation:{evaluation.id}", dataset=str(evaluation.dataset_id))
    evaluation.delete()


def _digest(args: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(args, option=orjson.OPT_SORT_KEYS)).hexdigest()

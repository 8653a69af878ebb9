"""A copy of a dataset as it was at a version: its pictures share their bytes, its boxes their values and origin.

What people said about the pictures comes along as it is: nobody keeps what was said when.
"""

from typing import Any

from django.db import transaction

from annotations.actions.copy_image import EVERY, adding, class_in, copy_image, copy_threads
from annotations.actions.freeze import freeze_for
from annotations.contents import contents_of
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
    # What is kept from people stays so in its copy.
    audience = (
        dataset.audience if dataset.audience == Dataset.Audience.EVERYONE else Dataset.Audience.MANAGERS
    )
    copy = create_dataset(actor, project, name=name, description=dataset.description, audience=audience)
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
        classes = {label.id: class_in(actor, copy.project, label) for label in contents.classes()}
    total, done = contents.image_count(), 0
    for batch in contents.batches():
        boxes = contents.boxes([image.id for image in batch], EVERY)
        there = set(Image.objects.filter(dataset=copy).values_list("id", flat=True))
        for image in batch:
            if derived_id(copy.id, image.id) not in there:
                with ctx.fenced():
                    made = copy_image(copy, source, image, adding(boxes.get(image.id, ()), classes), actor)
                    if made is not None:
                        copy_threads(image, made)
            done += 1
            ctx.progress(done, max(total, done), f"{image.filename}: copied.")
    return {"dataset": str(copy.id), "images": Image.objects.filter(dataset=copy).count()}


def _dataset(uid: str) -> Dataset:
    found = Dataset.objects.select_related("project").filter(pk=uid).first()
    if found is None:
        raise NotFound("The dataset or its copy was deleted.", code="dataset_gone")
    return found

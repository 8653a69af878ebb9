"""What the pages count: one grouped read of the images, folded per dataset and per project."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, QuerySet, Sum
from django.urls import reverse

from datasets.models import Dataset, Image
from datasets.queries import found_datasets, images_of
from modelship.accounts.actors import Actor
from modelship.projects.models import Project

State = Image.State
# States in which a person still has something to do before review.
OPEN = (State.NEW, State.PROPOSED, State.CHANGES_REQUESTED)
COVERS = 4


@dataclass
class Tally:
    """How many pictures there are and how far they are."""

    images: int = 0
    new: int = 0
    open: int = 0
    submitted: int = 0
    approved: int = 0
    changes_requested: int = 0
    boxes: int = 0
    proposed: int = 0

    @property
    def labeled(self) -> int:
        return self.images - self.new - self.waiting

    @property
    def waiting(self) -> int:
        """Pictures with nothing but a model's proposals."""
        return self.open - self.new - self.changes_requested

    def count(self, state: str, images: int, boxes: int, proposed: int) -> None:
        self.images += images
        self.boxes += boxes
        self.proposed += proposed
        self.open += images if state in OPEN else 0
        if state in ("new", "submitted", "approved", "changes_requested"):
            setattr(self, state, getattr(self, state) + images)


def tallies_of(images: QuerySet[Image], by: str) -> dict[UUID, Tally]:
    """Tallies by `dataset_id` or `dataset__project_id`; whoever has no picture is left out."""
    found: dict[UUID, Tally] = defaultdict(Tally)
    rows = (
        images.order_by()
        .values_list(by, "state")
        .annotate(Count("id"), Sum("box_count"), Sum("proposed_count"))
    )
    for key, state, images_count, boxes, proposed in rows:
        found[key].count(state, images_count, boxes, proposed)
    return found


def project_rows(actor: Actor, projects: Sequence[Project]) -> list[dict[str, Any]]:
    """What the list shows of each project."""
    ids = [project.id for project in projects]
    tallies = tallies_of(images_of(actor).filter(dataset__project__in=ids), "dataset__project_id")
    counted = (
        found_datasets(actor)
        .filter(project__in=ids)
        .order_by()
        .values_list("project_id")
        .annotate(Count("id"), Max("updated_at"))
    )
    datasets = {project_id: (number, changed) for project_id, number, changed in counted}
    return [
        _project_row(project, tallies.get(project.id, Tally()), datasets.get(project.id))
        for project in projects
    ]


def _project_row(project: Project, tally: Tally, datasets: tuple[int, Any] | None) -> dict[str, Any]:
    number, changed = datasets or (0, project.updated_at)
    return {
        "id": project.id,
        "name": project.name,
        "datasets": number,
        "images": tally.images,
        "labeled": tally.labeled,
        "approved": tally.approved,
        "changed_at": max(changed, project.updated_at),
    }


def dataset_cards(datasets: Iterable[Dataset], tallies: dict[UUID, Tally]) -> list[dict[str, Any]]:
    """What a project shows of each dataset, with its first pictures as a cover."""
    return [
        {
            "id": dataset.id,
            "name": dataset.name,
            "images": tallies.get(dataset.id, Tally()).images,
            "labeled": tallies.get(dataset.id, Tally()).labeled,
            "approved": tallies.get(dataset.id, Tally()).approved,
            "covers": covers_of(dataset),
        }
        for dataset in datasets
    ]


def covers_of(dataset: Dataset) -> list[str]:
    rows = Image.objects.kept().filter(dataset=dataset).order_by("ordinal").values_list("id", flat=True)
    return [reverse("api-image-thumbnail", args=[image_id]) for image_id in rows[:COVERS]]


def total_of(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        for name, number in vars(tally).items():
            setattr(total, name, getattr(total, name) + number)
    return total


def next_image(dataset: Dataset) -> UUID | None:
    """Where labelling goes on: the first open picture, else one that is not approved, else the first."""
    rows = Image.objects.kept().filter(dataset=dataset).order_by("ordinal").values_list("id", flat=True)
    return rows.filter(state__in=OPEN).first() or rows.filter(state=State.LABELED).first() or rows.first()

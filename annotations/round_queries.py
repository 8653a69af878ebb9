"""Reads of blind rounds, all of them for managers: who takes part, how far they are, and whose copy is of what."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from annotations.assignment_queries import day_of
from annotations.edits import BoxState
from annotations.models import Round, RoundPicture
from annotations.queries import live_boxes_of
from annotations.review_queries import workflow_of
from datasets.audience import check_in
from datasets.models import Dataset
from modelship.accounts.actors import Actor
from modelship.jobs.queries import job_dict
from modelship.jobs.states import CANCELLED, FAILED
from modelship.lib.clock import wire
from modelship.lib.errors import NotFound

NEWEST_FIRST = ("-number",)
# Pictures whose boxes are read at once.
BATCH = 200


def rounds_of(dataset: Dataset) -> QuerySet[Round]:
    """The rounds of a dataset whose manager asks."""
    return Round.objects.filter(dataset=dataset).select_related("job__project", "dataset")


def round_for(actor: Actor, round_id: UUID) -> Round:
    """Raises NotFound for a foreign or absent one, Forbidden for who does not manage the project."""
    rows = Round.objects.select_related("dataset__project", "tenant", "job__project")
    found = rows.filter(tenant=actor.tenant, pk=round_id).first()
    if found is None:
        raise NotFound()
    check_in(actor, found.dataset, "manage")
    return found


def handed_in(found: Round) -> Q:
    """Of a round's pictures those that their person is done with, as the project's way of review has it."""
    waiting = workflow_of(found.dataset.project_id).to_do("label")
    return Q(image__isnull=False, image__archived_at__isnull=True) & ~Q(image__state__in=waiting)


def progress_of(found: Round) -> list[dict[str, Any]]:
    """For each person how many pictures they were given and handed in, and how many of those are known."""
    made = Q(pictures__image__isnull=False)
    done = Q(pictures__in=RoundPicture.objects.filter(handed_in(found), person__round=found))
    rows = found.people.annotate(
        given=Count("pictures", filter=made),
        done=Count("pictures", filter=done),
        known=Count("pictures", filter=made & Q(pictures__truth__isnull=False)),
    )
    shown = [
        {
            "user": {"id": str(row.user_id), "name": row.user.display_name, "email": row.user.email},
            "dataset": str(row.dataset_id) if row.dataset_id else None,
            "pictures": row.given,
            "handed_in": row.done,
            "known": row.known,
        }
        for row in rows.select_related("user")
    ]
    return sorted(shown, key=lambda row: (row["user"]["name"].lower(), row["user"]["email"]))


def state_of(found: Round) -> str:
    """One whose job failed or was cancelled will not open by itself."""
    if found.state == Round.State.MAKING and found.job and found.job.state in (FAILED, CANCELLED):
        return found.job.state
    return found.state


def round_dict(found: Round) -> dict[str, Any]:
    people = progress_of(found)
    return {
        "id": str(found.pk),
        "dataset": str(found.dataset_id),
        "number": found.number,
        "state": state_of(found),
        "each": found.each,
        "due": day_of(found.due_on),
        "start": found.start,
        "least_overlap": found.least_overlap,
        "quorum": found.quorum,
        "truth": {"dataset": str(found.truth_id), "share": found.share} if found.truth_id else None,
        "people": people,
        "pictures": sum(row["pictures"] for row in people),
        "handed_in": sum(row["handed_in"] for row in people),
        "created_by": str(found.created_by_id) if found.created_by_id else None,
        "created_at": wire(found.created_at),
        "opened_at": wire(found.opened_at),
        "closed_at": wire(found.closed_at),
        "job": job_dict(found.job) if found.job else None,
    }


@dataclass(slots=True)
class Shared:
    """A picture that the round is about, and the copies of those who have handed it in, by person."""

    image_id: UUID
    filename: str
    width: int
    height: int
    ordinal: int
    state: str
    given: int = 0
    copies: dict[UUID, UUID] = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        """Whether somebody is not done with it."""
        return len(self.copies) < self.given


def shared_pictures(found: Round, image_id: UUID | None = None) -> list[Shared]:
    """In the order of the dataset; one of them where it is named."""
    rows = RoundPicture.objects.filter(person__round=found, is_extra=False, original__isnull=False)
    if image_id is not None:
        rows = rows.filter(original=image_id)
    done = set(rows.filter(handed_in(found)).values_list("pk", flat=True))
    facts = [f"original__{name}" for name in ("filename", "width", "height", "ordinal", "state")]
    columns = ("pk", "original_id", "person__user_id", "image_id", *facts)
    pictures: dict[UUID, Shared] = {}
    for pk, original, person, copy, *told in rows.order_by("original__ordinal").values_list(*columns):
        picture = pictures.setdefault(original, Shared(original, *told))
        picture.given += 1
        if pk in done:
            picture.copies[person] = copy
    return list(pictures.values())


def works_on(pictures: list[Shared]) -> Iterator[tuple[Shared, dict[str, list[BoxState]]]]:
    """Each picture with what each person who handed it in says is there: what they drew or accepted."""
    for start in range(0, len(pictures), BATCH):
        part = pictures[start : start + BATCH]
        boxes = live_boxes_of([copy for picture in part for copy in picture.copies.values()])
        for picture in part:
            yield picture, {str(who): accepted(boxes[copy]) for who, copy in picture.copies.items()}


def accepted(boxes: list[BoxState]) -> list[BoxState]:
    return [box for box in boxes if box.state == "accepted"]


def names_in(found: Round) -> dict[str, str]:
    people = found.people.select_related("user")
    return {str(person.user_id): person.user.display_name for person in people}


def known_pictures(project_id: UUID) -> Mapping[UUID, list[tuple[UUID, UUID, float]]]:
    """By person the copies handed in that can be measured, each with the picture that is right, over all rounds."""
    found: dict[UUID, list[tuple[UUID, UUID, float]]] = defaultdict(list)
    waiting = workflow_of(project_id).to_do("label")
    rows = RoundPicture.objects.filter(
        person__round__dataset__project=project_id,
        truth__isnull=False,
        image__isnull=False,
        image__archived_at__isnull=True,
    ).exclude(image__state__in=waiting)
    columns = ("person__user_id", "image_id", "truth_id", "person__round__least_overlap")
    for user_id, copy, truth, least in rows.values_list(*columns):
        found[user_id].append((copy, truth, least))
    return found

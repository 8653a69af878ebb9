"""The job of a round: everybody's own dataset with their copies, then all of them are handed out at once."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from annotations.actions.canvas_log import lock_canvas
from annotations.actions.copy_image import EVERY, adding, begin_anew
from annotations.actions.rounds import discard, subject_of
from annotations.actions.tell import MY_TASKS
from annotations.export_queries import boxes_of
from annotations.models import Assignment, Round, RoundPerson, RoundPicture
from datasets.imaging.formats import format_named
from datasets.models import Dataset, Image
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.jobs.context import JobContext
from modelship.jobs.errors import Cancelled
from modelship.jobs.models import Job
from modelship.lib.clock import now
from modelship.lib.errors import NotFound
from modelship.lib.ids import derived_id
from modelship.notices.actions import News, notify
from modelship.notices.models import Notice

BATCH = 100


def run_round(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Copy picture by picture, each in one transaction, so that a killed job goes on behind the last one.

    Until the end only managers see the copies. A cancelled round leaves nothing.
    """
    found = _round(job)
    actor = Actor.machine(job.tenant, job.id, job.title, job.created_by)
    try:
        for person in found.people.select_related("user", "dataset").order_by("pk"):
            _fill(actor, found, person, ctx)
        with ctx.fenced():
            _open(found)
    except Cancelled:
        with transaction.atomic():
            discard(actor, found)
        raise
    return {"round": str(found.pk), "copies": _made(found)}


def _round(job: Job) -> Round:
    rows = Round.objects.select_related("dataset__project", "tenant", "created_by")
    found = rows.filter(pk=job.args["round"]).first()
    if found is None:
        raise NotFound("The round was taken away. Begin a new one.", code="round_gone")
    return found


def _made(found: Round) -> int:
    return RoundPicture.objects.filter(person__round=found, image__isnull=False).count()


def _fill(actor: Actor, found: Round, person: RoundPerson, ctx: JobContext) -> None:
    if person.dataset is None:
        with ctx.fenced():
            person.dataset = _own_dataset(found, person)
            person.save(update_fields=["dataset"])
    missing = RoundPicture.objects.filter(person=person, image=None, original__isnull=False)
    after = 0
    while part := list(missing.filter(place__gt=after).order_by("place")[:BATCH]):
        for picture in part:
            with ctx.fenced():
                _copy(actor, found, person.dataset, picture)
            after = picture.place
            ctx.progress(_made(found), message=f"{after:,} for {person.user.display_name}.")


def _own_dataset(found: Round, person: RoundPerson) -> Dataset:
    """Under a name that is free, and for managers alone until it is handed out."""
    project = found.dataset.project
    words = f"{found.dataset.name[:100]}, round {found.number}"
    names = (f"{words}: {person.user.display_name[:60]}", f"{words}: {person.user.email[:60]}")
    taken = set(Dataset.objects.filter(project=project, name__in=names).values_list("name", flat=True))
    free = [name for name in names if name not in taken] or [f"{words}: {person.pk}"]
    return Dataset.objects.create(
        tenant=found.tenant,
        project=project,
        name=free[0],
        automatic_versions=False,
        audience=Dataset.Audience.MANAGERS,
        kept_for=person.user,
        copy_of=found.dataset,
        created_by=found.created_by,
    )


def _copy(actor: Actor, found: Round, target: Dataset, picture: RoundPicture) -> None:
    """Known or not, every copy is made here, of the same things in the same order. In the caller's transaction."""
    original = Image.objects.select_related("blob").filter(pk=picture.original_id).first()
    if original is None:
        return
    edits: list[dict[str, Any]] = []
    if found.start == Round.Start.PRESENT:
        # While nobody edits it.
        lock_canvas(original.pk)
        boxes = boxes_of([original.pk], EVERY).get(original.pk, [])
        edits = adding(boxes, {box.class_id: str(box.class_id) for box in boxes if box.class_id})
    image = begin_anew(
        target,
        original,
        edits,
        actor,
        id=derived_id("round", picture.pk),
        filename=f"{picture.place:05d}{format_named(original.format).extension}",
        created_by_id=found.created_by_id,
    )
    RoundPicture.objects.filter(pk=picture.pk).update(image=image)


def _open(found: Round) -> None:
    """Hand everything out at once, and tell everybody what is theirs. In the caller's transaction."""
    if found.state != Round.State.MAKING:
        return
    own = Dataset.objects.filter(blind_work__round=found)
    own.update(audience=Dataset.Audience.PERSON)
    pairs = RoundPicture.objects.filter(person__round=found, image__isnull=False)
    facts = {"tenant": found.tenant, "purpose": "label", "due_on": found.due_on}
    made = [
        Assignment(image_id=image_id, user_id=user_id, created_by=found.created_by, **facts)
        for image_id, user_id in pairs.order_by("person", "place").values_list("image_id", "person__user_id")
    ]
    Assignment.objects.bulk_create(made, batch_size=500)
    for person in found.people.select_related("dataset"):
        count = sum(one.user_id == person.user_id for one in made)
        if person.dataset and count:
            _tell(found, person.user_id, person.dataset, count)
    Round.objects.filter(pk=found.pk).update(state=Round.State.OPEN, opened_at=now())
    opener = Actor(tenant=found.tenant, role="owner", user=found.created_by, name="Round")
    record(opener, "round.opened", f"round:{found.pk}", dataset=str(found.dataset_id), number=found.number)


def _tell(found: Round, user_id: UUID, dataset: Dataset, count: int) -> None:
    until = f" until {found.due_on:%-d %B %Y}" if found.due_on else ""
    pictures = "1 picture is" if count == 1 else f"{count:,} pictures are"
    text = f"{pictures} yours to label{until}: {dataset.name}."
    place = f"{reverse('dataset', args=[dataset.pk])}?{urlencode({'q': MY_TASKS})}"
    news = News(Notice.Kind.ASSIGNED, subject_of(found), text, place)
    notify(found.tenant, [user_id], news, by=None)

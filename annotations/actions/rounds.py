"""Blind rounds: begun, closed and taken away. What is kept from whom is the datasets' to say."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from annotations.models import Assignment, Round, RoundPerson, RoundPicture
from annotations.round_order import RoundOrder, TruthOrder
from annotations.round_plan import Known, Picture, plan
from annotations.version_queries import need_images
from datasets.actions.datasets import delete_dataset
from datasets.models import Dataset, Image
from datasets.queries import dataset_for
from datasets.search.matching import matching
from datasets.search.reading import search_of_line
from modelship.accounts.actors import Actor
from modelship.api.views import held
from modelship.audit.actions import record
from modelship.jobs.actions import cancel, enqueue
from modelship.jobs.models import Job
from modelship.lib.clock import now
from modelship.lib.errors import Conflict, Unprocessable
from modelship.lib.ids import new_id
from modelship.notices.actions import forget
from modelship.projects.gate import check, people_in

KIND = "annotations.round"
MOST_PICTURES, MOST_COPIES = 10_000, 50_000


@transaction.atomic
def begin_round(actor: Actor, dataset: Dataset, order: RoundOrder) -> tuple[Round, Job | None]:
    """Plan who gets what; a job makes the copies and opens the round. The same id a second time is the same round.

    Raises Forbidden for who does not manage, Unprocessable where nothing is selected, too much is, somebody may not
    label or nothing is known of what is to be measured by, NotFound for a truth that the actor does not see.
    """
    check(actor, dataset.project, "manage")
    need_images(dataset)
    # Numbers are given one after the other.
    held(dataset)
    if order.id and (known := Round.objects.filter(pk=order.id).first()):
        if known.dataset_id != dataset.pk:
            raise Conflict("This id is taken. Choose a new one.", code="exists", field="id")
        return known, known.job
    if dataset.audience == Dataset.Audience.PERSON:
        raise Unprocessable("This dataset is somebody's own copy. Begin the round where it came from.")
    _need_able(dataset, order.people)
    pictures = _pictures(dataset, order)
    uid = order.id or new_id()
    known_ones = _known(actor, dataset, order)
    found = _write(actor, dataset, order, uid)
    planned = plan(pictures, order.people, order.each, known_ones, found.seed)
    copies = [
        RoundPicture(
            person=person,
            place=place,
            original_id=one.original,
            truth_id=one.truth,
            is_extra=one.is_extra,
        )
        for person in found.people.all()
        for place, one in enumerate(planned[person.user_id], 1)
    ]
    RoundPicture.objects.bulk_create(copies, batch_size=500)
    found.job, _ = enqueue(
        KIND,
        tenant=dataset.tenant,
        args={"dataset": str(dataset.pk), "round": str(uid)},
        actor=actor,
        project=dataset.project,
        title=f"Begin round {found.number} of {dataset.name}"[:200],
        total=len(copies),
    )
    found.save(update_fields=["job"])
    facts = {"dataset": str(dataset.pk), "number": found.number, "pictures": len(pictures)}
    record(actor, "round.begun", f"round:{uid}", **facts, people=[str(one) for one in order.people])
    return found, found.job


@transaction.atomic
def close_round(actor: Actor, found: Round) -> None:
    """End the work: from now on only managers see the copies. Closing it again changes nothing.

    Raises Conflict while the copies are being made.
    """
    found = held(found)
    if found.state == Round.State.CLOSED:
        return
    if found.state != Round.State.OPEN:
        raise Conflict("The round is still being made. Cancel its job, or wait.", code="not_open")
    mine = Dataset.objects.filter(blind_work__round=found)
    mine.update(audience=Dataset.Audience.MANAGERS, updated_at=now())
    Assignment.objects.filter(image__dataset__in=mine).delete()
    Round.objects.filter(pk=found.pk).update(state=Round.State.CLOSED, closed_at=now())
    forget(found.tenant, subject_of(found))
    record(actor, "round.closed", f"round:{found.pk}", dataset=str(found.dataset_id), number=found.number)


@transaction.atomic
def delete_round(actor: Actor, found: Round) -> None:
    """Take the round away with everybody's copies and what is on them; what was taken over stays."""
    found = held(found)
    if found.job and found.job.is_live:
        cancel(found.job, actor)
    forget(found.tenant, subject_of(found))
    discard(actor, found)
    record(actor, "round.deleted", f"round:{found.pk}", dataset=str(found.dataset_id), number=found.number)


def discard(actor: Actor, found: Round) -> None:
    """The rows of a round and its copies, in the caller's transaction."""
    for dataset in Dataset.objects.filter(blind_work__round=found).order_by("pk"):
        delete_dataset(actor, dataset)
    Round.objects.filter(pk=found.pk).delete()


def subject_of(found: Round) -> str:
    return f"round:{found.pk}"


def _need_able(dataset: Dataset, people: Sequence[UUID]) -> None:
    able = {user.pk for user in people_in(dataset.project, "annotate")}
    if others := [str(person) for person in people if person not in able]:
        raise Unprocessable(
            "Not everybody named may label here. Change their role, or choose others.",
            code="not_assignable",
            people=others,
        )


def _pictures(dataset: Dataset, order: RoundOrder) -> list[Picture]:
    rows = order.selection.rows(dataset).filter(archived_at__isnull=True).order_by("ordinal")
    found = [Picture(*row) for row in rows.values_list("pk", "blob_id")[: MOST_PICTURES + 1]]
    if not found:
        raise Unprocessable("No picture is selected. Choose some first.", code="nothing_selected")
    if len(found) > MOST_PICTURES or len(found) * order.each > MOST_COPIES:
        raise Unprocessable(
            f"A round has up to {MOST_PICTURES:,} pictures and {MOST_COPIES:,} copies. Choose fewer.",
            code="too_many",
        )
    return found


def _known(actor: Actor, dataset: Dataset, order: RoundOrder) -> Known:
    if order.truth is None:
        return Known()
    rows = matching(Image.objects.kept().filter(dataset=_truth(actor, dataset, order.truth)), _line(order))
    rows = rows.filter(state=Image.State.APPROVED).order_by("ordinal")
    pictures = [Picture(*row) for row in rows.values_list("pk", "blob_id")[:MOST_PICTURES]]
    begun = None
    if order.start == Round.Start.PRESENT:
        own = Image.objects.kept().filter(dataset=dataset, blob__in=[picture.blob for picture in pictures])
        begun = dict(own.values_list("blob_id", "pk"))
        pictures = [picture for picture in pictures if picture.blob in begun]
    if not pictures:
        raise Unprocessable(
            "No approved picture is known to measure by. Copies that begin with what is on the picture are "
            "measured only by pictures that this dataset has, too.",
            code="nothing_known",
            field="truth",
        )
    return Known(pictures, order.truth.share, begun)


def _line(order: RoundOrder) -> Any:
    return search_of_line(order.truth.line if order.truth else "")


def _truth(actor: Actor, dataset: Dataset, order: TruthOrder) -> Dataset:
    found = dataset_for(actor, order.dataset, "manage")
    if found.project_id != dataset.project_id:
        raise Unprocessable("What is measured by has to be of the same project.", field="truth")
    return found


def _write(actor: Actor, dataset: Dataset, order: RoundOrder, uid: UUID) -> Round:
    last = Round.objects.filter(dataset=dataset).aggregate(last=Max("number"))["last"] or 0
    truth = order.truth
    found = Round.objects.create(
        id=uid,
        tenant=dataset.tenant,
        dataset=dataset,
        number=last + 1,
        each=order.each,
        due_on=order.due,
        start=order.start,
        least_overlap=order.least_overlap,
        quorum=order.quorum,
        selection=order.selection.as_args(),
        truth_id=truth.dataset if truth else None,
        truth_line=truth.line if truth else "",
        share=truth.share if truth else 0,
        created_by=actor.user,
    )
    RoundPerson.objects.bulk_create([RoundPerson(round=found, user_id=person) for person in order.people])
    return found

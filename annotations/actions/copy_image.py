"""A picture in another dataset: the same bytes, the same boxes under classes of the other project, a history of its own."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from annotations.actions import box_rows
from annotations.actions.bring_back import REVIEWED
from annotations.actions.canvas_log import Growth, append, lock_canvas, settle_images
from annotations.actions.labels import create_class
from annotations.actions.review import note_move
from annotations.edits import MAX_EDITS, BoxState, fold
from annotations.export_queries import Choice
from annotations.formats.records import ExportBox, ExportClass
from annotations.models import Box, Canvas, CanvasAuthor, Comment, LabelClass, Mention, Thread
from annotations.review_queries import authors_of, workflow_of
from annotations.workflow import APPROVED, OPEN, SUBMITTED
from datasets.models import Dataset, Image
from modelship.accounts.actors import Actor
from modelship.lib.errors import NotFound
from modelship.lib.ids import derived_id
from modelship.projects.models import Project

EVERY = Choice(tuple(Box.State.values))
# What is the copy's own; every other column is taken over.
OWN = (
    "id",
    "tenant",
    "dataset",
    "ordinal",
    "box_count",
    "proposed_count",
    "lowest_score",
    "highest_score",
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


def known_class(project: Project, label: ExportClass) -> str | None:
    """The id of the class in that project: the same one, or one of that name."""
    rows = LabelClass.objects.filter(project=project)
    known = rows.filter(id=label.id).first() or rows.filter(name__iexact=label.name).first()
    return None if known is None else str(known.id)


def class_in(actor: Actor, project: Project, label: ExportClass) -> str:
    """The same, or of a new class that looks like it."""
    known = known_class(project, label)
    if known is not None:
        return known
    looks = {"color": label.color, "attributes": list(label.attributes), "use": label.use}
    skeleton = {"skeleton": dict(label.skeleton)} if label.skeleton else {}
    return str(create_class(actor, project, name=label.name, **looks, **skeleton).id)


def adding(boxes: Sequence[ExportBox], classes: Mapping[UUID, str]) -> list[dict[str, Any]]:
    """The edits that add the boxes: values that were judged once, under the ids that they have."""
    edits = []
    for box in boxes:
        values = {name: getattr(box, name) for name in PATCHED}
        values["class_id"] = classes.get(box.class_id) if box.class_id else None
        values["model"] = str(box.model) if box.model else None
        uid = str(box.id)
        edits.append({"op_id": str(derived_id(uid, "copy")), "kind": "add", "box_id": uid, "patch": values})
    return edits


def copy_image(
    target: Dataset, source: Dataset, original: Image, edits: Sequence[dict[str, Any]], actor: Actor
) -> Image | None:
    """The picture with its boxes and its review, in the caller's transaction. Whose work it is stays so.

    In another project nobody has approved it: what was handed in or approved waits there for its review.

    None where the dataset holds its bytes already, or the original was deleted meanwhile. Raises
    NotFound where the dataset was.
    """
    try:
        with transaction.atomic():
            image = _image(target, original)
    except IntegrityError:
        return None
    canvas = lock_canvas(image.id)
    growth = _drawn(canvas, edits, actor)
    state = _state_in(target, source, original.state)
    if state != OPEN:
        canvas.review_state = state
        append(canvas, [_reviewing(image, state)], actor=actor, ref=None)
        note_move(canvas, OPEN, "copy")
    _credit(image, original)
    settle_images([growth])
    return image


def begin_anew(
    target: Dataset, original: Image, edits: Sequence[dict[str, Any]], actor: Actor, **own: Any
) -> Image:
    """A copy under an id, with a filename and by a maker of its `own`, that nobody has described or handed in yet.

    In the caller's transaction. Nothing on it tells of its original but its bytes, and the boxes that it begins with.
    """
    plain = {"metadata": {}, "split": "", "split_is_fixed": False}
    image = _image(target, original, **plain, **own)
    canvas = lock_canvas(image.id)
    growth = _drawn(canvas, edits, actor)
    if edits:
        _credit(image, original)
    settle_images([growth])
    return image


def _drawn(canvas: Canvas, edits: Sequence[dict[str, Any]], actor: Actor) -> Growth:
    """Put the boxes on the held canvas of a new picture; the caller settles what they come to."""
    boxes: dict[str, BoxState] = {}
    for start in range(0, len(edits), MAX_EDITS):
        part = edits[start : start + MAX_EDITS]
        made: dict[str, BoxState] = {edit["box_id"]: fold(None, edit, canvas.seq + 1, None) for edit in part}
        box_rows.save([(canvas.pk, {}, made)])
        append(canvas, part, actor=actor, ref=None)
        boxes |= made
    shown = [box for box in boxes.values() if box.is_shown]
    return Growth(canvas, len(shown), sum(box.state == "proposed" for box in shown))


def _credit(image: Image, original: Image) -> None:
    """Whose work the copy begins with."""
    CanvasAuthor.objects.bulk_create(
        [CanvasAuthor(image=image, user_id=user_id) for user_id in sorted(authors_of(original.id))]
    )


def copy_threads(original: Image, copy: Image) -> None:
    """What people said about the picture, about its copy: the same words of the same people, under ids that follow from it.

    Nobody is told: it is no news.
    """
    seq = lock_canvas(copy.id).seq
    threads = {thread.pk: thread for thread in Thread.objects.filter(image=original)}
    ids = {pk: derived_id(copy.id, pk, "thread") for pk in threads}
    said = list(Comment.objects.filter(thread__in=threads).order_by("created_at", "id"))
    told = {one.pk: derived_id(copy.id, one.pk, "comment") for one in said}
    mentions = list(Mention.objects.filter(comment__in=told))
    for pk, thread in threads.items():
        thread.pk, thread.image, thread.tenant_id, thread.seq = ids[pk], copy, copy.tenant_id, seq
    for comment in said:
        comment.pk, comment.thread_id = told[comment.pk], ids[comment.thread_id]
    for mention in mentions:
        mention.pk, mention.comment_id = None, told[mention.comment_id]
    Thread.objects.bulk_create(threads.values())
    Comment.objects.bulk_create(said)
    Mention.objects.bulk_create(mentions)


def _state_in(target: Dataset, source: Dataset, state: str) -> str:
    if state not in REVIEWED or target.project_id == source.project_id:
        return state if state in REVIEWED else OPEN
    states = workflow_of(target.project_id).states
    if state in (SUBMITTED, APPROVED):
        return SUBMITTED if SUBMITTED in states else OPEN
    return state if state in states else OPEN


def _reviewing(image: Image, state: str) -> dict[str, Any]:
    patch = {"state": state, "review_state": state, "is_locked": state == "approved", "comment": ""}
    return {
        "op_id": str(derived_id(image.id, "review")),
        "kind": "canvas",
        "box_id": None,
        "patch": patch,
    }


def _image(target: Dataset, original: Image, **own: Any) -> Image:
    """A row with an ordinal and what else is its `own`, and every other column of the original.

    The same original gives the same id, where no other one is given.
    """
    mine = Dataset.objects.filter(pk=target.pk)
    if not mine.update(next_ordinal=F("next_ordinal") + 1):
        raise NotFound("The dataset that the pictures go to was deleted.", code="dataset_gone")
    taken = {
        field.attname: getattr(original, field.attname)
        for field in Image._meta.concrete_fields
        if field.name not in OWN and not field.name.startswith("archived")
    }
    ordinal = mine.values_list("next_ordinal", flat=True).get() - 1
    mine_alone = {"id": derived_id(target.id, original.id), "ordinal": ordinal, **own}
    return Image.objects.create(**taken | mine_alone, tenant_id=target.tenant_id, dataset=target)

"""What can be done with many pictures at once: one entry each, with who may, its value, and how."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from datasets.actions.archive import archive_images, restore_images
from datasets.actions.images import delete_image
from datasets.metadata import MAX_KEYWORD_LENGTH, checked, merged
from datasets.models import Dataset, Image
from modelship.accounts.actors import Actor
from modelship.api.values import choice_of, text_of
from modelship.audit.actions import record
from modelship.lib.clock import now
from modelship.lib.errors import BadRequest, Problem

BY_HAND = "archived by hand"
UNSPLIT = "none"


@dataclass(frozen=True)
class Part:
    """Some of the pictures, whose change is one transaction of the caller's. `first` is how many came before."""

    actor: Actor
    dataset: Dataset
    image_ids: Sequence[UUID]
    first: int = 0


@dataclass(frozen=True)
class Done:
    """How many pictures are different now, and how many had to be left: they can't hold the value."""

    changed: int = 0
    refused: int = 0


def as_it_is(actor: Actor, dataset: Dataset, value: Any) -> Any:
    return value


@dataclass(frozen=True)
class BulkChange:
    """`read` takes the value out of a request's body and raises BadRequest where there is none.

    `settle` judges it by who asks and what the dataset is like, before anything changes, and returns what is
    applied, now or by a job.
    """

    name: str
    title: str
    need: str
    read: Callable[[dict[str, Any]], Any]
    apply: Callable[[Part, Any], Done]
    is_final: bool = False
    # How many change in one transaction at most: more would keep the request, and everybody who writes, waiting.
    at_once: int = 500
    settle: Callable[[Actor, Dataset, Any], Any] = as_it_is


def _nothing(data: dict[str, Any]) -> None:
    if data.get("value") is not None:
        raise BadRequest("This takes no 'value'. Leave it out.", field="value")


def _split(data: dict[str, Any]) -> str:
    return choice_of(data, "value", (*Image.Split.values, UNSPLIT))


def _keyword(data: dict[str, Any]) -> str:
    return text_of(data, "value", most=MAX_KEYWORD_LENGTH)


def _patch(data: dict[str, Any]) -> dict[str, Any]:
    value = data.get("value")
    if not isinstance(value, dict) or not value:
        raise BadRequest(
            "'value' must be an object of metadata to merge in; null removes a key.", field="value"
        )
    checked(merged({}, value))
    return value


def _archive(part: Part, value: None) -> Done:
    return Done(archive_images(part.actor, part.dataset, part.image_ids, BY_HAND))


def _restore(part: Part, value: None) -> Done:
    return Done(restore_images(part.actor, part.dataset, part.image_ids))


def _delete(part: Part, value: None) -> Done:
    rows = Image.objects.filter(dataset=part.dataset, pk__in=part.image_ids).select_related("blob")
    images = list(rows.select_for_update(of=("self",)).order_by("pk"))
    for image in images:
        delete_image(part.actor, image)
    return Done(len(images))


def _set_split(part: Part, value: str) -> Done:
    """What a person puts on a side stays there when the dataset is dealt out; on none it is free again."""
    split = "" if value == UNSPLIT else value
    rows = Image.objects.filter(dataset=part.dataset, pk__in=part.image_ids)
    others = rows.exclude(split=split, split_is_fixed=bool(split)).select_for_update(of=("self",))
    moved = list(others.order_by("pk").values_list("pk", flat=True))
    if moved:
        Image.objects.filter(pk__in=moved).update(split=split, split_is_fixed=bool(split), updated_at=now())
        _record(part, "images.put_in_split", moved, split=split)
    return Done(len(moved))


def _add_keyword(part: Part, value: str) -> Done:
    def with_it(metadata: dict[str, Any]) -> dict[str, Any]:
        words = metadata.get("keywords", [])
        return metadata if value in words else {**metadata, "keywords": [*words, value]}

    return _change_metadata(part, with_it, keyword=value)


def _remove_keyword(part: Part, value: str) -> Done:
    def without_it(metadata: dict[str, Any]) -> dict[str, Any]:
        words = metadata.get("keywords", [])
        if value not in words:
            return metadata
        return {**metadata, "keywords": [word for word in words if word != value]}

    return _change_metadata(part, without_it, keyword=value)


def _merge_metadata(part: Part, value: dict[str, Any]) -> Done:
    return _change_metadata(part, lambda metadata: merged(metadata, value), metadata_keys=sorted(value))


def _change_metadata(part: Part, change: Callable[[dict[str, Any]], dict[str, Any]], **facts: Any) -> Done:
    """A picture that is approved, or whose metadata would grow beyond its limits, stays as it is, and is counted."""
    rows = Image.objects.filter(dataset=part.dataset, pk__in=part.image_ids)
    changed, refused = [], 0
    for image in rows.select_for_update(of=("self",)).order_by("pk"):
        if image.state == Image.State.APPROVED:
            refused += 1
            continue
        try:
            after = checked(change(image.metadata))
        except Problem:
            refused += 1
            continue
        if after != image.metadata:
            image.metadata, image.updated_at = after, now()
            changed.append(image)
    if changed:
        Image.objects.bulk_update(changed, ["metadata", "updated_at"])
        _record(part, "images.changed", [image.pk for image in changed], **facts)
    return Done(len(changed), refused)


def _record(part: Part, event: str, image_ids: Sequence[UUID], **facts: Any) -> None:
    record(part.actor, event, f"dataset:{part.dataset.id}", **facts, images=[str(pk) for pk in image_ids])


CHANGES = (
    BulkChange("archive", "Archive pictures", "manage", _nothing, _archive),
    BulkChange("restore", "Restore pictures", "manage", _nothing, _restore),
    BulkChange("delete", "Delete pictures", "manage", _nothing, _delete, is_final=True, at_once=50),
    BulkChange("split", "Set the split", "manage", _split, _set_split),
    BulkChange("add_keyword", "Add a keyword", "annotate", _keyword, _add_keyword),
    BulkChange("remove_keyword", "Remove a keyword", "annotate", _keyword, _remove_keyword),
    BulkChange("metadata", "Set metadata", "annotate", _patch, _merge_metadata),
)
BY_NAME = {change.name: change for change in CHANGES}


def register(*changes: BulkChange) -> None:
    """Make changes of layers above known, when their app is ready; one name twice is an error."""
    for change in changes:
        if change.name in BY_NAME:
            raise ValueError(f"The bulk change {change.name} is already registered.")
        BY_NAME[change.name] = change

"""Reads for dealing pictures out: what each brings, and how many of each class are on which side."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Count

from annotations.models import Box, LabelClass
from datasets.models import Dataset, Image
from datasets.near_duplicates import chains_of
from datasets.splitting import NAMES, NEAR_BITS, Item, Rule

CHUNK = 2_000
# A dataset's path is grouped by its folder.
PATH = "path"
NONE = "none"


def items_of(dataset: Dataset, rule: Rule) -> list[Item]:
    """The kept pictures of the dataset with what the rule has to know of them."""
    boxes = _boxes(dataset)
    columns = ("id", "split", "split_is_fixed", "phash", "metadata", "intrinsic")
    rows = Image.objects.kept().filter(dataset=dataset).order_by("ordinal").values_list(*columns)
    found: list[tuple[UUID, str, bool, int | None, str]] = []
    for uid, split, is_fixed, phash, metadata, intrinsic in rows.iterator(chunk_size=CHUNK):
        found.append((uid, split, is_fixed, phash, _group(rule.group, metadata, intrinsic)))
    hashes = {str(row[0]): row[3] for row in found if row[3] is not None}
    near = chains_of(hashes, NEAR_BITS) if rule.near_duplicates else {}
    return [
        Item(
            key=str(uid),
            ties=_ties(group, near.get(str(uid))),
            boxes=boxes.get(uid, {}),
            split=split,
            is_fixed=is_fixed,
        )
        for uid, split, is_fixed, _, group in found
    ]


def counts_of_splits(items: Iterable[Item], sides: Mapping[str, str]) -> dict[str, Any]:
    """Pictures, and accepted boxes by class, on each side; `none` are those without one."""
    pictures: Counter[str] = Counter()
    boxes: dict[str, Counter[str]] = {name: Counter() for name in (*NAMES, NONE)}
    for item in items:
        side = sides.get(item.key) or NONE
        pictures[side] += 1
        boxes[side].update(item.boxes)
    return {name: {"images": pictures[name], "boxes": dict(sorted(boxes[name].items()))} for name in boxes}


def splits_now(dataset: Dataset) -> dict[str, Any]:
    """The same of the dataset as it is, counted by the database."""
    images = Image.objects.kept().filter(dataset=dataset)
    pictures = dict(images.order_by().values_list("split").annotate(Count("pk")))
    rows = (
        _accepted(dataset)
        .filter(canvas__image__archived_at__isnull=True)
        .values_list("canvas__image__split", "label_id")
        .annotate(Count("pk"))
    )
    boxes: dict[str, dict[str, int]] = defaultdict(dict)
    for split, label, count in rows:
        boxes[split][str(label)] = count
    sides = {**{name: name for name in NAMES}, NONE: ""}
    return {
        name: {"images": pictures.get(split, 0), "boxes": dict(sorted(boxes[split].items()))}
        for name, split in sides.items()
    }


def class_names(dataset: Dataset) -> dict[str, str]:
    rows = LabelClass.objects.filter(project_id=dataset.project_id).values_list("id", "name")
    return {str(uid): name for uid, name in rows}


def _boxes(dataset: Dataset) -> dict[UUID, dict[str, int]]:
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    rows = _accepted(dataset).order_by().values_list("canvas_id", "label_id").annotate(Count("pk"))
    for image_id, label, count in rows.iterator(chunk_size=CHUNK):
        found[image_id][str(label)] = count
    return found


def _accepted(dataset: Dataset) -> Any:
    rows = Box.objects.filter(canvas__image__dataset=dataset, deleted=False, state=Box.State.ACCEPTED)
    return rows.filter(label__isnull=False).order_by()


def _group(key: str, metadata: Mapping[str, Any], intrinsic: Mapping[str, Any]) -> str:
    """The value of the picture's group; empty for a picture that stands alone."""
    if not key:
        return ""
    value = metadata.get(key, intrinsic.get(key))
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value).rpartition("/")[0] if key == PATH else str(value)


def _ties(group: str, near: int | None) -> tuple[str, ...]:
    ties = (f"group {group}",) if group else ()
    return ties if near is None else (*ties, f"near {near}")

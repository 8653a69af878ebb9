"""Reads of what differs between two moments of a dataset; only canvases whose revision differs are folded."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from annotations.diffing import BoxChange, diff_boxes, diff_classes
from annotations.diffing.boxes import WORDS, plain
from annotations.edits import BoxState, fold_log
from annotations.export_queries import classes_for_export
from annotations.models import CanvasEdit
from annotations.pair_queries import CHANGES, Pair, Standing, batch_of_pairs, count_pairs, pair_of, pairs
from annotations.version_queries import version_for
from datasets.models import Dataset, DatasetVersion, Image
from modelship.accounts.actors import Actor
from modelship.lib.errors import NotFound

LOG_CHUNK = 500
# Boxes are counted on so many images while somebody waits for the answer.
COUNTED = 2_000
FOLDED_AT_ONCE = 100
BOX_WORDS = ("added", "removed", *WORDS)
Boxes = dict[str, BoxState]


@dataclass(frozen=True, slots=True)
class Moments:
    """The two moments that are compared; `after` None is now."""

    dataset: Dataset
    before: DatasetVersion
    after: DatasetVersion | None

    @classmethod
    def of(cls, actor: Actor, dataset: Dataset, before: int, after: int | None) -> "Moments":
        """Raises NotFound for an absent version, and as the gate does."""
        later = None if after is None else version_for(actor, dataset, after)
        return cls(dataset, version_for(actor, dataset, before), later)

    def wire(self) -> dict[str, Any]:
        return {"from": self.before.number, "to": self.after.number if self.after else "now"}

    def classes(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        if self.after is not None:
            return self.before.classes, self.after.classes
        now = [{**known.wire(), "id": str(known.id)} for known in classes_for_export(self.dataset.project_id)]
        return self.before.classes, now


def diff_summary(moments: Moments) -> dict[str, Any]:
    """Counts of images, boxes and classes that differ.

    Boxes are counted on the first COUNTED images whose revisions differ; `is_complete` says whether those
    are all. Of them, images that came back to what they were are not counted as changed.
    """
    images = count_pairs(moments.before, moments.after)
    different = sum(images[word] for word in CHANGES)
    boxes: Counter[str] = Counter()
    counted = 0
    for batch in pairs(moments.before, moments.after):
        for pair, changes in changes_of(batch[: COUNTED - counted]):
            boxes.update(_counts(changes))
            images["changed"] -= not _is_different(pair, changes)
        counted += len(batch[: COUNTED - counted])
        if counted >= COUNTED:
            break
    return {
        "images": images,
        "boxes": {word: boxes[word] for word in BOX_WORDS},
        "classes": diff_classes(*moments.classes()),
        "is_complete": counted >= different,
        "counted": counted,
    }


def diff_page(
    moments: Moments, *, beyond: int, limit: int, change: str = ""
) -> tuple[list[dict[str, Any]], int | None]:
    """Images that differ, by ordinal, after the ordinal `beyond`, and the ordinal to go on from, if there may be more.

    It looks at COUNTED images at most, so a page may be short where many came back to what they were.
    """
    rows: list[dict[str, Any]] = []
    looked = 0
    while looked < COUNTED:
        found = batch_of_pairs(moments.before, moments.after, beyond, limit=FOLDED_AT_ONCE, change=change)
        if not found:
            return rows, None
        for pair, changes in changes_of(found):
            looked += 1
            if _is_different(pair, changes):
                if len(rows) == limit:
                    return rows, beyond
                rows.append({**_entry(pair), "counts": _counts(changes)})
            beyond = pair.ordinal
        if len(found) < FOLDED_AT_ONCE:
            return rows, None
    return rows, beyond


def _is_different(pair: Pair, changes: Sequence[BoxChange]) -> bool:
    """Another revision alone is no difference: what was changed may have been changed back."""
    if changes or pair.before is None or pair.after is None:
        return True
    return pair.before[1:] != pair.after[1:]


def diff_image(moments: Moments, image: Image) -> dict[str, Any]:
    """One image box by box; `unchanged` are the boxes that are the same at both moments."""
    pair = pair_of(moments.before, moments.after, image.pk)
    if pair is None:
        raise NotFound()
    ((_, before, after),) = _folded([pair])
    changes = diff_boxes(before, after)
    different = {change.box_id for change in changes}
    same = [plain(box) for uid, box in after.items() if not box.deleted and uid not in different]
    return {
        **_entry(pair),
        "width": image.width,
        "height": image.height,
        "counts": _counts(changes),
        "boxes": [_change_dict(change) for change in changes],
        "unchanged": same,
    }


def changes_of(found: Sequence[Pair]) -> Iterator[tuple[Pair, list[BoxChange]]]:
    """Each pair with the boxes that differ; memory holds the canvases of a few images."""
    for start in range(0, len(found), FOLDED_AT_ONCE):
        for pair, before, after in _folded(found[start : start + FOLDED_AT_ONCE]):
            yield pair, diff_boxes(before, after)


def _folded(found: Sequence[Pair]) -> Iterator[tuple[Pair, Boxes, Boxes]]:
    """Each pair with its boxes at both moments; where the revision is the same there is nothing to fold."""
    ids = [pair.image_id for pair in found if pair.before is None or pair.after is None or _moved(pair)]
    rows = CanvasEdit.objects.filter(canvas_id__in=ids).order_by("canvas_id", "seq")
    columns = rows.values_list("canvas_id", "seq", "actor", "edits").iterator(chunk_size=LOG_CHUNK)
    wanted = {pair.image_id: pair for pair in found}
    states: dict[UUID, tuple[Boxes, Boxes]] = {}
    for image_id, batches in groupby(columns, key=itemgetter(0)):
        pair = wanted[image_id]
        states[image_id] = _at_both(batches, _seq(pair.before), _seq(pair.after))
    for pair in found:
        yield pair, *states.get(pair.image_id, ({}, {}))


def _moved(pair: Pair) -> bool:
    return _seq(pair.before) != _seq(pair.after)


def _seq(standing: Standing | None) -> int:
    return standing.seq if standing else 0


def _at_both(batches: Iterator[tuple[Any, ...]], first: int, second: int) -> tuple[Boxes, Boxes]:
    """The boxes at two revisions, in one pass."""
    low, high = sorted((first, second))
    early: list[dict[str, Any]] = []
    late: list[dict[str, Any]] = []
    for _, seq, actor, edits in batches:
        if seq <= high:
            (early if seq <= low else late).append({"seq": seq, "actor": actor, "edits": edits})
    start = fold_log(early)
    end = fold_log(late, start)
    return (start, end) if first <= second else (end, start)


def _counts(changes: Sequence[BoxChange]) -> dict[str, int]:
    counted = Counter(word for change in changes for word in change.words)
    return {word: counted[word] for word in BOX_WORDS if counted[word]}


def _entry(pair: Pair) -> dict[str, Any]:
    latest = pair.after or pair.before
    assert latest is not None
    return {
        "image": str(pair.image_id),
        "ordinal": pair.ordinal,
        "change": pair.change,
        "filename": latest.filename,
        "before": pair.before._asdict() if pair.before else None,
        "after": pair.after._asdict() if pair.after else None,
    }


def _change_dict(change: BoxChange) -> dict[str, Any]:
    return {
        "box_id": change.box_id,
        "words": list(change.words),
        "iou": change.iou,
        "before": plain(change.before),
        "after": plain(change.after),
    }

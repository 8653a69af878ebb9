"""Two moments of a dataset side by side, image by image: what a comparison and a rollback have to look at.

The revisions are compared in the database, so what did not change costs no reading.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from annotations.models import FrozenCanvas
from datasets.models import DatasetVersion, Image

BATCH = 500
FACTS = ("seq", "filename", "state", "split")
CHANGES = ("changed", "added", "removed")


class Standing(NamedTuple):
    """Where an image stood at one moment."""

    seq: int
    filename: str
    state: str
    split: str


class Pair(NamedTuple):
    """An image that differs; None for the moment at which the dataset did not have it."""

    image_id: UUID
    ordinal: int
    before: Standing | None
    after: Standing | None

    @property
    def change(self) -> str:
        """One of CHANGES."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


def pairs(before: DatasetVersion, after: DatasetVersion | None, *, beyond: int = 0) -> Iterator[list[Pair]]:
    """Batches of the images that differ, by ordinal, after the ordinal `beyond`; `after` None is now."""
    while found := batch_of_pairs(before, after, beyond):
        yield found
        if len(found) < BATCH:
            # To look for more would be to go through all images once more.
            return
        beyond = found[-1].ordinal


def batch_of_pairs(
    before: DatasetVersion,
    after: DatasetVersion | None,
    beyond: int = 0,
    *,
    limit: int = BATCH,
    change: str = "",
) -> list[Pair]:
    """The first of the images that differ and whose ordinal is greater than `beyond`.

    `change` is one of CHANGES, or empty for all.
    """
    found = []
    if change != "added":
        old = _changed_or_gone(before, after).filter(ordinal__gt=beyond).order_by("ordinal")
        if change:
            old = old.filter(other_seq__isnull=change == "removed")
        found = [_pair(row) for row in old.values_list(*COLUMNS)[:limit]]
    if change in ("", "added"):
        new = _come(before, after).filter(ordinal__gt=beyond).order_by("ordinal")
        for image_id, ordinal, *facts in new[:limit]:
            found.append(Pair(image_id, ordinal, None, Standing(*facts)))
    return sorted(found, key=lambda pair: pair.ordinal)[:limit]


def pair_of(before: DatasetVersion, after: DatasetVersion | None, image_id: UUID) -> Pair | None:
    """One image at both moments, whether it differs or not; None where neither has it."""
    old = FrozenCanvas.objects.filter(version=before, image=image_id)
    if after is None:
        images = Image.objects.kept().filter(dataset_id=before.dataset_id, pk=image_id)
        new: QuerySet[Any, Any] = images.annotate(seq=Coalesce("canvas__seq", Value(0))).values_list(
            "ordinal", *FACTS
        )
    else:
        rows = FrozenCanvas.objects.filter(version=after, image=image_id)
        new = rows.values_list("ordinal", *FACTS)
    was, now = old.values_list("ordinal", *FACTS).first(), new.first()
    ordinal = (was or now or (None,))[0]
    if ordinal is None:
        return None
    return Pair(image_id, ordinal, was and Standing(*was[1:]), now and Standing(*now[1:]))


def count_pairs(before: DatasetVersion, after: DatasetVersion | None) -> dict[str, int]:
    """How many images came, went, and changed; of those how many have another name or split."""
    rows = _changed_or_gone(before, after)
    is_there = Q(other_seq__isnull=False)
    counts: dict[str, int] = rows.aggregate(
        removed=Count("pk", filter=Q(other_seq__isnull=True)),
        changed=Count("pk", filter=is_there),
        renamed=Count("pk", filter=is_there & ~Q(filename=F("other_filename"))),
        resplit=Count("pk", filter=is_there & ~Q(split=F("other_split"))),
    )
    return {"added": _come(before, after).count(), **counts}


COLUMNS = ("image_id", "ordinal", *FACTS, *(f"other_{name}" for name in FACTS))


def _pair(row: Sequence[Any]) -> Pair:
    image_id, ordinal, *facts = row
    before, after = Standing(*facts[:4]), Standing(*facts[4:])
    return Pair(image_id, ordinal, before, None if after.seq is None else after)


def _changed_or_gone(before: DatasetVersion, after: DatasetVersion | None) -> QuerySet[FrozenCanvas]:
    # The join with the image drops rows without one.
    rows = FrozenCanvas.objects.filter(version=before, image__dataset__isnull=False)
    if after is None:
        seq = Case(
            When(image__archived_at__isnull=True, then=Coalesce("image__canvas__seq", Value(0))),
            default=None,
            output_field=BigIntegerField(),
        )
        rows = rows.annotate(other_seq=seq, **{f"other_{name}": F(f"image__{name}") for name in FACTS[1:]})
    else:
        other = FilteredRelation("image__frozen", condition=Q(image__frozen__version=after))
        rows = rows.annotate(other=other)
        rows = rows.annotate(**{f"other_{name}": F(f"other__{name}") for name in FACTS})
    same = Q(**{name: F(f"other_{name}") for name in FACTS})
    return rows.filter(Q(other_seq__isnull=True) | ~same)


def _come(before: DatasetVersion, after: DatasetVersion | None) -> QuerySet[Any, Any]:
    """Images that only the second moment has, as values of COLUMNS but for the other's."""
    theirs = FrozenCanvas.objects.filter(version=before)
    if after is None:
        images = Image.objects.kept().filter(dataset_id=before.dataset_id)
        images = images.filter(~Exists(theirs.filter(image=OuterRef("pk"))))
        seqs = images.annotate(seq=Coalesce("canvas__seq", Value(0)))
        return seqs.values_list("id", "ordinal", *FACTS)
    rows = FrozenCanvas.objects.filter(version=after, image__dataset__isnull=False)
    return rows.filter(~Exists(theirs.filter(image=OuterRef("image")))).values_list(
        "image_id", "ordinal", *FACTS
    )

"""What pictures say of their boxes, for lists, beside what their boxes say: the two must never differ."""

from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from annotations.models import Box
from annotations.queries import first_score
from datasets.models import Image

STORED = ("box_count", "proposed_count", "lowest_score", "highest_score")
TRUE = ("true_boxes", "true_proposals", "true_lowest", "true_highest")


class Counters(NamedTuple):
    """How many boxes and proposals are in sight, and the extreme scores among the proposals."""

    boxes: int
    proposals: int
    lowest_score: float | None
    highest_score: float | None


class Miscount(NamedTuple):
    image_id: UUID
    stored: Counters
    true: Counters


def miscounts(images: QuerySet[Image]) -> list[Miscount]:
    """Those of the images whose counters are not what their boxes say."""
    shown = Box.objects.filter(canvas=OuterRef("pk"), deleted=False).exclude(state=Box.State.REJECTED)
    rows = images.annotate(
        true_boxes=_number(shown),
        true_proposals=_number(shown.filter(state=Box.State.PROPOSED)),
        true_lowest=first_score("score"),
        true_highest=first_score("-score"),
    )
    right = Q(box_count=F("true_boxes"), proposed_count=F("true_proposals"))
    for name in ("lowest", "highest"):
        is_unscored = Q(**{f"{name}_score__isnull": True, f"true_{name}__isnull": True})
        right &= Q(**{f"{name}_score": F(f"true_{name}")}) | is_unscored
    found = rows.exclude(right).order_by("pk").values_list("pk", *STORED, *TRUE)
    return [Miscount(uid, Counters(*rest[:4]), Counters(*rest[4:])) for uid, *rest in found]


def _number(boxes: QuerySet[Box]) -> Coalesce:
    counted = boxes.order_by().values("canvas").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)

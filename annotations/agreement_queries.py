"""How far the people of a round agree: over all its pictures, for each of them, and what they agree on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, Max, Sum

from annotations.agreement import Agreement, Consensus, Tally, consensus, objects_of, reach_in
from annotations.edits import BoxState
from annotations.models import LabelClass, Round, RoundPicture
from annotations.round_queries import (
    Shared,
    handed_in,
    names_in,
    round_dict,
    shared_pictures,
    works_on,
)
from modelship.lib.errors import NotFound
from modelship.lib.ids import derived_id

KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the people who handed a picture in say of it."""

    picture: Shared
    works: Mapping[str, Sequence[BoxState]]
    consensus: Consensus

    @property
    def is_agreed(self) -> bool:
        return not self.consensus.disputes


class Standing(NamedTuple):
    """A picture in the order of the report."""

    picture: Shared
    agreement: float | None
    agreed: int
    disputes: int


def quorum_of(found: Round, people: int) -> int:
    """How many of so many people have to say the same: as the round has it, or more than half."""
    return min(found.quorum, people) if found.quorum else people // 2 + 1


def opinion_of(found: Round, picture: Shared, works: Mapping[str, Sequence[BoxState]]) -> Opinion:
    reach = reach_in(picture.width, picture.height)
    objects = objects_of(works, found.least_overlap, reach)
    return Opinion(picture, works, consensus(objects, works, quorum_of(found, len(works)), reach))


def opinion_on(found: Round, image_id: UUID) -> Opinion:
    """One picture of the round. Raises NotFound for any other."""
    for picture, works in works_on(shared_pictures(found, image_id)):
        return opinion_of(found, picture, works)
    raise NotFound()


def report_of(found: Round) -> dict[str, Any]:
    """Kept until somebody hands in, takes back or changes one of the copies."""
    key = f"agreement/{found.pk}/{_mark(found)}"
    known: dict[str, Any] | None = cache.get(key)
    if known is None:
        known = _report(found)
        cache.set(key, known, KEPT_SECONDS)
    return {"round": round_dict(found), **known}


def _mark(found: Round) -> str:
    """Differs whenever the report would."""
    rows = RoundPicture.objects.filter(handed_in(found), person__round=found)
    told = rows.aggregate(count=Count("pk"), seqs=Sum("image__canvas__seq"), last=Max("image__updated_at"))
    return f"{told['count']}-{told['seqs']}-{told['last']}"


def _report(found: Round) -> dict[str, Any]:
    tally, standings = Tally(found.least_overlap), []
    for picture, works in works_on(shared_pictures(found)):
        agreement = tally.add(works, reach_in(picture.width, picture.height))
        opinion = opinion_of(found, picture, works) if works else None
        agreed, disputes = (
            (len(opinion.consensus.agreed), len(opinion.consensus.disputes)) if opinion else (0, 0)
        )
        standings.append(Standing(picture, agreement, agreed, disputes))
    # What nobody can be compared about comes last.
    standings.sort(key=lambda one: (one.agreement is None, one.agreement or 0.0, one.picture.ordinal))
    result = tally.result()
    names = ("pictures", "objects", "kappa", "alpha", "f1", "mean_overlap")
    return {
        "agreement": {name: _told(getattr(result, name)) for name in names},
        "pairs": _pair_dicts(found, result),
        "classes": _class_dicts(found, result),
        "pictures": [_picture_dict(one) for one in standings],
    }


def _pair_dicts(found: Round, result: Agreement) -> list[dict[str, Any]]:
    names = names_in(found)
    return [
        {
            "people": [{"id": who, "name": names.get(who, "Somebody")} for who in pair.people],
            "pictures": pair.pictures,
            "objects": pair.objects,
            "kappa": rounded(pair.kappa),
            "f1": rounded(pair.f1),
            "mean_overlap": rounded(pair.mean_overlap),
        }
        for pair in result.pairs
    ]


def _class_dicts(found: Round, result: Agreement) -> list[dict[str, Any]]:
    rows = LabelClass.objects.filter(project=found.dataset.project_id).values_list("id", "name", "color")
    labels = {str(uid): (name, color) for uid, name, color in rows}
    return [
        {
            "id": one.class_id,
            "name": labels.get(one.class_id or "", (None, None))[0],
            "color": labels.get(one.class_id or "", (None, None))[1],
            "objects": one.objects,
            "f1": rounded(one.f1),
            "mean_overlap": rounded(one.mean_overlap),
        }
        for one in result.classes
    ]


def _told(value: float | None) -> float | None:
    return value if isinstance(value, int) else rounded(value)


def _picture_dict(one: Standing) -> dict[str, Any]:
    picture = one.picture
    return {
        "image": str(picture.image_id),
        "filename": picture.filename,
        "state": picture.state,
        "given": picture.given,
        "handed_in": len(picture.copies),
        "agreement": rounded(one.agreement),
        "agreed": one.agreed,
        "disputes": one.disputes,
    }


def opinion_dict(found: Round, opinion: Opinion) -> dict[str, Any]:
    """One picture with everybody's work, what is agreed on, and what has to be decided."""
    names, picture = names_in(found), opinion.picture
    return {
        "round": str(found.pk),
        "image": str(picture.image_id),
        "filename": picture.filename,
        "width": picture.width,
        "height": picture.height,
        "state": picture.state,
        "waits": picture.waits,
        "people": [
            {"id": who, "name": names.get(who, "Somebody"), "boxes": [mark_dict(box) for box in boxes]}
            for who, boxes in sorted(opinion.works.items(), key=lambda one: names.get(one[0], ""))
        ],
        "agreed": [
            {"box": mark_dict(one.box), "people": list(one.people), "overlap": rounded(one.overlap)}
            for one in opinion.consensus.agreed
        ],
        "disputes": [
            {
                "id": dispute_id(one.marks),
                "marks": [
                    {"person": who, "name": names.get(who, "Somebody"), "box": mark_dict(box)}
                    for who, box in sorted(one.marks.items())
                ],
            }
            for one in opinion.consensus.disputes
        ],
    }


def dispute_id(marks: Mapping[str, BoxState]) -> str:
    """The same marks are the same dispute, whoever asks and whenever."""
    return str(derived_id("dispute", *(f"{who}:{marks[who].id}" for who in sorted(marks))))


def mark_dict(box: BoxState) -> dict[str, Any]:
    names = ("id", "class_id", "shape", "x", "y", "w", "h", "rotation", "points", "attributes")
    return {name: getattr(box, name) for name in names}


def rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)

"""What is advised for labelling a dataset in slices, and how long each choice would take."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings

from annotations.queries import object_sizes
from datasets.models import Dataset, Image
from inference.engine.advice import Advice, Cut, Size, advise, looks_of
from inference.models import DetectorModel, ImageRun
from inference.options import DEFAULT_OVERLAP, LABELLING, ON_ARRIVAL
from modelship.jobs.models import Job

# The pictures that speak for the dataset, and how many of their objects do.
SAMPLE, MOST_OBJECTS = 500, 5_000
# What the form offers beside the advice.
OFFERED = (320, 512, 640, 1024)
JOBS_READ, RUNS_READ = 3, 200


def advice_for(dataset: Dataset, model: DetectorModel, *, cut: Cut | None = None) -> dict[str, Any]:
    """The advice, and `plans` with looks a picture and seconds for all: one for each choice that the form offers.

    `cut` adds a choice of one's own. Seconds are null where the model has not been timed yet.
    """
    kept = Image.objects.kept().filter(dataset=dataset)
    pictures = list(kept.order_by("-ordinal").values_list("width", "height")[:SAMPLE])
    seen = list(kept.filter(box_count__gt=0).order_by("-ordinal").values_list("id", flat=True)[:SAMPLE])
    advice = advise(object_sizes(seen, most=MOST_OBJECTS), pictures, (model.input_width, model.input_height))
    total, pace = kept.count(), seconds_a_look(model, dataset.tenant_id)
    cuts = _cuts(advice, cut)
    return {
        "model": {"id": str(model.id), "name": model.name},
        "images": total,
        "objects": _objects(advice),
        "suggested": _cut(advice.cut) if advice else None,
        "is_whole_enough": advice is not None and advice.cut is None,
        "plans": [_plan(one, pictures, total, pace) for one in cuts],
    }


def seconds_a_look(model: DetectorModel, tenant_id: UUID) -> float | None:
    """From the tenant's last jobs with the model, or else from its self-test; None where neither tells."""
    jobs = Job.objects.filter(tenant=tenant_id, kind__in=(LABELLING, ON_ARRIVAL), args__model=str(model.id))
    spent = looks = 0
    for job in jobs.order_by("-created_at")[:JOBS_READ]:
        slicing = job.args["options"]["slicing"]
        rows = ImageRun.objects.filter(job=job).values_list("milliseconds", "image__width", "image__height")
        for milliseconds, width, height in rows[:RUNS_READ]:
            spent += milliseconds
            looks += looks_of((width, height), _cut_of(slicing))
    told = model.proof.get("milliseconds")
    return spent / looks / 1000 if looks else told / 1000 if told else None


def _cut_of(slicing: dict[str, Any] | None) -> Cut | None:
    """The engine's settings as a square cut of about as many slices."""
    if slicing is None:
        return None
    return Cut(min(slicing["width"], slicing["height"]), slicing["overlap"])


def _cuts(advice: Advice | None, own: Cut | None) -> list[Cut | None]:
    cuts: list[Cut | None] = [None, *(Cut(side, DEFAULT_OVERLAP) for side in OFFERED)]
    more = [advice.cut if advice else None, own]
    return [*cuts, *(cut for cut in dict.fromkeys(more) if cut and cut not in cuts)]


def _plan(cut: Cut | None, pictures: Sequence[Size], total: int, pace: float | None) -> dict[str, Any]:
    """`pictures` speak for all: their mean number of looks is that of the dataset."""
    looks = sum(looks_of(picture, cut) for picture in pictures) / max(1, len(pictures))
    lanes = max(1, min(settings.MODELSHIP_INFERENCE_SESSIONS, total))
    seconds = None if pace is None else round(looks * total * pace / lanes, 1)
    return {"slice": _cut(cut), "looks": round(looks, 1), "seconds": seconds}


def _cut(cut: Cut | None) -> dict[str, Any] | None:
    return None if cut is None else {"size": cut.side, "overlap": cut.overlap, "full_image": True}


def _objects(advice: Advice | None) -> dict[str, Any] | None:
    if advice is None:
        return None
    return {"count": advice.count, "small": round(advice.small, 1), "large": round(advice.large, 1)}

"""What people ask of an evaluation: read strictly from JSON, kept beside its results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inference.models import DetectorModel, Evaluation
from inference.options import DETECT_FIELDS, DetectOptions, check_fields
from modelship.api.values import choice_of, number_of, text_of
from modelship.lib.errors import BadRequest

FIELDS = ("ways", "images", "filter", "sample", "truth")
TRUTHS = tuple(Evaluation.Truth.values)
MOST_WAYS = 2
# Pictures that one evaluation looks at: at most, and where nothing is said.
MOST_IMAGES, DEFAULT_IMAGES, DEFAULT_COMPARED = 5_000, 500, 50
# Merges that leave the surer box as it is: what is less sure changes nothing above it.
APART = ("nms",)


@dataclass(frozen=True)
class Way:
    """A model, and how it is to look."""

    model: DetectorModel
    options: DetectOptions

    def as_row(self) -> dict[str, Any]:
        """As an evaluation keeps it."""
        return {
            "model": str(self.model.id),
            "name": self.model.name,
            "sha256": self.model.sha256,
            "options": self.options.as_args(),
            "class_names": self.model.class_names,
        }


@dataclass(frozen=True)
class EvaluationOrder:
    """What to look at beside the ways; `sample` None is as many as usual."""

    truth: str
    sample: int | None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "EvaluationOrder":
        """Raises BadRequest naming the field that can't be read."""
        values = dict(data)
        sample = number_of(values, "sample", low=1, high=MOST_IMAGES, default=MOST_IMAGES)
        if type(sample) is not int:
            raise BadRequest("'sample' must be a whole number.", field="sample")
        truth = choice_of(values, "truth", TRUTHS, default=Evaluation.Truth.APPROVED)
        return cls(truth, sample if "sample" in values else None)


def ways_asked(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One or two objects of the fields that a look has. Raises BadRequest for anything else."""
    asked = data.get("ways")
    if not isinstance(asked, list) or not 1 <= len(asked) <= MOST_WAYS:
        raise BadRequest("'ways' must be a list of one or two ways of looking.", field="ways")
    for way in asked:
        if not isinstance(way, dict):
            raise BadRequest("Each of 'ways' must be an object that names a model.", field="ways")
        check_fields(way, *DETECT_FIELDS)
        text_of(way, "model", most=200)
    return asked


def options_of(args: Mapping[str, Any]) -> DetectOptions:
    """What an evaluation has kept."""
    return DetectOptions(args["confidence"], args["iou"], args["slicing"], args.get("thresholds", {}))


def asked_of(options: DetectOptions) -> dict[str, Any]:
    """The options in the words of a call, so that they can be asked for again."""
    cut = options.slicing
    merge = (
        {
            name: cut[key]
            for name, key in (("method", "merge"), ("metric", "metric"), ("threshold", "threshold"))
            if key in cut
        }
        if cut
        else {}
    )
    size = (
        None
        if cut is None
        else cut["width"]
        if cut["width"] == cut["height"]
        else [cut["width"], cut["height"]]
    )
    return {
        "confidence": options.confidence,
        "iou": options.iou,
        "thresholds": dict(options.thresholds) or None,
        "slice": None
        if cut is None
        else {"size": size, "overlap": cut["overlap"], "full_image": cut["full_image"]},
        "merge": merge or None,
    }


def looks_of(ways: Sequence[tuple[str, DetectOptions]]) -> tuple[list[tuple[str, DetectOptions]], list[int]]:
    """The looks that all ways need, each a model's id and options, and the number of each way's look.

    Two ways of a model that differ in confidences alone share one, at the lower of them: what is surer
    does not depend on what is less sure. Where slices are joined it does, so there each way looks itself.
    """
    if len(ways) < 2:
        return list(ways), [0]
    (model, first), (rival, second) = ways
    if (model, first) == (rival, second):
        return [(model, first)], [0, 0]
    is_same = model == rival and first.iou == second.iou and first.slicing == second.slicing
    is_apart = first.slicing is None or first.slicing.get("merge") in APART
    return ([(model, _lower(first, second))], [0, 0]) if is_same and is_apart else (list(ways), [0, 1])


def _lower(first: DetectOptions, second: DetectOptions) -> DetectOptions:
    """The lower confidence of the two, for every class."""
    names = first.thresholds.keys() | second.thresholds.keys()
    lowest = {name: min(threshold_of(first, name), threshold_of(second, name)) for name in sorted(names)}
    return DetectOptions(min(first.confidence, second.confidence), first.iou, first.slicing, lowest)


def threshold_of(options: DetectOptions, class_name: str) -> float:
    """From which confidence on the way keeps a box of that class."""
    return options.thresholds.get(class_name, options.confidence)

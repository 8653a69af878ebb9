"""What people ask of a detector: read strictly from JSON, kept in a job's arguments, handed to the engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID

from datasets.search.reading import line_of_json
from inference.engine.advice import Cut
from inference.engine.spec import DEFAULT_CONFIDENCE, DEFAULT_IOU
from modelship.api.values import choice_of, flag_of, id_of, number_of
from modelship.lib.errors import BadRequest

# The kinds of jobs that label a dataset: as somebody asks, and what has come in.
LABELLING, ON_ARRIVAL = "autolabel", "label_arrivals"
DETECT_FIELDS = ("model", "confidence", "thresholds", "iou", "slice", "merge")
LABEL_FIELDS = (*DETECT_FIELDS, "replace", "create_classes", "overlapping")
# As the engine allows; its own check stays the last word.
MIN_SLICE, MAX_SLICE, MAX_OVERLAP, DEFAULT_OVERLAP = 32, 16_384, 0.9, 0.2
MERGES = ("nms", "nmm", "greedy_nmm")
METRICS = ("iou", "ios")
REPLACES = ("proposed", "none")
OVERLAPPING = ("add", "skip")
# The spec of no model in particular.
UNSPOKEN: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class DetectOptions:
    """How to look at one picture; `slicing` is None for a single look at the whole.

    `thresholds` are the lowest confidences of single classes, by the model's names.
    """

    confidence: float = DEFAULT_CONFIDENCE
    iou: float = DEFAULT_IOU
    slicing: dict[str, Any] | None = None
    thresholds: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def read(cls, data: Mapping[str, Any], spec: Mapping[str, Any] = UNSPOKEN) -> "DetectOptions":
        """What is not said is as the model's spec has it. Raises BadRequest naming the field that can't be read."""
        values = dict(data)
        confidence, iou = spec.get("confidence", DEFAULT_CONFIDENCE), spec.get("iou", DEFAULT_IOU)
        return cls(
            confidence=number_of(values, "confidence", low=0, high=1, default=confidence),
            iou=number_of(values, "iou", low=0, high=1, default=iou),
            slicing=_slicing(values.get("slice"), values.get("merge")),
            thresholds=_thresholds(values.get("thresholds"), spec.get("class_names")),
        )

    def as_args(self) -> dict[str, Any]:
        asked = {"confidence": self.confidence, "iou": self.iou, "slicing": self.slicing}
        return {**asked, "thresholds": dict(self.thresholds)} if self.thresholds else asked


@dataclass(frozen=True)
class LabelOptions:
    """How to look, and what becomes of what is found.

    `skips_known` leaves out what a box of the same class, that nobody rejected, shows already.
    """

    detect: DetectOptions = DetectOptions()
    replaces: bool = True
    creates_classes: bool = True
    skips_known: bool = False

    @classmethod
    def read(cls, data: Mapping[str, Any], spec: Mapping[str, Any] = UNSPOKEN) -> "LabelOptions":
        """As DetectOptions are read."""
        values = dict(data)
        return cls(
            detect=DetectOptions.read(values, spec),
            replaces=choice_of(values, "replace", REPLACES, default="proposed") == "proposed",
            creates_classes=flag_of(values, "create_classes", default=True),
            skips_known=choice_of(values, "overlapping", OVERLAPPING, default="add") == "skip",
        )

    def as_args(self) -> dict[str, Any]:
        return {
            **self.detect.as_args(),
            "replaces": self.replaces,
            "creates_classes": self.creates_classes,
            "skips_known": self.skips_known,
        }

    @classmethod
    def from_args(cls, args: Mapping[str, Any]) -> "LabelOptions":
        # Jobs of an earlier release did not know thresholds, nor the last one.
        thresholds = args.get("thresholds", UNSPOKEN)
        detect = DetectOptions(args["confidence"], args["iou"], args["slicing"], thresholds)
        return cls(detect, args["replaces"], args["creates_classes"], args.get("skips_known", False))


@dataclass(frozen=True)
class Selection:
    """Which pictures of a dataset: those named, or those that a search finds. Without either, all."""

    images: tuple[str, ...] | None = None
    line: str = ""

    @classmethod
    def read(cls, data: Mapping[str, Any], me: UUID | None) -> "Selection":
        """`images` is a list of ids, `filter` a search as JSON that `me` asks. Raises BadRequest for anything else."""
        images, chosen = data.get("images"), data.get("filter")
        if images is not None and chosen is not None:
            raise BadRequest("Send 'images' or 'filter', not both.", field="filter")
        if images is not None:
            return cls(images=_ids(images))
        return cls() if chosen is None else cls(line=line_of_json(chosen, me))

    def as_args(self) -> dict[str, Any]:
        return {"images": self.images, "line": self.line}

    @classmethod
    def from_args(cls, args: Mapping[str, Any]) -> "Selection":
        images = args["images"]
        return cls(None if images is None else tuple(images), args["line"] if "line" in args else _old(args))


def _old(args: Mapping[str, Any]) -> str:
    """The search of a job of an earlier release, which knew states and a part of the file name."""
    return line_of_json({"state": list(args["states"]), "name": [args["q"]] if args["q"] else []}, None)


Region = tuple[int, int, int, int]


def read_region(value: Any, width: int, height: int) -> Region | None:
    """x, y, width, height in whole pixels, grown to the pixel and cut at the edge; None for the whole picture."""
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 4 or not all(_is_number(side) for side in value):
        raise BadRequest("'region' must be [x, y, width, height] in pixels.", field="region")
    x, y, across, down = value
    left, top = max(0, int(x)), max(0, int(y))
    right, bottom = min(width, -int(-(x + across) // 1)), min(height, -int(-(y + down) // 1))
    if across <= 0 or down <= 0 or right - left < 1 or bottom - top < 1:
        raise BadRequest("'region' lies outside of the picture. Choose one inside.", field="region")
    return left, top, right - left, bottom - top


def read_cut(asked: Mapping[str, str]) -> Cut | None:
    """Square slices from a query's `size` and `overlap`; None where no size is said. Raises BadRequest."""
    values: dict[str, Any] = {}
    for name in ("size", "overlap"):
        try:
            values |= {name: float(asked[name])} if name in asked else {}
        except ValueError:
            raise BadRequest(f"'{name}' must be a number.", field=name) from None
    overlap = number_of(values, "overlap", low=0, high=MAX_OVERLAP, default=DEFAULT_OVERLAP)
    if "size" not in values:
        return None
    return Cut(int(number_of(values, "size", low=MIN_SLICE, high=MAX_SLICE)), overlap)


def check_fields(data: Mapping[str, Any], *allowed: str) -> None:
    for key in data:
        if key not in allowed:
            raise BadRequest(
                f"'{key}' is not known here. Allowed: {', '.join(allowed)}.", code="unknown_field"
            )


def _thresholds(value: Any, known: Any) -> Mapping[str, float]:
    if value is None:
        return UNSPOKEN
    if not isinstance(value, dict):
        raise BadRequest("'thresholds' must be an object of class names and numbers.", field="thresholds")
    strangers = [name for name in value if known is not None and name not in known]
    if strangers:
        raise BadRequest(
            f"The model has no class {strangers[0]!r}. Use the names that it has.", field="thresholds"
        )
    return {name: number_of(value, name, low=0, high=1) for name in sorted(value)}


def _slicing(value: Any, merge: Any) -> dict[str, Any] | None:
    """The engine's slicing settings."""
    if value is None:
        if merge is not None:
            raise BadRequest("'merge' says how slices are joined; send 'slice' too.", field="merge")
        return None
    values = _object(value, "slice", "size", "overlap", "full_image")
    width, height = _sides(values.get("size"))
    return {
        "width": width,
        "height": height,
        "overlap": number_of(values, "overlap", low=0, high=MAX_OVERLAP, default=DEFAULT_OVERLAP),
        "full_image": flag_of(values, "full_image", default=True),
        **_merge(merge),
    }


def _merge(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    values = _object(value, "merge", "method", "metric", "threshold")
    return {
        "merge": choice_of(values, "method", MERGES, default="greedy_nmm"),
        "metric": choice_of(values, "metric", METRICS, default="ios"),
        "threshold": number_of(values, "threshold", low=0.01, high=1, default=0.5),
    }


def _sides(value: Any) -> tuple[int, int]:
    sides = value if isinstance(value, list) else [value, value]
    if len(sides) != 2 or not all(type(side) is int and MIN_SLICE <= side <= MAX_SLICE for side in sides):
        raise BadRequest(
            f"'slice.size' must be a whole number from {MIN_SLICE} to {MAX_SLICE}, or [width, height].",
            field="slice.size",
        )
    return sides[0], sides[1]


def _ids(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise BadRequest("'images' must be a list of image ids, or null for all.", field="images")
    found: list[UUID] = [id_of(item, "images") for item in value]
    return tuple(str(image_id) for image_id in dict.fromkeys(found))


def _object(value: Any, name: str, *allowed: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRequest(f"'{name}' must be an object or null.", field=name)
    check_fields(value, *allowed)
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9

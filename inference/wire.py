"""What the detector service and its clients say to each other: one shape for each message, checked by both.

The service's OpenAPI is made of these. Unknown fields of a request are refused, those of an answer are left
alone, so that a newer service serves an older client.
"""

import math
from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeVar

from msgspec import Meta, MsgspecError, Struct, convert, field

VERSION = 1
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Share = Annotated[float, Meta(ge=0, le=1)]
Side = Annotated[int, Meta(ge=32, le=16_384)]
Name = Annotated[str, Meta(min_length=1, max_length=128)]
# Plain values of ModelSpec.to_dict; the engine reads it strictly.
Spec = dict[str, Any]
# Floats of the engine and whole pixels of the picture meet within this.
EDGE = 0.01
# No picture is wider.
FAR = 1 << 20


class Slice(Struct, frozen=True, forbid_unknown_fields=True):
    """How a picture is cut; `full_image` adds a look at the whole."""

    width: Side
    height: Side
    overlap: Annotated[float, Meta(ge=0, le=0.9)] = 0.2
    full_image: bool = True


class Merge(Struct, frozen=True, forbid_unknown_fields=True):
    """How the boxes of slices become one set."""

    method: Literal["nms", "nmm", "greedy_nmm"] = "greedy_nmm"
    metric: Literal["iou", "ios"] = "ios"
    threshold: Annotated[float, Meta(gt=0, le=1)] = 0.5


class DetectOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """The `options` of a detection. Without a model the built-in one looks; without a spec what inspection finds.

    `group` keeps strangers apart: a child that saw pictures of one group sees none of another. `sessions` is
    how many slices are looked at side by side, as far as there are lanes. `look` is an id of the client's own, 32
    hexadecimal digits, under which it can follow the slices and stop the look.
    """

    model: Sha256 | None = None
    spec: Spec | None = None
    confidence: Share | None = None
    iou: Share | None = None
    thresholds: dict[Name, Share] = field(default_factory=dict)
    slice: Slice | None = None
    merge: Merge | None = None
    region: tuple[int, int, Annotated[int, Meta(ge=1)], Annotated[int, Meta(ge=1)]] | None = None
    spares: bool = False
    sessions: Annotated[int, Meta(ge=1, le=128)] = 1
    max_pixels: Annotated[int, Meta(ge=1)] | None = None
    seconds: Annotated[float, Meta(gt=0, le=86_400)] | None = None
    group: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{0,64}$")] = ""
    look: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")] | None = None


class TryOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """Run a model once on an empty picture, fed as `spec` says."""

    spec: Spec


class ProveOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """The self-test of a detector; `fixed` names settings that it may not change."""

    spec: Spec
    fixed: tuple[Name, ...] = ()
    max_pixels: Annotated[int, Meta(ge=1)] | None = None


class Boxes(Struct, kw_only=True):
    """Parallel lists, best first: corners x1, y1, x2, y2 in pixels of the upright picture, and what each is."""

    boxes: list[tuple[float, float, float, float]]
    scores: list[Share]
    class_ids: list[int]
    class_names: list[str]
    slices: list[tuple[int, int, int, int] | None]

    def is_sound(self, width: int, height: int) -> bool:
        """Whether the lists go together and every box is finite and inside the picture."""
        lengths = {
            len(values) for values in (self.boxes, self.scores, self.class_ids, self.class_names, self.slices)
        }
        # Comparisons with what is not a number are false, so this refuses NaN and infinities too.
        return len(lengths) == 1 and all(
            -EDGE <= left < right <= width + EDGE and -EDGE <= top < bottom <= height + EDGE
            for left, top, right, bottom in self.boxes
        )


class Sight(Boxes, kw_only=True):
    """What a model saw. `shape` is "tag" where the class is said of the whole picture.

    `looked` of its `tiles` were looked at, fewer than all where somebody stopped the look.
    """

    width: Annotated[int, Meta(ge=1)]
    height: Annotated[int, Meta(ge=1)]
    shape: Literal["box", "tag"]
    leftovers: Boxes
    looked: Annotated[int, Meta(ge=0)] = 1
    tiles: Annotated[int, Meta(ge=1)] = 1

    def check(self) -> None:
        """Raises ValueError for boxes that can't be."""
        sound = all(part.is_sound(self.width, self.height) for part in (self, self.leftovers))
        if not sound or self.looked > self.tiles:
            raise ValueError("out of range")


class Part(Boxes, kw_only=True):
    """What one slice [x, y, width, height] gave, the `done`th of `total`; not yet joined with the others."""

    done: Annotated[int, Meta(ge=1)]
    total: Annotated[int, Meta(ge=1)]
    tile: tuple[int, int, int, int]

    def check(self) -> None:
        """Raises ValueError for boxes that can't be."""
        if self.done > self.total or not self.is_sound(FAR, FAR):
            raise ValueError("out of range")


class Parts(Struct, frozen=True, kw_only=True):
    """Slices of a look that is under way, in the order in which they were finished, and from where to ask next."""

    results: list[Part]
    next: int

    def check(self) -> None:
        """Raises ValueError for boxes that can't be."""
        for part in self.results:
            part.check()


class Model(Struct, frozen=True, kw_only=True):
    """A model that the service keeps: its bytes, how inspection would feed it, whether training goes on from it."""

    sha256: Sha256
    size: int
    spec: Spec
    is_trainable: bool


class Models(Struct, frozen=True, kw_only=True):
    """The models that are kept, the least recently used first."""

    results: list[Model]
    bytes: int
    limit: int


class Tried(Struct, frozen=True, kw_only=True):
    """How many boxes or classes, or how long a vector, the model answered to an empty picture."""

    boxes: int | None = None
    classes: int | None = None
    length: int | None = None


class Attempt(Struct, frozen=True, kw_only=True):
    """One look of a self-test."""

    channel_order: str
    scale: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    found: int
    score: float
    right: int

    def is_finite(self) -> bool:
        return all(map(math.isfinite, (self.scale, self.score, *self.mean, *self.std)))


class Proof(Struct, frozen=True, kw_only=True):
    """The spec that sees best, and what the looks gave."""

    spec: Spec
    verdict: str
    things: int | None
    milliseconds: Annotated[float, Meta(ge=0)]
    attempts: list[Attempt]

    def check(self) -> None:
        """Raises ValueError for numbers that are none."""
        if not all(attempt.is_finite() for attempt in self.attempts):
            raise ValueError("out of range")


class Count(Struct, frozen=True, kw_only=True):
    now: int
    limit: int


class Health(Struct, frozen=True, kw_only=True):
    """That the service lives. What it is at is only told to who may call it."""

    status: Literal["ok", "stopping"]
    wire: int = VERSION
    lanes: Count | None = None
    queue: Count | None = None
    open_models: list[Sha256] | None = None
    memory: Count | None = None
    versions: dict[str, str] | None = None


class Problem(Struct, kw_only=True):
    """A refusal (RFC 9457). `blames` tells a model that can't do its work from one that used up its limits."""

    title: str
    status: int
    detail: str
    code: str
    type: str = ""
    blames: Literal["", "model", "limits"] = ""
    request_id: str = ""
    retry_after: float | None = None


Checked = TypeVar("Checked", Sight, Part, Proof)
REQUESTS: tuple[type[Struct], ...] = (DetectOptions, TryOptions, ProveOptions)
ANSWERS: tuple[type[Struct], ...] = (Sight, Parts, Model, Models, Tried, Proof, Health, Problem)


def converted(told: Any, shape: type[Checked]) -> Checked | None:
    """Plain values as the wire has them, checked; None for those that can't be."""
    try:
        found = convert(told, shape)
        found.check()
    except (MsgspecError, ValueError, TypeError, OverflowError):
        return None
    return found


def engine_slicing(cut: Slice | None, merge: Merge | None) -> dict[str, Any] | None:
    """Slicing.from_dict's shape."""
    if cut is None:
        return None
    joined = merge or Merge()
    return {
        "width": cut.width,
        "height": cut.height,
        "overlap": cut.overlap,
        "full_image": cut.full_image,
        "merge": joined.method,
        "metric": joined.metric,
        "threshold": joined.threshold,
    }


def wire_slicing(slicing: dict[str, Any] | None) -> dict[str, Any]:
    """`slice` and `merge` as the wire has them, of the engine's settings."""
    if slicing is None:
        return {}
    names: Iterable[tuple[str, str]] = (("merge", "method"), ("metric", "metric"), ("threshold", "threshold"))
    merge = {ours: slicing[theirs] for theirs, ours in names if theirs in slicing}
    cut = {name: slicing[name] for name in ("width", "height", "overlap", "full_image") if name in slicing}
    return {"slice": cut, **({"merge": merge} if merge else {})}

"""What an export is made of, as plain values: no database and no web behind them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from annotations.formats.names import NameBook


@dataclass(frozen=True, slots=True)
class ExportClass:
    id: UUID
    name: str
    color: str
    hotkey: str = ""
    attributes: Sequence[Any] = ()
    use: str = "both"
    skeleton: Mapping[str, Any] = field(default_factory=dict)

    def wire(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "color": self.color,
            "hotkey": self.hotkey,
            "attributes": list(self.attributes),
            "use": self.use,
            "skeleton": dict(self.skeleton),
        }


class ExportBox(NamedTuple):
    """A box with its fields in the order in which queries read them.

    A tuple, because a million of these are made for one export and a dataclass takes ten times as long.
    """

    id: UUID
    class_id: UUID | None
    shape: str
    x: float
    y: float
    w: float
    h: float
    rotation: float = 0.0
    points: Sequence[Sequence[float]] = ()
    attributes: Mapping[str, Any] = {}
    source: str = "human"
    score: float | None = None
    model: UUID | None = None
    provenance: Mapping[str, Any] | None = None
    state: str = "accepted"
    z: int = 0
    locked: bool = False
    created_by: UUID | None = None
    updated_by: UUID | None = None
    seq: int = 0

    def wire(self, people: Mapping[UUID, str]) -> dict[str, Any]:
        """The box as every door writes it."""
        return {
            **self._asdict(),
            "created_by": _person(self.created_by, people),
            "updated_by": _person(self.updated_by, people),
        }


def _person(person: UUID | None, people: Mapping[UUID, str]) -> dict[str, Any] | None:
    """None for what a machine did."""
    return None if person is None else {"id": person, "name": people.get(person, "Somebody")}


@dataclass(frozen=True, slots=True)
class ExportImage:
    """One picture with the boxes that were chosen. `extension` is that of the bytes that are exported.

    `place` is where it was taken, as latitude, longitude and maybe altitude, if that was asked for and is known.
    """

    id: UUID
    filename: str
    extension: str
    sha256: str
    width: int
    height: int
    state: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    boxes: Sequence[ExportBox] = ()
    # train, val or test; empty for an image that is on no side.
    split: str = ""
    place: Sequence[float] | None = None

    def placed(self) -> dict[str, Any]:
        """The place as documents write it; no key where there is none."""
        return {} if self.place is None else {"gps": list(self.place)}


@dataclass(frozen=True)
class ExportDataset:
    """What all images share. `version` is None for the dataset as it is now; `people` maps ids to names."""

    id: UUID
    name: str
    classes: Sequence[ExportClass]
    version: int | None = None
    people: Mapping[UUID, str] = field(default_factory=dict)
    selection: Mapping[str, Any] = field(default_factory=dict)
    # The sides that the images are on, where the files are to be parted by them.
    splits: Sequence[str] = ()

    @cached_property
    def class_folders(self) -> tuple[str, ...]:
        """A folder for each class: safe on every system, and no two the same."""
        book = NameBook()
        # safe_stem takes what follows a dot for an extension, so a name gets one to lose.
        return tuple(book.stem_for(f"{known.name}.folder") for known in self.classes)

    @cached_property
    def class_index(self) -> dict[int, int]:
        """The number of each class, from 0, in the order of the class list, by the number that its id is.

        Numbers are found faster than ids, and every box looks for its class.
        """
        return {known.id.int: index for index, known in enumerate(self.classes)}


@dataclass(frozen=True)
class Tally:
    """What went into the files, and what had no place in them and why; the counts are the desk's."""

    counts: Counter[str]
    skipped: Counter[str]

    @property
    def images(self) -> int:
        return self.counts["images"]

    @property
    def boxes(self) -> int:
        return self.counts["boxes"]

    def add(self, boxes: int) -> None:
        """One image more, with so many boxes."""
        self.counts["images"] += 1
        self.counts["boxes"] += boxes

    def as_dict(self) -> dict[str, Any]:
        return {"images": self.images, "boxes": self.boxes, "skipped": dict(sorted(self.skipped.items()))}

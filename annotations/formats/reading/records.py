"""What readers of formats tell: images, shapes, classes, and what was wrong with the files. Plain values."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

ERROR, WARNING, NOTE = "error", "warning", "note"
SEVERITIES = (ERROR, WARNING, NOTE)
# Of each code this many are kept; all are counted.
KEPT = 200


class Finding(NamedTuple):
    """One thing about one file: what is so, and how to make it better.

    An error means that something is not taken over; a warning, that it is, but changed; a note changes nothing.
    `place` is a line, an index or a name inside the file.
    """

    severity: str
    code: str
    file: str
    place: str
    what: str
    fix: str


class Findings:
    """Collects findings in bounded memory: the first of each code, and how many there are of each."""

    def __init__(self) -> None:
        self.shown: list[Finding] = []
        self.counts: Counter[tuple[str, str]] = Counter()
        # Errors and warnings of each file, whether they are shown or not.
        self.by_file: dict[str, Counter[str]] = {}

    def error(self, code: str, file: str, what: str, fix: str, place: object = "") -> None:
        self._add(ERROR, code, file, what, fix, place)

    def warning(self, code: str, file: str, what: str, fix: str, place: object = "") -> None:
        self._add(WARNING, code, file, what, fix, place)

    def note(self, code: str, file: str, what: str, fix: str = "", place: object = "") -> None:
        self._add(NOTE, code, file, what, fix, place)

    def take(self, others: "Findings") -> None:
        """Add those that were collected apart."""
        for found in others:
            self._add(*found[:3], found.what, found.fix, found.place)
        for key, count in others.counts.items():
            self.counts[key] += count - sum(found[:2] == key for found in others)

    def of(self, severity: str) -> int:
        return sum(count for (known, _), count in self.counts.items() if known == severity)

    def count(self, code: str) -> int:
        return sum(count for (_, known), count in self.counts.items() if known == code)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.shown)

    def _add(self, severity: str, code: str, file: str, what: str, fix: str, place: object) -> None:
        self.counts[severity, code] += 1
        self.by_file.setdefault(file, Counter())[severity] += 1
        if self.counts[severity, code] <= KEPT:
            self.shown.append(Finding(severity, code, file, str(place)[:200], what[:500], fix))


class ReadShape(NamedTuple):
    """A shape in pixels of the upright picture, as `annotations.geometry` stores it.

    `class_name` is empty for none. `place` says where in the label file it stands.
    """

    class_name: str
    shape: str = "box"
    x: float = 0.0
    y: float = 0.0
    w: float = 0.0
    h: float = 0.0
    rotation: float = 0.0
    points: Sequence[Sequence[float]] = ()
    attributes: Mapping[str, Any] = {}
    score: float | None = None
    source: str = "import"
    state: str = "accepted"
    z: int = 0
    locked: bool = False
    id: str = ""
    # What our own formats know besides.
    model: str | None = None
    provenance: Mapping[str, Any] | None = None
    created_by: Mapping[str, Any] | None = None
    updated_by: Mapping[str, Any] | None = None
    seq: int = 0
    place: str = ""


class ReadImage(NamedTuple):
    """One picture as its label file tells of it.

    `name` is what the file calls it, `also` what else it may be called, `path` where its bytes lie in the
    tree, if they do. `file` is the label file. `split` is train, val, test or empty. An image that no label
    file knows is not `labelled`; one that is, without shapes, was looked at and is empty.
    """

    name: str
    file: str = ""
    path: str | None = None
    also: Sequence[str] = ()
    width: int | None = None
    height: int | None = None
    sha256: str | None = None
    split: str = ""
    state: str | None = None
    metadata: Mapping[str, Any] = {}
    shapes: Sequence[ReadShape] = ()
    labelled: bool = True
    # Whether its file can't but count in pixels; elsewhere boxes in the first pixel are taken for parts of the size.
    is_exact: bool = False
    # What our own formats know besides: the id and where the picture was taken.
    id: str = ""
    gps: Sequence[float] | None = None


@dataclass
class ReadClass:
    """A class as far as the files describe it; `attributes` and `skeleton` as the classes of a project have them."""

    name: str
    color: str = ""
    attributes: list[dict[str, Any]] = field(default_factory=list)
    skeleton: dict[str, Any] = field(default_factory=dict)
    use: str = "both"
    hotkey: str = ""
    id: str = ""


class ClassList:
    """The classes in the order of the files; one that only a shape names is added when it is met."""

    def __init__(self) -> None:
        self._known: dict[str, ReadClass] = {}

    def add(self, found: ReadClass) -> ReadClass:
        return self._known.setdefault(found.name, found)

    def meet(self, name: str) -> ReadClass | None:
        return self.add(ReadClass(name)) if name else None

    def __iter__(self) -> Iterator[ReadClass]:
        return iter(self._known.values())

    def __len__(self) -> int:
        return len(self._known)

    @property
    def names(self) -> list[str]:
        return list(self._known)


class Guess(NamedTuple):
    """That a tree may be of a format: 1.0 is certain, below 0.3 is not worth a try."""

    format: str
    confidence: float
    reason: str


class Unreadable(Exception):
    """A file, or what is left of it, can't be read; the message says why and the fix what to do."""

    def __init__(self, what: str, fix: str = "Save the file again and import it once more.") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix

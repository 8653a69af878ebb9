"""The agreement of people over many pictures, added up one picture at a time."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from annotations.agreement.coefficients import cohen, fleiss, krippendorff
from annotations.agreement.matching import LEAST, Object, objects_of
from annotations.agreement.overlap import REACH, overlap
from annotations.edits import BoxState


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two people: the pictures both worked on, the objects either marked, and how far they agree about them."""

    people: tuple[str, str]
    pictures: int
    objects: int
    kappa: float | None
    f1: float | None
    mean_overlap: float | None


@dataclass(frozen=True, slots=True)
class ClassAgreement:
    """One class: the objects that anybody gave it, and how far pairs of people agree about them."""

    class_id: str | None
    objects: int
    f1: float
    mean_overlap: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Everybody together. `f1` counts pairs of people who marked an object with one class."""

    pictures: int
    objects: int
    kappa: float | None
    alpha: float | None
    f1: float | None
    mean_overlap: float | None
    pairs: tuple[PairAgreement, ...]
    classes: tuple[ClassAgreement, ...]


@dataclass(slots=True)
class _Count:
    """Marks that pairs of people made, how many of them go together under one class, and how far those overlap."""

    marked: int = 0
    together: int = 0
    overlaps: float = 0.0
    objects: int = 0

    @property
    def f1(self) -> float | None:
        return 2 * self.together / self.marked if self.marked else None

    @property
    def mean_overlap(self) -> float | None:
        return self.overlaps / self.together if self.together else None


@dataclass(slots=True)
class _Pair:
    count: _Count = field(default_factory=_Count)
    said: list[tuple[str | None, str | None]] = field(default_factory=list)
    pictures: int = 0


class Tally:
    """Takes the works of one picture after the other; keeps what was said of each object and no shapes.

    Each object that anybody marked is a thing about which everybody who worked on the picture said something: its
    class, or that there is nothing. Places where nobody saw anything can't be counted, so that kappa and alpha are
    lower than for pictures that are only sorted into classes.
    """

    def __init__(self, least: float = LEAST) -> None:
        self.least = least
        self._units: list[list[str | None]] = []
        self._pictures = 0
        self._pairs: dict[tuple[str, str], _Pair] = defaultdict(_Pair)
        self._classes: dict[str | None, _Count] = defaultdict(_Count)

    def add(self, works: Mapping[str, Sequence[BoxState]], reach: float = REACH) -> float | None:
        """Count a picture by the works of the people who did it; answers how far they agree about it, from 0 to 1.

        That is the F1 of each pair, where a pair of marks counts as much as they overlap, on average; 1 where nobody
        marked anything, None where fewer than two people worked on it, which counts nothing.
        """
        if len(works) < 2:
            return None
        objects = objects_of(works, self.least, reach)
        people = sorted(works)
        self._pictures += 1
        self._units += [[one.said(person) for person in people] for one in objects]
        for one in objects:
            for class_id in {box.class_id for box in one.marks.values()}:
                self._classes[class_id].objects += 1
        shares = [self._add_pair(pair, objects, reach) for pair in combinations(people, 2)]
        return sum(shares) / len(shares)

    def result(self) -> Agreement:
        every = _Count()
        for pair in self._pairs.values():
            every.marked += pair.count.marked
            every.together += pair.count.together
            every.overlaps += pair.count.overlaps
        return Agreement(
            pictures=self._pictures,
            objects=len(self._units),
            kappa=fleiss(self._units),
            alpha=krippendorff(self._units),
            f1=every.f1,
            mean_overlap=every.mean_overlap,
            pairs=tuple(self._pair_results()),
            classes=tuple(self._class_results()),
        )

    def _add_pair(self, people: tuple[str, str], objects: Sequence[Object], reach: float) -> float:
        pair = self._pairs[people]
        pair.pictures += 1
        mine = _Count()
        for one in objects:
            marks = [one.marks[person] for person in people if person in one.marks]
            if not marks:
                continue
            pair.said.append((one.said(people[0]), one.said(people[1])))
            for mark in marks:
                mine.marked += 1
                self._classes[mark.class_id].marked += 1
            if len(marks) == 2 and marks[0].class_id == marks[1].class_id:
                shared = overlap(marks[0], marks[1], reach)
                for count in (mine, self._classes[marks[0].class_id]):
                    count.together += 1
                    count.overlaps += shared
        pair.count.marked += mine.marked
        pair.count.together += mine.together
        pair.count.overlaps += mine.overlaps
        return 2 * mine.overlaps / mine.marked if mine.marked else 1.0

    def _pair_results(self) -> Iterator[PairAgreement]:
        for people, pair in sorted(self._pairs.items()):
            yield PairAgreement(
                people,
                pair.pictures,
                len(pair.said),
                cohen(pair.said),
                pair.count.f1,
                pair.count.mean_overlap,
            )

    def _class_results(self) -> Iterator[ClassAgreement]:
        for class_id, count in sorted(
            self._classes.items(), key=lambda item: (-item[1].objects, item[0] or "")
        ):
            yield ClassAgreement(class_id, count.objects, count.f1 or 0.0, count.mean_overlap)

"""Work against what is known to be true."""

from collections.abc import Sequence
from dataclasses import dataclass

from annotations.agreement.matching import LEAST, objects_of
from annotations.agreement.overlap import REACH, overlap
from annotations.edits import BoxState


@dataclass(frozen=True, slots=True)
class Score:
    """How many objects of the truth were marked as it has them, left out, put in without any, or given another class.

    `overlaps` is the sum of the overlaps of those that are right. Scores of several pictures add up.
    """

    right: int = 0
    missed: int = 0
    extra: int = 0
    mixed_up: int = 0
    overlaps: float = 0.0

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.right + other.right,
            self.missed + other.missed,
            self.extra + other.extra,
            self.mixed_up + other.mixed_up,
            self.overlaps + other.overlaps,
        )

    @property
    def precision(self) -> float | None:
        """The share of what was marked that is right; None where nothing was."""
        marked = self.right + self.extra + self.mixed_up
        return self.right / marked if marked else None

    @property
    def recall(self) -> float | None:
        """The share of the truth that was marked right; None where there is none."""
        true = self.right + self.missed + self.mixed_up
        return self.right / true if true else None

    @property
    def f1(self) -> float | None:
        """None where there is nothing and nothing was marked."""
        counted = 2 * self.right + self.missed + self.extra + 2 * self.mixed_up
        return 2 * self.right / counted if counted else None

    @property
    def mean_overlap(self) -> float | None:
        return self.overlaps / self.right if self.right else None


def score_of(
    truth: Sequence[BoxState], work: Sequence[BoxState], least: float = LEAST, reach: float = REACH
) -> Score:
    """What the work on one picture is worth."""
    score = Score()
    for one in objects_of({"truth": truth, "work": work}, least, reach):
        true, marked = one.marks.get("truth"), one.marks.get("work")
        if true is None:
            score += Score(extra=1)
        elif marked is None:
            score += Score(missed=1)
        elif true.class_id != marked.class_id:
            score += Score(mixed_up=1)
        else:
            score += Score(right=1, overlaps=overlap(true, marked, reach))
    return score

"""What became of a batch of edits, as its sender is told."""

from dataclasses import dataclass
from typing import Any

from annotations.edits import Dropped
from modelship.lib.errors import Conflict, Forbidden, Problem, Unprocessable

# What is said where no edit of a batch was accepted, the most telling code first.
REFUSALS: tuple[tuple[str, type[Problem], str], ...] = (
    ("locked", Forbidden, "The image is approved. Reopen it to edit."),
    ("denied", Forbidden, "You may not make these edits."),
    ("quota", Conflict, "The image holds as many boxes as it may. Delete some first."),
    ("changed", Conflict, "Somebody changed these boxes meanwhile."),
    ("gone", Conflict, "These boxes were deleted meanwhile."),
    ("exists", Conflict, "These boxes are there already."),
    ("unknown", Unprocessable, "These boxes or classes do not exist."),
    ("bad", Unprocessable, "These edits can't be made. Look at each one's reason."),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch. `boxes` are the changed ones that are alive, as they are now."""

    seq: int
    ref: str | None
    boxes: list[dict[str, Any]]
    dropped: list[Dropped]
    accepted: int
    replayed: bool

    def ack(self) -> dict[str, Any]:
        return {
            "type": "ack",
            "ref": self.ref,
            "seq": self.seq,
            "boxes": self.boxes,
            "dropped": [drop.wire() for drop in self.dropped],
        }

    def problem(self) -> Problem | None:
        """The refusal where nothing was accepted, now or earlier; None otherwise."""
        if self.accepted or self.replayed:
            return None
        codes = {drop.code for drop in self.dropped}
        code, kind, detail = next(refusal for refusal in REFUSALS if refusal[0] in codes)
        if code == "locked":
            # The image, or some of its boxes.
            detail = next(drop.detail for drop in self.dropped if drop.code == code)
        return kind(
            detail,
            code="quota_exceeded" if code == "quota" else code,
            dropped=[drop.wire() for drop in self.dropped],
        )

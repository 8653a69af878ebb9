"""What a person may wish: every kind of edit on every shape, sometimes too late or from an old look."""

import random
from collections.abc import Mapping
from typing import Any

from annotations.edits import BoxState
from tests.live_clients import add, change, new_id

WIDTH, HEIGHT = 200, 100
GEOMETRY = ("x", "y", "w", "h", "rotation", "points")
STATES = ("proposed", "accepted", "rejected")
COUNTS = {"polygon": 5, "polyline": 3, "point": 1}


class Wishes:
    """Edits by chance. `classes` are the project's; boxes are those that the wisher sees or once saw."""

    def __init__(self, dice: random.Random, classes: list[str]) -> None:
        self.dice = dice
        self.classes = [*classes, None]
        # What this person ever met: a stale wish names a box that is gone, or expects what was.
        self.met: dict[str, BoxState] = {}

    def some(self, boxes: Mapping[str, BoxState]) -> list[dict[str, Any]]:
        """One batch, mostly of one edit, on top of these boxes."""
        count = 1 if self.dice.random() < 0.7 else self.dice.randint(2, 5)
        return [self.one(boxes) for _ in range(count)]

    def one(self, boxes: Mapping[str, BoxState]) -> dict[str, Any]:
        kinds = [self.draw, self.move, self.relabel, self.describe, self.review, self.delete, self.restore]
        kind = self.dice.choices([*kinds, self.order, self.lock], [3, 5, 2, 2, 2, 2, 1, 1, 1])[0]
        if not self.met:
            return self.draw(boxes)
        return kind(boxes)

    def draw(self, boxes: Mapping[str, BoxState]) -> dict[str, Any]:
        shape = self.dice.choice(["box", "box", "turned", *COUNTS])
        frame = self.frame(shape)
        edit = add(new_id(), self.dice.choice(self.classes), **frame)
        if shape in COUNTS:
            edit["patch"] = {"class_id": edit["patch"]["class_id"], "shape": shape, **frame}
        kept = {name: value for name, value in edit["patch"].items() if name != "shape"}
        frame = {"x": 0.0, "y": 0.0, "w": 1.0, "h": 1.0} | kept
        self.met[edit["box_id"]] = BoxState(
            id=edit["box_id"], shape=edit["patch"].get("shape", "box"), **frame
        )
        return edit

    def move(self, boxes: Mapping[str, BoxState]) -> dict[str, Any]:
        box = self.any(boxes)
        shape = "turned" if box.rotation else box.shape
        # Now and then out of the picture: refused, and nothing else of the batch with it.
        patch = self.frame(shape) if self.dice.random() > 0.02 else {"x": 900, "y": 900, "w": 5, "h": 5}
        return self.guarded("update", box, patch)

    def relabel(self, boxes: Mapping[str, BoxState]) -> dict[str, Any]:
        patch = {"class_id": self.dice.choice(self.classes)}
        return self.guarded("update", self.any(boxes), patch)

    def describe(self, boxes: Mapping[str, BoxState]) -> dict[str, Any]:
        value = self.dice.choice([None, True, 7, "fog", 0.5])
        return self.guarded("update", self.any(boxes), {"attributes": {self.dice.choice("abc"): value}})

    def review(self, boxes: Mapping[str, BoxState]) -> dict[str, Any]:
        return change("review", self.any(boxes).id, state=self.dice.choice(STATES))

    def order(self, boxes: Mapping[str, BoxState]) -> dict[str, Any]:
        return self.guarded("update", self.any(boxes), {"z": self.dice.randint(-5, 5)})

    def lock(self, boxes: Mapping[str, BoxState]) -> dict[str, Any]:
        """Mostly unlocks, so that something is left to be done."""
        return self.guarded("update", self.any(boxes), {"locked": self.dice.random() < 0.3})

    def delete(self, boxes: Mapping[str, BoxState]) -> dict[str, Any]:
        return self.guarded("delete", self.any(boxes), {})

    def restore(self, boxes: Mapping[str, BoxState]) -> dict[str, Any]:
        gone = [box for uid, box in self.met.items() if uid not in boxes]
        return change("restore", self.dice.choice(gone or list(self.met.values())).id)

    def any(self, boxes: Mapping[str, BoxState]) -> BoxState:
        """A box that is seen, or now and then one as it was when it was last looked at."""
        if boxes and self.dice.random() < 0.9:
            box = self.dice.choice(list(boxes.values()))
            if self.dice.random() < 0.3:
                self.met[box.id] = box
            return box
        return self.dice.choice(list(self.met.values()))

    def guarded(self, kind: str, box: BoxState, patch: dict[str, Any]) -> dict[str, Any]:
        """As undo does it: only where the fields still are what they were when this person looked."""
        if self.dice.random() > 0.2:
            return change(kind, box.id, **patch)
        seen = self.met.get(box.id, box)
        names = [*patch, *(GEOMETRY if "x" in patch or "points" in patch else [])] or ["class_id"]
        expect = {name: getattr(seen, name) for name in dict.fromkeys(names)}
        return change(kind, box.id, expect=expect, **patch)

    def frame(self, shape: str) -> dict[str, Any]:
        if shape in COUNTS:
            points = [[self.side(WIDTH), self.side(HEIGHT)] for _ in range(COUNTS[shape])]
            return {"points": points}
        frame: dict[str, Any] = {"x": self.side(150), "y": self.side(60), "w": 1 + self.side(49)}
        frame["h"] = 1 + self.side(39)
        return {**frame, "rotation": self.dice.choice([15, 90, 301.25])} if shape == "turned" else frame

    def side(self, limit: int) -> float:
        return round(self.dice.uniform(0, limit), 2)

"""The loss curve of a training, bounded: however many steps come, at most 400 points are kept."""

from typing import Any

MOST_POINTS = 400

Point = dict[str, Any]


class Curve:
    """Points in the order of their steps; each is the mean of as many steps as it stands for."""

    def __init__(self, points: list[Point], steps: int) -> None:
        """Go on from stored points of a training that has so many steps."""
        self.points = list(points)
        self._span = -(-steps // MOST_POINTS)
        self._waiting: list[Point] = []

    def add(self, event: dict[str, Any]) -> None:
        """Take a step; after a resume it may be an earlier one, and what was after it is forgotten."""
        step = event["step"]
        last = self._waiting[-1]["step"] if self._waiting else self._last()
        if step <= last:
            self._waiting = []
            self.points = [point for point in self.points if point["step"] < step]
        self._waiting.append(_point(event))
        if step % self._span == 0:
            self.settle()

    def settle(self) -> None:
        """Make a point of the steps that wait for one, as the end of the training does."""
        if self._waiting:
            self.points.append(_mean(self._waiting))
            self._waiting = []

    def _last(self) -> int:
        return self.points[-1]["step"] if self.points else 0


def _point(event: dict[str, Any]) -> Point:
    return {"step": event["step"], "loss": event["total"], **event["losses"], "lr": event["lr"]}


def _mean(points: list[Point]) -> Point:
    means = {name: sum(point[name] for point in points) / len(points) for name in points[0]}
    return {name: float(f"{value:.5g}") for name, value in means.items()} | {"step": points[-1]["step"]}

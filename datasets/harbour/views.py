"""What can be drawn, and what is in it: known also where the painters are not installed."""

from dataclasses import dataclass

CLASSES = ("ship", "boat", "crane", "container", "truck", "car")


@dataclass(frozen=True)
class View:
    """Which port (`seed`) and how much of it: the picture's width and height in pixels."""

    seed: int
    width: int
    height: int

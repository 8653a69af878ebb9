"""The plan of a port: what lies where, in metres along the quay (u) and out to the water (v)."""

from dataclasses import dataclass, field

import numpy as np

from datasets.harbour.brush import Color, Item, Points
from datasets.harbour.outlines import block

Mark = tuple[Points, Color]


@dataclass(frozen=True)
class Surface:
    points: Points
    color: Color
    rough: float = 1.0


@dataclass(frozen=True)
class Extent:
    """The part of the port that the picture shows, in metres."""

    left: float
    right: float
    inland: float
    sea: float

    @property
    def width(self) -> float:
        return self.right - self.left


@dataclass
class Plan:
    extent: Extent
    surfaces: list[Surface] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    # Circles on the water that are taken: u, v, radius.
    taken: list[tuple[float, float, float]] = field(default_factory=list)

    def band(self, near: float, far: float, color: Color, rough: float = 1.0) -> None:
        """A surface along the whole quay between two distances from its edge."""
        middle = (self.extent.left + self.extent.right) / 2
        points = block(self.extent.width + 60, abs(far - near), middle, (near + far) / 2)
        self.surfaces.append(Surface(points, color, rough))

    def mark(self, points: Points, color: Color) -> None:
        self.marks.append((points, color))

    def is_free(self, u: float, v: float, radius: float) -> bool:
        return all(np.hypot(u - x, v - y) > radius + reach for x, y, reach in self.taken)

    def take(self, u: float, v: float, radius: float) -> None:
        self.taken.append((u, v, radius))

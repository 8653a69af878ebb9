"""The harbour: aerial views of a port that never was, drawn from a seed with exact boxes."""

from importlib import import_module
from typing import TYPE_CHECKING

from datasets.harbour.views import CLASSES, View

if TYPE_CHECKING:
    from datasets.harbour.scene import Scene

# The sample project's pictures, from small to large.
DEMO = (
    View(101, 1280, 960),
    View(102, 1280, 960),
    View(103, 1600, 1200),
    View(104, 1600, 1200),
    View(105, 2000, 1500),
    View(106, 2000, 1500),
    View(107, 2400, 1800),
    View(108, 3000, 2000),
    View(109, 3000, 2250),
    View(110, 4000, 3000),
    View(111, 4000, 3000),
    View(112, 6000, 4000),
)

__all__ = ["CLASSES", "DEMO", "View", "draw"]


def draw(view: View) -> "Scene":
    """The same view gives the same picture and the same boxes. Raises ImportError where NumPy is not installed."""
    scene: Scene = import_module("datasets.harbour.scene").draw(view)
    return scene

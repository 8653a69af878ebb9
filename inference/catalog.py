"""Detectors that are installed by name. A new one is one line."""

from dataclasses import dataclass

from django.conf import settings

from modelship.lib.errors import NotFound

YOLOX = "https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0"
APACHE = "Apache-2.0"


@dataclass(frozen=True)
class CatalogEntry:
    """A published model file. `size` is about how many bytes it has; `sha256` is empty where it is not known."""

    name: str
    folder: str
    file: str
    head: str
    license: str
    description: str
    input: tuple[int, int]
    size: int
    sha256: str = ""

    @property
    def url(self) -> str:
        """At its maker, or at the operator's mirror."""
        base = settings.MODELSHIP_MODEL_MIRROR or self.folder
        return f"{base.rstrip('/')}/{self.file}"

    @property
    def is_pinned(self) -> bool:
        return bool(self.sha256)


def _yolox(size: str, side: int, parameters: int, use: str) -> CatalogEntry:
    """80 classes of COCO; four bytes for each parameter."""
    return CatalogEntry(
        name=f"yolox_{size}",
        folder=YOLOX,
        file=f"yolox_{size}.onnx",
        head="yolox",
        license=APACHE,
        description=f"80 everyday classes (COCO). {use}",
        input=(side, side),
        size=parameters * 4,
    )


CATALOG: tuple[CatalogEntry, ...] = (
    _yolox("nano", 416, 910_000, "Fastest, for a first look."),
    _yolox("tiny", 416, 5_060_000, "Fast, clearly better than nano."),
    _yolox("s", 640, 9_000_000, "A good start on a laptop."),
    _yolox("m", 640, 25_300_000, "Better, at about a third of the speed of s."),
    _yolox("l", 640, 54_200_000, "For a server with many cores."),
    _yolox("x", 640, 99_100_000, "The most accurate and the slowest."),
)


def entry_named(name: str) -> CatalogEntry:
    """Raises NotFound with the names that there are."""
    for entry in CATALOG:
        if entry.name == name:
            return entry
    names = ", ".join(entry.name for entry in CATALOG)
    raise NotFound(f"The catalogue has no model of that name. It has {names}.", code="unknown_model")

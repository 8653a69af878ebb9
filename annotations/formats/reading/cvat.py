"""CVAT XML 1.1, for images and for videos: one file of all images, read image by image."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from xml.etree.ElementTree import Element

from annotations.formats.reading.cvat_labels import CvatLabel, label_of, put_in_order
from annotations.formats.reading.cvat_shapes import shapes_of
from annotations.formats.reading.grouped import Grouped
from annotations.formats.reading.listing import Listing
from annotations.formats.reading.numbers import line, side, whole
from annotations.formats.reading.records import ReadClass, ReadImage, ReadShape
from annotations.formats.reading.scope import Scope, split_of
from annotations.formats.reading.xml_elements import elements, marks_of, text_of

TAGS = ("label", "image", "track", "original_size")


class CvatReader:
    name = "cvat"
    title = "CVAT"
    says = "CVAT for images 1.1 or for video 1.1: boxes, outlines, lines, points, masks, skeletons, tags."

    def guess(self, listing: Listing) -> tuple[float, str] | None:
        files = cvat_files(listing)
        return (0.95, f"{files[0]} is a list of annotations as CVAT writes it.") if files else None

    def read(self, scope: Scope) -> Iterator[ReadImage]:
        for file in cvat_files(scope.listing) or scope.listing.ending(".xml"):
            with ExitStack() as stack:
                yield from _CvatFile(scope, file, stack).images()


def cvat_files(listing: Listing) -> list[str]:
    return [name for name in listing.ending(".xml") if "<annotations" in listing.ask(name, marks_of)]


class _CvatFile:
    def __init__(self, scope: Scope, file: str, stack: ExitStack) -> None:
        self._scope, self._file = scope, file
        self._labels: dict[str, CvatLabel] = {}
        self._frames = stack.enter_context(Grouped())
        self._size: tuple[int | None, int | None] = (None, None)
        self._is_told = False

    def images(self) -> Iterator[ReadImage]:
        found = 0
        with self._scope.reading(self._file) as stream:
            for element in elements(stream, TAGS):
                if element.tag == "label":
                    self._add_label(element)
                    continue
                self._tell_classes()
                if element.tag == "image":
                    found += 1
                    yield self._image(element, found)
                elif element.tag == "track":
                    self._add_track(element)
                else:
                    self._size = (side(text_of(element, "width")), side(text_of(element, "height")))
        self._tell_classes()
        for frame in sorted(self._frames, key=int):
            yield self._frame(int(frame))

    def _add_label(self, element: Element) -> None:
        if found := label_of(element):
            self._labels.setdefault(found.name if not found.parent else f"{found.parent}/{found.name}", found)

    def _tell_classes(self) -> None:
        """Before the first image: only then are all labels known, and which of them are points of a skeleton."""
        if self._is_told:
            return
        self._is_told = True
        put_in_order(self._labels)
        for known in self._labels.values():
            if not known.parent:
                self._scope.classes.add(
                    ReadClass(known.name, known.color, known.schema, known.skeleton, use=known.use)
                )

    def _image(self, element: Element, number: int) -> ReadImage:
        told = element.attrib
        name = told.get("name", "").replace("\\", "/") or f"image {number}"
        if "name" not in told:
            self._scope.findings.error(
                "bad_image", self._file, f"Image {number} has no name.", "Give it its file name.", number
            )
        image = ReadImage(
            name,
            self._file,
            also=(f"{told.get('subset', '')}/{name}",),
            width=side(told.get("width")),
            height=side(told.get("height")),
            split=split_of(told.get("subset", "")) or split_of(name),
        )
        shapes: list[ReadShape] = []
        for at, child in enumerate(element, start=1):
            place = f"{name}, {child.tag} {at}"
            shapes += shapes_of(child, self._labels, image, self._scope, place)
        return image._replace(shapes=shapes)

    def _add_track(self, track: Element) -> None:
        """CVAT writes a shape for each frame that the track is seen in; what is outside isn't seen."""
        for child in track:
            frame = whole(child.get("frame"))
            if frame is None or frame < 0:
                self._scope.findings.error(
                    "bad_frame",
                    self._file,
                    f"A shape of track {track.get('id', '')} has no frame.",
                    "Export it again.",
                    track.get("id", ""),
                )
            elif child.get("outside") != "1" or child.tag == "skeleton":
                child.set("label", child.get("label", track.get("label", "")))
                self._add_frame(frame, child, track.get("id", ""))

    def _add_frame(self, frame: int, child: Element, track: str) -> None:
        image = ReadImage(_frame_name(frame), self._file)
        place = f"track {track}, frame {frame}"
        for shape in shapes_of(child, self._labels, image, self._scope, place):
            kept = shape._asdict() | {"attributes": {**shape.attributes, "track": track}}
            self._frames.add(frame, kept)

    def _frame(self, frame: int) -> ReadImage:
        width, height = self._size
        name = _frame_name(frame)
        rows: list[dict[str, Any]] = self._frames.of(frame)
        return ReadImage(
            name,
            self._file,
            path=self._scope.listing.picture_of_stem(f"{name}.xml"),
            also=(f"{name}.png", f"{name}.jpg"),
            width=width,
            height=height,
            shapes=[ReadShape(**row) for row in rows],
        )


def _frame_name(frame: int) -> str:
    return line(f"frame_{frame:06d}")
